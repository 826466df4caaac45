/** Requests of a client that sends a token in any of the forms that InfluxDB's clients know. */
import { AccessError } from './access-error.ts';

const SCHEMES = 'Token, Bearer or Basic';

/**
 * The token of a request: after `Token` or `Bearer` in its Authorization header, the password of `Basic`, or the
 * parameter `p`. Names of users mean nothing: clients of InfluxDB 1.x have to send one, whatever it is.
 * @param parameters of the URL; undefined where none is taken, as URLs end up in histories and logs
 * @returns undefined when there is none
 * @throws AccessError for a header that can't be understood
 */
export function tokenOfRequest(headers: Headers, parameters?: URLSearchParams): string | undefined {
  const authorization = headers.get('authorization');
  if (authorization === null) return parameters?.get('p') || undefined;
  const [, scheme, value] = /^\s*(\S+)\s+(\S+)\s*$/.exec(authorization) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'token':
    case 'bearer':
      return value;
    case 'basic':
      return passwordOf(value as string);
    default:
      throw new AccessError(401, `the Authorization header is not understood; valid is ${SCHEMES}`);
  }
}

/** Of base64 of `user:password`. */
function passwordOf(credentials: string): string | undefined {
  const text = Buffer.from(credentials, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon >= 0) return text.slice(colon + 1) || undefined;
  throw new AccessError(401, 'the Basic credentials are no base64 of user:token');
}
