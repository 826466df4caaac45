import type { Expectation } from './check.ts';
import type { Series } from './workload.ts';

/**
 * How long a body waits before it is sent again: short, so that a returning server meets a crowd.
 */
const RETRY_DELAY_MS = 50;
/** A request without an answer is given up after this, and sent again. */
const REQUEST_TIMEOUT_MS = 20_000;
const LINES_PER_BODY_MIN = 40;

/** An answer that no outage explains: the run has found a bug. */
export class UnexpectedAnswerError extends Error {
  override name = 'UnexpectedAnswerError';
}

/** What the senders of a run went through. */
export interface SenderCounts {
  bodies: number;
  lines: number;
  /** Bodies answered by 503. */
  unavailable: number;
  /** Requests that ended without an answer: refused, cut, or too late. */
  unanswered: number;
}

/**
 * Sends the points of its series in order, one body at a time, each again and again until it is
 * answered by 204. How many points of each series that covers is the ledger which the check holds
 * against PostgreSQL.
 */
export class Sender {
  readonly series: readonly Series[];
  /** Points of each series that were acknowledged: numbers 0 to this − 1. */
  readonly acknowledged: number[];
  readonly counts: SenderCounts = { bodies: 0, lines: 0, unavailable: 0, unanswered: 0 };
  /** The longest that a body took from its first attempt to its acknowledgement. */
  longestBodyMs = 0;
  readonly #pause: () => number;
  /** Of each series the turns that a fault took away. */
  readonly #taken: { from: number; to: number }[][];
  /** Pending while the sender is held. */
  #held: PromiseWithResolvers<void> | undefined;
  /** Resolves when the sender that is held has no body under way. */
  #idle: PromiseWithResolvers<void> | undefined;
  /** Where the next body starts, as an index of series. */
  #next = 0;
  /** Series that are sent so far; they come into being one by one while the run lasts. */
  #known = 1;

  /**
   * @param series all of one database; its name is taken from the first.
   * @param pauseMs draws the time between an acknowledgement and the next body.
   */
  constructor(series: readonly Series[], pauseMs: () => number) {
    this.series = series;
    this.acknowledged = series.map(() => 0);
    this.#taken = series.map(() => []);
    this.#pause = pauseMs;
  }

  /** What must be stored of all that was acknowledged. */
  get expectations(): Expectation[] {
    return this.series.map((series, index) => {
      const taken = this.#taken[index] ?? [];
      const counts = (turn: number) => !taken.some(({ from, to }) => turn >= from && turn < to);
      return { series, count: this.acknowledged[index] ?? 0, counts };
    });
  }

  /** Takes no further body; resolves when the one under way was acknowledged. */
  async hold(): Promise<void> {
    this.#held ??= Promise.withResolvers();
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
    this.#idle = undefined;
  }

  /** Says that what was acknowledged since then is gone. @param acknowledgedBefore a copy of `acknowledged` */
  take(acknowledgedBefore: readonly number[]): void {
    for (const [index, to] of this.acknowledged.entries())
      this.#taken[index]?.push({ from: acknowledgedBefore[index] ?? 0, to });
  }

  /**
   * Sends until `stop` is aborted; the body on its way then is still sent until it is acknowledged.
   * @param giveUp ends the sending at once.
   * @throws UnexpectedAnswerError, or the reason of `giveUp` when a body was not acknowledged
   *   before.
   */
  async run(ingressUrl: string, stop: AbortSignal, giveUp: AbortSignal): Promise<void> {
    const database = this.series[0]?.database ?? '';
    const url = `${ingressUrl}/write?db=${encodeURIComponent(database)}`;
    while (!stop.aborted) {
      if (this.#held) {
        this.#idle?.resolve();
        await this.#held.promise;
        continue;
      }
      const { text, lines, turns } = this.#makeBody();
      const startedAt = performance.now();
      while (!(await this.#post(url, text, giveUp))) {
        giveUp.throwIfAborted();
        await Bun.sleep(RETRY_DELAY_MS);
      }
      for (const index of turns) this.acknowledged[index] = (this.acknowledged[index] ?? 0) + 1;
      this.longestBodyMs = Math.max(this.longestBodyMs, performance.now() - startedAt);
      this.counts.bodies++;
      this.counts.lines += lines;
      await Bun.sleep(this.#pause());
    }
  }

  /** The next points of the next series in turn, and one more series now and then. */
  #makeBody(): { text: string; lines: number; turns: number[] } {
    const lines: string[] = [];
    const turns: number[] = [];
    while (lines.length < LINES_PER_BODY_MIN && turns.length < this.#known) {
      const index = this.#next % this.#known;
      lines.push(...(this.series[index] as Series).lines(this.acknowledged[index] ?? 0));
      turns.push(index);
      this.#next++;
    }
    this.#known = Math.min(this.#known + 1, this.series.length);
    return { text: lines.join(''), lines: lines.length, turns };
  }

  /** @returns whether the body was acknowledged; false: send it again. */
  async #post(url: string, body: string, giveUp: AbortSignal): Promise<boolean> {
    let response: Response;
    try {
      const signal = AbortSignal.any([giveUp, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      response = await fetch(url, { method: 'POST', body, signal });
    } catch {
      this.counts.unanswered++;
      return false;
    }
    if (response.status === 204) return true;
    const text = await response.text().catch((error: unknown) => `(cut: ${error})`);
    if (response.status !== 503)
      throw new UnexpectedAnswerError(
        `ingress answered ${response.status} to lines that are valid: ${text.slice(0, 500)}`,
      );
    if (response.headers.get('retry-after') === null)
      throw new UnexpectedAnswerError(`ingress answered 503 without Retry-After: ${text}`);
    this.counts.unavailable++;
    return false;
  }
}
