/**
 * Whether a page may open a live connection. Browsers don't keep pages from connecting to other hosts, so that any site could read
 * along; programs that are no browsers send no origin.
 */
export function isAllowedOrigin(request: Request, allowed: readonly string[]): boolean {
  const origin = request.headers.get('origin');
  if (origin === null || allowed.includes(origin)) return true;
  // The scheme may differ: TLS ends at a proxy before us.
  return URL.canParse(origin) && new URL(origin).host === request.headers.get('host');
}
