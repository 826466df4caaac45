/** Who sends a request to write or to query. */
import { type Access, AccessError, type Grant, isLoopback } from '@overseer/shared/access';

/**
 * What whoever sends a request may do.
 * @param parameters of its URL
 * @throws AccessError 401; 403 for the page of another site where no tokens are set
 */
export function identify(access: Access, { headers }: Request, parameters: URLSearchParams): Grant {
  if (access.isOpen) refuseForeignPages(headers);
  return access.identify(headers, parameters);
}

/**
 * Where everybody on this machine may write, so could every page that somebody on it looks at: browsers send forms and plain texts to
 * any address, without asking it first. They say where a page is from, or at least that it is from elsewhere; other programs don't.
 */
function refuseForeignPages(headers: Headers): void {
  const origin = headers.get('origin');
  const isForeign =
    origin === null ? headers.get('sec-fetch-site') === 'cross-site' : !isOfThisMachine(origin);
  if (!isForeign) return;
  throw new AccessError(
    403,
    `pages of other sites${origin === null ? '' : `, such as ${JSON.stringify(origin)},`} may not write or query where no tokens are set; set TOKENS_FILE, and let the page send a token`,
  );
}

function isOfThisMachine(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname);
}
