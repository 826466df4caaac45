/**
 * Which hosts a request may name. Who serves this machine alone lets everybody on it read, and a page of any site runs on it: when
 * its own name comes to mean 127.0.0.1 (DNS rebinding), the browser takes us for that site. The Host header still has the name.
 */
export class Hosts {
  /** Undefined: any. */
  readonly #names: ReadonlySet<string> | undefined;

  /**
   * @param listensOn a host name or address; only one that means this machine restricts anything
   * @param allowedOrigins origins whose hosts may be named, too: those of a proxy before us
   */
  constructor(listensOn: string, allowedOrigins: readonly string[]) {
    const authority = listensOn.includes(':') ? `[${listensOn}]` : listensOn;
    if (!isThisMachine(hostNameOf(authority))) return;
    this.#names = new Set(allowedOrigins.map((origin) => new URL(origin).hostname));
  }

  /** Programs that are no browsers may leave the host out. */
  allows(request: Request): boolean {
    const host = request.headers.get('host');
    if (!this.#names || host === null) return true;
    const name = hostNameOf(host);
    return isThisMachine(name) || this.#names.has(name);
  }
}

/** Without its port, addresses in their usual form; empty when it is none. */
function hostNameOf(authority: string): string {
  const url = `http://${authority}`;
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** Names below `localhost` never leave the machine (RFC 6761). */
function isThisMachine(hostName: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|\[::1\]|([^.]+\.)*localhost)$/.test(hostName);
}
