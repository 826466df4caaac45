import { float64s, isPresent } from '@overseer/shared/queries';
import type { Delta, LiveSeries, Reset, Subscribe } from '../../live/protocol.ts';
import {
  identify,
  type QueryIdentity,
  SERIES_MAX,
  type SeriesColumns,
  type SeriesRow,
} from '../series/series-columns.ts';

/** The steps of a subscription. */
export type MatrixSteps = Pick<Subscribe, 'stepMs' | 'rangeMs' | 'fineStepMs'>;

interface StoredRow extends SeriesRow {
  /** Twice as long as the window; the matrix knows where that begins. */
  readonly buffer: Float64Array;
  /** The window of the buffer: made anew when the window has moved, not for each who reads it. */
  view: Float64Array;
}

/**
 * The series of one subscription over a window of steps that slides.
 *
 * The window moves through buffers of twice its length, so that a new step costs one write per series, and everything is moved to
 * the front only once in a window's length.
 */
export class SeriesMatrix implements SeriesColumns {
  readonly stepMs: number;
  /** Steps that the range has, the one it begins in and the one in the future included. */
  readonly stepsMax: number;
  readonly #isPaired: boolean;

  #rows: StoredRow[] = [];
  #byKey = new Map<number, StoredRow>();
  readonly #omitted = new Set<number>();
  readonly #times: Float64Array;
  #timesView: Float64Array;
  /** Where in the buffers the window begins. */
  #start = 0;
  #firstStep = 0;
  #count = 0;

  constructor(
    { stepMs, rangeMs, fineStepMs }: MatrixSteps,
    readonly query: QueryIdentity,
  ) {
    this.stepMs = stepMs;
    this.#isPaired = fineStepMs !== undefined;
    this.stepsMax = Math.ceil(rangeMs / stepMs) + 2;
    this.#times = new Float64Array(2 * this.stepsMax);
    this.#timesView = this.#window(this.#times);
  }

  get rows(): readonly SeriesRow[] {
    return this.#rows;
  }

  /** Series that exceed `SERIES_MAX`. */
  get omittedCount(): number {
    return this.#omitted.size;
  }

  get times(): Float64Array {
    return this.#timesView;
  }

  get pairsFrom(): number | undefined {
    return this.#isPaired ? this.#firstStep % 2 : undefined;
  }

  values(row: SeriesRow): Float64Array {
    return (row as StoredRow).view;
  }

  /** Whether any series has a value in the window: those that fell silent stay, empty. */
  get hasValues(): boolean {
    return this.#rows.some((row) => this.values(row).some((value) => !Number.isNaN(value)));
  }

  /** Takes the place of everything. */
  reset({ firstStep, count, series }: Reset): void {
    this.#rows = [];
    this.#byKey = new Map();
    this.#omitted.clear();
    this.#start = 0;
    this.#firstStep = firstStep;
    this.#count = 0;
    this.#extendTo(firstStep + count - 1);
    for (const one of series) this.#write(one, firstStep, count);
  }

  /** @throws Error when it does not follow what the matrix has: the subscription must be made anew */
  apply({ firstStep, count, series }: Delta): void {
    this.#extendTo(firstStep + count - 1);
    for (const one of series) this.#write(one, firstStep, count);
  }

  /** Moves the window so that it ends with the step; steps in between have no values, those too old are dropped. */
  #extendTo(newestStep: number): void {
    const added = newestStep + 1 - (this.#firstStep + this.#count);
    if (added <= 0) return;
    if (added >= this.stepsMax) {
      this.#start = 0;
      this.#count = 0;
      this.#firstStep = newestStep + 1 - this.stepsMax;
      this.#append(this.stepsMax);
      this.#makeViews();
      return;
    }
    if (this.#start + this.#count + added > this.#times.length) this.#moveToFront();
    this.#append(added);
    const surplus = Math.max(0, this.#count - this.stepsMax);
    this.#start += surplus;
    this.#firstStep += surplus;
    this.#count -= surplus;
    this.#makeViews();
  }

  #makeViews(): void {
    this.#timesView = this.#window(this.#times);
    for (const row of this.#rows) row.view = this.#window(row.buffer);
  }

  #window(buffer: Float64Array): Float64Array {
    return buffer.subarray(this.#start, this.#start + this.#count);
  }

  #append(added: number): void {
    const from = this.#start + this.#count;
    for (let index = 0; index < added; index++) {
      this.#times[from + index] = (this.#firstStep + this.#count + index) * this.stepMs;
    }
    for (const { buffer } of this.#rows) buffer.fill(Number.NaN, from, from + added);
    this.#count += added;
  }

  #moveToFront(): void {
    const [from, to] = [this.#start, this.#start + this.#count];
    this.#times.copyWithin(0, from, to);
    for (const { buffer } of this.#rows) buffer.copyWithin(0, from, to);
    this.#start = 0;
  }

  #write(series: LiveSeries, firstStep: number, count: number): void {
    const row = this.#byKey.get(series.key) ?? this.#add(series);
    if (!row) return;
    const values = float64s(series.values);
    if (values.length !== count) {
      throw new Error(`series ${series.key} has ${values.length} values for ${count} steps`);
    }
    // Steps before the window are none of ours any more.
    const skipped = Math.max(0, this.#firstStep - firstStep);
    const offset = this.#start + firstStep - this.#firstStep;
    for (let index = skipped; index < count; index++) {
      const value = isPresent(series.present, index) ? values[index] : undefined;
      row.buffer[offset + index] = value ?? Number.NaN;
    }
  }

  #add({ key, labels }: LiveSeries): StoredRow | undefined {
    if (!labels) {
      if (this.#omitted.has(key)) return undefined;
      throw new Error(`series ${key} was never introduced`);
    }
    if (this.#rows.length >= SERIES_MAX) {
      this.#omitted.add(key);
      return undefined;
    }
    const buffer = new Float64Array(2 * this.stepsMax).fill(Number.NaN);
    const view = this.#window(buffer);
    const row = { columns: this, labels, ...identify(labels, this.query), buffer, view };
    this.#rows.push(row);
    this.#byKey.set(key, row);
    return row;
  }
}
