import { BusSetupError } from './bus-errors.ts';

/** How to reach NATS, in the words of its client, which takes no user and password from a URL. */
export interface NatsAddress {
  /** `host:port` of each server. */
  readonly servers: string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** Present: only encrypted. */
  readonly tls?: Record<string, never>;
}

const PORT = '4222';

/**
 * @param urls `nats://` or `tls://`, separated by commas: `user:password@host:port`, or a token alone before the `@`
 * @throws BusSetupError when one is no URL, or when their users or passwords differ: there is one for all servers
 */
export function natsAddress(urls: string): NatsAddress {
  const parsed = urls.split(',').map(parse);
  const [first] = parsed;
  if (parsed.some((url) => url.username !== first?.username || url.password !== first.password)) {
    throw new BusSetupError(
      'the servers in NATS_URL have different users or passwords: use one for all',
    );
  }
  const servers = parsed.map(({ hostname, port }) => `${hostname}:${port || PORT}`);
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers,
    ...(user && pass ? { user, pass } : user ? { token: user } : {}),
    ...(parsed.some(({ protocol }) => protocol === 'tls:') ? { tls: {} } : {}),
  };
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    // Not the error of URL: it holds the text, password included.
    throw new BusSetupError('NATS_URL is not a URL such as nats://user:password@host:4222');
  }
}
