import { CopyTuples } from '../copy-tuples.ts';
import type { SelectedSeries } from '../labels/label-index.ts';
import { SeriesIds } from '../labels/series-ids.ts';
import { SampleColumns } from './sample-columns.ts';

/**
 * A tuple from the length of its first value, each value behind its int32 length:
 *
 *     0  time     int64, microseconds since 2000, whole milliseconds
 *    12  series   int64
 *    24  rows     int64
 *    36  doubtful bool
 *    41  value    float64, one a metric; of length -1 when it is null
 */
const TIME_AT = 4;
const SERIES_AT = 16;
const ROWS_AT = 28;
const IS_DOUBTFUL_AT = 40;
const VALUES_AT = 41;
const COLUMNS_BEFORE_VALUES = 4;

/** From PostgreSQL's epoch, 2000, to 1970. */
const EPOCH_MS = 946_684_800_000;
const MICROSECONDS_PER_MS = 1000n;

/** Decodes what a `windowQuery` gives: a sample a window. Series are numbered metric by metric, each with every series of the selection. */
export class WindowDecoder {
  readonly samples = new SampleColumns();
  /** Rows that went into the windows. */
  rowCount = 0;
  /** Some window may be another than that of its samples. */
  isDoubtful = false;
  readonly #tuples: CopyTuples;
  readonly #ids = new SeriesIds();
  readonly #metricCount: number;

  constructor({ measured: { series }, metrics, numbers }: SelectedSeries) {
    for (const number of numbers) this.#ids.add(series.ids.low(number), series.ids.high(number));
    this.#metricCount = metrics.length;
    this.#tuples = new CopyTuples(COLUMNS_BEFORE_VALUES + metrics.length, (view, at) =>
      this.#take(view, at),
    );
  }

  /** How many series there are numbers for. */
  get seriesCount(): number {
    return this.#ids.size * this.#metricCount;
  }

  /** Windows that had rows, each of all metrics of a series. */
  get windowCount(): number {
    return this.#tuples.count;
  }

  push(chunk: Buffer): void {
    this.#tuples.push(chunk);
  }

  #take(view: DataView, at: number): void {
    this.rowCount += Number(view.getBigInt64(at + ROWS_AT));
    const number = this.#ids.find(
      view.getUint32(at + SERIES_AT + 4),
      view.getUint32(at + SERIES_AT),
    );
    if (number < 0) return;
    this.isDoubtful ||= view.getInt8(at + IS_DOUBTFUL_AT) !== 0;
    const timeMs = Number(view.getBigInt64(at + TIME_AT) / MICROSECONDS_PER_MS) + EPOCH_MS;
    let valueAt = at + VALUES_AT;
    for (let metric = 0; metric < this.#metricCount; metric++) {
      const isNull = view.getInt32(valueAt) < 0;
      valueAt += 4;
      if (isNull) continue;
      this.samples.add(metric * this.#ids.size + number, timeMs, 0, view.getFloat64(valueAt));
      valueAt += 8;
    }
  }
}
