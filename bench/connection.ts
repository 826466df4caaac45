import type { Body } from './lines.ts';

/** How long a request that was answered by 503 waits when the answer doesn't say. */
const RETRY_AFTER_DEFAULT_MS = 50;
const HEAD_END = '\r\n\r\n';

/** What was seen on one connection. */
export interface RequestCounts {
  retries: number;
  /** From the moment at which a request is sent, or was due, until its answer is here, one a request. */
  latenciesMs: number[];
}

/**
 * Bodies as requests over one connection, each when the one before is answered.
 *
 * `fetch` costs a core for some 20,000 requests/s, which is less than what is to be measured. This
 * knows just as much of HTTP as the answers to writes need, and costs a fifth of it.
 */
export class Connection {
  readonly #url: URL;
  readonly #requests: readonly Uint8Array[];
  readonly #counts: RequestCounts = { retries: 0, latenciesMs: [] };
  readonly #done = Promise.withResolvers<void>();
  #next = 0;
  /** When the current request was sent, or was due to be. */
  #beganAt = 0;
  /** What the socket has not taken yet of the current request. */
  #unsent: Uint8Array = new Uint8Array(0);
  /** What has come of an answer that is not complete. */
  #received = '';

  /**
   * Makes the requests; nothing is sent.
   * @param dueAt by performance.now(), when a request falls due by its number: it waits until then, and its time counts
   *   from then, however late it can be sent because those before are not answered. Without it each follows at once.
   */
  constructor(
    url: string,
    bodies: readonly Body[],
    private readonly dueAt?: (number: number) => number,
  ) {
    this.#url = new URL(url);
    this.#requests = bodies.map(({ bytes }) => this.#request(bytes));
    // Whoever sends learns of its error; until then it must not end this process.
    this.#done.promise.catch(() => {});
  }

  /**
   * Sends them all; resolves when the last one is acknowledged.
   * @throws when an answer is neither 204 nor 503, or the connection is closed.
   */
  async send(): Promise<RequestCounts> {
    if (this.#requests.length === 0) return this.#counts;
    const socket = await Bun.connect({
      hostname: this.#url.hostname,
      port: Number(this.#url.port),
      socket: {
        data: (socket, data) => this.#receive(socket, data),
        drain: (socket) => this.#flush(socket),
        error: (_, error) => this.#done.reject(error),
        close: () => this.#done.reject(new Error(`${this.#url.host} closed the connection`)),
      },
    });
    try {
      socket.setNoDelay(true);
      this.#sendNext(socket);
      await this.#done.promise;
      return this.#counts;
    } finally {
      socket.terminate();
    }
  }

  #request(body: Uint8Array): Uint8Array {
    const { pathname, search, host } = this.#url;
    const head = `POST ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}${HEAD_END}`;
    return Buffer.concat([Buffer.from(head, 'latin1'), body]);
  }

  #sendNext(socket: Bun.Socket): void {
    const request = this.#requests[this.#next];
    if (request === undefined) {
      this.#done.resolve();
      return;
    }
    const now = performance.now();
    this.#beganAt = this.dueAt?.(this.#next) ?? now;
    if (this.#beganAt > now) setTimeout(() => this.#write(socket, request), this.#beganAt - now);
    else this.#write(socket, request);
  }

  #write(socket: Bun.Socket, request: Uint8Array): void {
    this.#unsent = request;
    this.#flush(socket);
  }

  #flush(socket: Bun.Socket): void {
    if (this.#unsent.length > 0)
      this.#unsent = this.#unsent.subarray(Math.max(0, socket.write(this.#unsent)));
  }

  #receive(socket: Bun.Socket, data: Uint8Array): void {
    this.#received += Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    const answer = readAnswer(this.#received);
    if (answer === undefined) return;
    this.#received = '';
    if (answer.status === 204) {
      this.#counts.latenciesMs.push(performance.now() - this.#beganAt);
      this.#next++;
      this.#sendNext(socket);
    } else if (answer.status === 503) {
      this.#counts.retries++;
      const request = this.#requests[this.#next] as Uint8Array;
      setTimeout(() => this.#write(socket, request), answer.retryAfterMs);
    } else {
      this.#done.reject(new Error(`${this.#url} answered ${answer.status}: ${answer.body}`));
    }
  }
}

/** @returns undefined while the answer is not complete. */
function readAnswer(text: string) {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const status = Number(text.slice(9, 12));
  if (status === 204) return { status, retryAfterMs: 0, body: '' };
  const head = text.slice(0, headEnd);
  const body = text.slice(headEnd + HEAD_END.length);
  const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  if (body.length < length) return undefined;
  const retryAfter = /^retry-after: *(\d+)/im.exec(head)?.[1];
  const retryAfterMs =
    retryAfter === undefined ? RETRY_AFTER_DEFAULT_MS : Number(retryAfter) * 1000;
  return { status, retryAfterMs, body: body.slice(0, 300) };
}
