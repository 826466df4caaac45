import type { Table } from '../../catalogue.ts';
import { CopyTuples } from '../../copy-tuples.ts';
import { type Instant, readInstant } from './binary-values.ts';
import type { RowFormat, SeriesText } from './row-format.ts';
import type { SeriesTexts } from './series-texts.ts';
import type { TextAnswer } from './text-answer.ts';

/**
 * A tuple from the length of its first value, each value behind its int32 length:
 *
 *     0  time    int64, microseconds since 2000
 *    12  series  int64
 *    24  ns      int16, if the table has it
 *     …  a value for each field of the table; of length -1 when it is null
 */
const TIME_AT = 4;
const SERIES_AT = 16;
const NS_AT = 28;
const VALUES_AT = 24;
const NS_COLUMN_BYTES = 6;
const NUMBER_NONE = -1;

/** Writes the rows of one COPY as text. Rows of series that are not among those to be told are left out. */
export class RowWriter {
  readonly #tuples: CopyTuples;
  readonly #fieldCount: number;
  readonly #hasNs: boolean;
  readonly #valuesAt: number;
  readonly #instant: Instant = { seconds: 0, nanoseconds: 0 };
  /** Of the row before: rows come by series. */
  #number = NUMBER_NONE;
  #low = 0;
  #high = 0;
  #series: SeriesText;

  constructor(
    { fields, hasNs }: Table,
    private readonly texts: SeriesTexts,
    private readonly format: RowFormat,
    private readonly out: TextAnswer,
  ) {
    this.#fieldCount = fields.size;
    this.#hasNs = hasNs;
    this.#valuesAt = VALUES_AT + (hasNs ? NS_COLUMN_BYTES : 0);
    this.#series = { bytes: new Uint8Array(0), from: 0, to: 0 };
    const columns = 2 + (hasNs ? 1 : 0) + fields.size;
    this.#tuples = new CopyTuples(columns, (view, at) => this.#take(view, at));
  }

  /** @returns a promise to wait for, when the asker is behind */
  push(chunk: Buffer): undefined | Promise<void> {
    this.#tuples.push(chunk);
    return this.out.isFull ? this.out.flush() : undefined;
  }

  #take(view: DataView, at: number): void {
    this.#findSeries(view.getUint32(at + SERIES_AT + 4), view.getUint32(at + SERIES_AT));
    if (this.#number === NUMBER_NONE) return;
    const { out, format } = this;
    const lengthBefore = out.text.length;
    readInstant(view, at + TIME_AT, this.#hasNs ? view.getInt16(at + NS_AT) : 0, this.#instant);
    format.begin(out.text, this.#series, this.#instant);
    this.#writeValues(view, at + this.#valuesAt);
    if (format.end(out.text, this.#instant)) out.countRow();
    else out.text.truncate(lengthBefore);
  }

  #writeValues(view: DataView, from: number): void {
    let at = from;
    for (let field = 0; field < this.#fieldCount; field++) {
      const length = view.getInt32(at);
      at += 4;
      this.format.value(this.out.text, field, view, at, length);
      if (length > 0) at += length;
    }
  }

  #findSeries(low: number, high: number): void {
    if (low === this.#low && high === this.#high && this.#number !== NUMBER_NONE) return;
    this.#low = low;
    this.#high = high;
    this.#number = this.texts.ids.find(low, high);
    if (this.#number !== NUMBER_NONE) this.#series = this.texts.get(this.#number);
  }
}
