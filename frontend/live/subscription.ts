import type { Run } from './deltas.ts';
import type { LiveFailure } from './live-expression.ts';
import type { LiveWindow, WindowSeries } from './live-window.ts';
import type { LiveSeries, ServerMessage } from './protocol.ts';

/** Where a subscription's messages go. */
export interface MessageSink {
  /** Whether the connection is fast enough to take more now; asking counts a message that is held back. */
  takesMore(): boolean;
  send(message: ServerMessage): void;
  sendFailure(id: number, failure: LiveFailure): void;
}

/** One chart of one page: knows what the page has, and sends it what it lacks. */
export class Subscription {
  /** Keys whose labels the page has heard. */
  readonly #keys = new Set<number>();
  #isFollowing = false;

  /** @param steps how many the page wants, the newest included */
  constructor(
    readonly id: number,
    readonly steps: number,
    private readonly sink: MessageSink,
  ) {}

  /** Whether the page has everything but what comes next; otherwise it waits for a reset. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** What the page has can't be brought up to date by changes. */
  awaitReset(): void {
    this.#isFollowing = false;
  }

  /** The first step that the page wants of a window. */
  firstStep(window: LiveWindow): number {
    return window.newest - this.steps + 1;
  }

  /** Sends everything. */
  sendReset(window: LiveWindow, warnings: readonly string[]): void {
    this.#isFollowing = this.sink.takesMore();
    if (!this.#isFollowing) return;
    const range = { from: this.firstStep(window), to: window.newest };
    this.#keys.clear();
    const series: LiveSeries[] = [];
    for (const one of window.series) {
      if (window.hasValues(one, range)) series.push(this.#column(window, one, range));
    }
    const { id, steps: count } = this;
    this.sink.send({ kind: 'reset', id, firstStep: range.from, count, series, warnings });
  }

  /** Sends what has changed, as far as the page wants it. */
  sendDelta(window: LiveWindow, run: Run): void {
    const range = { from: Math.max(run.from, this.firstStep(window)), to: run.to };
    if (range.from > range.to || !this.#isFollowing) return;
    this.#isFollowing = this.sink.takesMore();
    if (!this.#isFollowing) return;
    const series = run.series.map((one) => this.#column(window, one, range));
    const count = range.to - range.from + 1;
    this.sink.send({ kind: 'delta', id: this.id, firstStep: range.from, count, series });
  }

  /** Says that the expression can't be evaluated. A reset follows when it can. */
  sendFailure(failure: LiveFailure): void {
    this.awaitReset();
    this.sink.sendFailure(this.id, failure);
  }

  #column(window: LiveWindow, series: WindowSeries, range: { from: number; to: number }) {
    const { key, labels } = series;
    const column: LiveSeries = { key, ...window.column(series, range) };
    if (this.#keys.has(key)) return column;
    this.#keys.add(key);
    return { ...column, labels };
  }
}
