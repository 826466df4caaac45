import type { StepRow } from '../windows/windows.ts';

/** What a block holds: 256 KiB, small enough for caches, large enough to make the cost of passing it on vanish. */
const BLOCK_VALUES_MAX = 32 * 1024;

/**
 * Rows of some series, a value a step: what expressions pass to each other. Row i is series number `series[i]` of its vector. A block
 * is valid until the next one is asked for; who has asked for it may change it.
 */
export class StepBlock {
  readonly series: Uint32Array;
  /** What lies at steps without a value means nothing. */
  readonly values: Float64Array;
  /** 1: the step has a value. A row may have none at all. */
  readonly present: Uint8Array;
  /** Rows so far. */
  length = 0;

  constructor(readonly stepCount: number) {
    const rows = Math.max(1, Math.floor(BLOCK_VALUES_MAX / stepCount));
    this.series = new Uint32Array(rows);
    this.values = new Float64Array(rows * stepCount);
    this.present = new Uint8Array(rows * stepCount);
  }

  get isFull(): boolean {
    return this.length === this.series.length;
  }

  /** A row to write to, without values; `keep` makes it one of the block. */
  nextRow(): StepRow {
    const { values, present, stepCount } = this;
    const base = this.length * stepCount;
    values.fill(0, base, base + stepCount);
    present.fill(0, base, base + stepCount);
    return { values, present, base };
  }

  /** Keeps the row that was written, unless no step has a value. */
  keep(series: number): void {
    if (this.hasValue(this.length)) this.series[this.length++] = series;
  }

  row(row: number): StepRow {
    return { values: this.values, present: this.present, base: row * this.stepCount };
  }

  hasValue(row: number): boolean {
    const { present, stepCount } = this;
    // Not by indexOf, which would look through all the rows behind it.
    for (let at = row * stepCount; at < (row + 1) * stepCount; at++) {
      if (present[at] === 1) return true;
    }
    return false;
  }

  /** Puts a row into the place of one before it. */
  move(row: number, to: number): void {
    if (row === to) return;
    const { stepCount } = this;
    const [from, end] = [row * stepCount, (row + 1) * stepCount];
    this.series[to] = this.series[row] as number;
    this.values.copyWithin(to * stepCount, from, end);
    this.present.copyWithin(to * stepCount, from, end);
  }

  clear(): void {
    this.length = 0;
  }
}
