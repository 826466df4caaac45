import { formatDurationMs } from './units.ts';

/** How far something is, on standard error: a bar that redraws itself on a terminal, else a line now and then. */

const REDRAW_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 10_000;
const BAR_WIDTH = 24;
/** Before so much time has passed, a rate is a guess. */
const RATE_AFTER_MS = 1000;
const COLUMNS_ASSUMED = 80;

export interface ProgressSubject {
  /** What is done, such as the name of a file. */
  readonly label: string;
  /** Of everything, if it is known. */
  readonly total?: number | undefined;
  /** What was done before, by an earlier run: it counts for the bar, not for the rate. */
  readonly doneBefore?: number;
  readonly format: (amount: number) => string;
}

/** Where it is written: standard error, unless tests say otherwise. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class Progress implements Disposable {
  readonly #startedAt = performance.now();
  #shownAt: number;
  #isDrawn = false;

  constructor(
    private readonly subject: ProgressSubject,
    private readonly output: ProgressOutput = process.stderr,
  ) {
    this.#shownAt = output.isTTY ? Number.NEGATIVE_INFINITY : this.#startedAt;
  }

  /** @param done in the subject's unit, of the total */
  update(done: number, note = ''): void {
    const now = performance.now();
    const intervalMs = this.output.isTTY ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS;
    if (now - this.#shownAt < intervalMs) return;
    this.#shownAt = now;
    const line = this.#line(done, note, now - this.#startedAt);
    if (!this.output.isTTY) {
      this.output.write(`${line}\n`);
      return;
    }
    const columns = this.output.columns ?? COLUMNS_ASSUMED;
    this.output.write(`\r\u001b[K${line.slice(0, columns - 1)}`);
    this.#isDrawn = true;
  }

  /** A line that stays; the bar goes on below it. */
  say(line: string): void {
    this.#clear();
    this.output.write(`${line}\n`);
  }

  /** Takes the bar away. */
  [Symbol.dispose](): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#isDrawn) this.output.write('\r\u001b[K');
    this.#isDrawn = false;
  }

  #line(done: number, note: string, elapsedMs: number): string {
    const { label, total, doneBefore = 0, format } = this.subject;
    const parts = [label];
    if (total !== undefined) parts.push(bar(total === 0 ? 1 : done / total));
    parts.push(total === undefined ? format(done) : `${format(done)} of ${format(total)}`);
    if (elapsedMs >= RATE_AFTER_MS) {
      const perMs = (done - doneBefore) / elapsedMs;
      parts.push(`${format(Math.round(perMs * 1000))}/s`);
      if (total !== undefined && perMs > 0) {
        parts.push(`${formatDurationMs(Math.max(total - done, 0) / perMs)} left`);
      }
    }
    if (note) parts.push(note);
    return parts.join('  ');
  }
}

function bar(fraction: number): string {
  const bounded = Math.min(Math.max(fraction, 0), 1);
  const filled = Math.round(bounded * BAR_WIDTH);
  const percent = String(Math.floor(bounded * 100)).padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${percent} %`;
}
