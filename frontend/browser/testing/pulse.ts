import { nanoseconds, writeLines } from './write-lines.ts';

const INTERVAL_MS = 100;

/**
 * Points of one series, written every 100 ms: their values are 1, 2, 3, … so that what must be seen at any time is known.
 */
export class Pulse {
  /** Of point n at n − 1: milliseconds since 1970. */
  readonly #times: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  /** Each point is written when the one before is acknowledged, as an agent does. */
  #writing: Promise<void> = Promise.resolve();

  /** Begins to write: the metric is the measurement, its field is called `value`. */
  constructor(ingressUrl: string, db: string, measurement: string) {
    this.#timer = setInterval(() => {
      const number = this.#times.push(Date.now());
      const line = `${measurement} value=${number} ${nanoseconds(this.#times.at(-1) ?? 0)}\n`;
      this.#writing = this.#writing.then(() => writeLines(ingressUrl, db, line));
      // Whoever ends it learns of the error; until then it must not end the test.
      this.#writing.catch(() => {});
    }, INTERVAL_MS);
  }

  /** Points so far, which is the value of the last. */
  get count(): number {
    return this.#times.length;
  }

  /** Writes no more. @throws Error when a point was not acknowledged */
  end(): Promise<void> {
    clearInterval(this.#timer);
    return this.#writing;
  }

  /** The value at a time: that of the last point until then, included; null before the first. */
  valueAt(timeMs: number): number | null {
    const index = this.#times.findLastIndex((pointMs) => pointMs <= timeMs);
    return index < 0 ? null : index + 1;
  }
}
