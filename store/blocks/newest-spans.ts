import type { MeasurementSeries } from '../labels/measurement-series.ts';

/** As a part of the lookback, until it is known how often points come. */
const FIRST_SHARE = 1 / 8;
/** Of the lookback: more is not worth another statement for the series that have nothing in it. */
const SHARE_MAX = 1 / 2;
const SPAN_MIN_MS = 1000;
/** More samples of a series than this in a span are too many to find the newest: half of it would do. */
const DENSITY_MAX = 4;
/** Of the series that have samples, those that have none in the span, at which it is too short. */
const LATE_SHARE_MAX = 0.05;

/**
 * How far back from a time nearly every series of a measurement has a sample: some intervals between its points, as far as the readings
 * before have told. Any span is right; a good one reads little that is not the newest.
 */
export class NewestSpans {
  readonly #spansMs = new WeakMap<MeasurementSeries, number>();

  /** @returns lookbackMs itself when less of it is not worth the while */
  of(series: MeasurementSeries, lookbackMs: number): number {
    const spanMs = this.#spansMs.get(series) ?? lookbackMs * FIRST_SHARE;
    return spanMs > lookbackMs * SHARE_MAX ? lookbackMs : spanMs;
  }

  /**
   * @param counts of samples in the span, by series
   * @param olderCounts the same of before it, within the lookback, for those that have none in it
   */
  learn(
    series: MeasurementSeries,
    spanMs: number,
    counts: Uint32Array,
    olderCounts: Uint32Array,
  ): void {
    let samples = 0;
    let found = 0;
    let foundLate = 0;
    for (const [i, count] of counts.entries()) {
      samples += count;
      if (count > 0) found++;
      else if ((olderCounts[i] as number) > 0) foundLate++;
    }
    if (foundLate > LATE_SHARE_MAX * (found + foundLate)) {
      this.#spansMs.set(series, 2 * spanMs);
    } else if (samples > DENSITY_MAX * found) {
      this.#spansMs.set(series, Math.max(spanMs / 2, SPAN_MIN_MS));
    }
  }
}
