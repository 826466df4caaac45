/** Lines on their way to ingress, kept while it is away. */
import { isLoopback } from '@overseer/shared/access';

/** Readings kept while ingress is away: ten minutes at one a second. */
export const READINGS_MAX = 600;
/** Readings in one request. */
const READINGS_PER_REQUEST_MAX = 60;
const REQUEST_TIMEOUT_MS = 10_000;
const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 30_000;

export interface OutboxOptions {
  readonly writeUrl: string;
  readonly token?: string | undefined;
  /** Told when ingress goes away, comes back or refuses lines; not for each attempt. */
  readonly onChange: (message: string) => void;
  readonly readingsMax?: number;
  readonly retryFirstMs?: number;
}

/** How ingress answered one request. */
type Answer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'away'; readonly reason: string; readonly retryAfterMs: number | undefined };

export class Outbox {
  readonly #readings: string[] = [];
  readonly #stop = new AbortController();
  readonly #request: BunFetchRequestInit;
  #isAway = false;
  #droppedCount = 0;
  #lostCount = 0;
  #refusedCount = 0;
  #sending: Promise<void> = Promise.resolve();
  #isSending = false;

  constructor(private readonly options: OutboxOptions) {
    const { token, writeUrl } = options;
    this.#request = {
      method: 'POST',
      headers: token === undefined ? {} : { authorization: `Token ${token}` },
      // A certificate is for the name that others know this machine by, and nobody is on the way to ourselves.
      ...(isLoopback(new URL(writeUrl).hostname) && { tls: { rejectUnauthorized: false } }),
    };
  }

  /** Readings that wait to be taken by ingress. */
  get waitingCount(): number {
    return this.#readings.length;
  }

  /** Readings that gave way to newer ones, since the start. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Requests that ingress has refused for good, since the start. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** Takes the lines of one reading. When full, the oldest reading gives way, and is counted. */
  add(lines: string): void {
    this.#readings.push(lines);
    if (this.#readings.length > (this.options.readingsMax ?? READINGS_MAX)) {
      this.#readings.shift();
      this.#droppedCount++;
      this.#lostCount++;
    }
    if (!this.#isSending) this.#sending = this.#send();
  }

  /** Ends the request under way. Readings not taken by then are gone. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }

  /** Sends until nothing waits, one request after the other, the oldest reading first. */
  async #send(): Promise<void> {
    const retryFirstMs = this.options.retryFirstMs ?? RETRY_FIRST_MS;
    let retryMs = retryFirstMs;
    this.#isSending = true;
    while (this.#readings.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#readings.slice(0, READINGS_PER_REQUEST_MAX);
      const droppedBefore = this.#droppedCount;
      const answer = await this.#post(batch.join(''));
      if (this.#stop.signal.aborted) break;
      if (answer.kind === 'away') {
        this.#reportAway(answer.reason);
        await this.#sleep(answer.retryAfterMs ?? retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
        continue;
      }
      retryMs = retryFirstMs;
      // Those of the batch that gave way while it was on its way are gone already.
      this.#readings.splice(0, batch.length - (this.#droppedCount - droppedBefore));
      if (answer.kind === 'refused') {
        this.#refusedCount++;
        this.options.onChange(`ingress refused: ${answer.reason}`);
      }
      this.#reportBack();
    }
    this.#isSending = false;
  }

  async #post(body: string): Promise<Answer> {
    try {
      const response = await fetch(this.options.writeUrl, {
        ...this.#request,
        body,
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      const text = await response.text();
      if (response.ok) return { kind: 'taken' };
      const reason = `${response.status} ${text.slice(0, 300)}`;
      if (!mayChange(response.status)) return { kind: 'refused', reason };
      const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
      const retryAfterMs = Number.isFinite(retryAfterS)
        ? Math.min(retryAfterS * 1000, RETRY_MOST_MS)
        : undefined;
      return { kind: 'away', reason, retryAfterMs };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'away', reason, retryAfterMs: undefined };
    }
  }

  #reportAway(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.options.onChange(`ingress is away (${reason}); keeping readings until it is back`);
  }

  #reportBack(): void {
    if (!this.#isAway || this.#readings.length > 0) return;
    const lost = this.#droppedCount === 0 ? 'nothing lost' : `${this.#droppedCount} readings lost`;
    this.options.onChange(`ingress is back, all readings sent, ${lost}`);
    this.#isAway = false;
    this.#droppedCount = 0;
  }

  async #sleep(durationMs: number): Promise<void> {
    const slept = Promise.withResolvers<void>();
    const timer = setTimeout(slept.resolve, durationMs);
    this.#stop.signal.addEventListener('abort', () => slept.resolve(), { once: true });
    await slept.promise;
    clearTimeout(timer);
  }
}

/** Whether the same lines may be taken later: ingress is away, or does not know or allow the token yet. */
function mayChange(status: number): boolean {
  return status >= 500 || status === 401 || status === 403 || status === 429;
}
