/** An address to connect to, as part of a URL, for one to listen on: all interfaces include the loopback. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
