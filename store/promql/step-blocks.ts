import type { StepRow } from './windows.ts';

/** What a block holds: 256 KiB, small enough for caches, large enough to make the cost of passing it on vanish. */
const BLOCK_VALUES_MAX = 32 * 1024;

/**
 * Rows of some series, a value a step: what expressions pass to each other. Row i is series number `series[i]` of its vector. A block
 * belongs to who made it and is valid until the next one is asked for.
 */
export class StepBlock {
  readonly series: Uint32Array;
  readonly values: Float64Array;
  /** 1: the step has a value. */
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
    const base = this.length * this.stepCount;
    const at = this.present.indexOf(1, base);
    if (at < 0 || at >= base + this.stepCount) return;
    this.series[this.length++] = series;
  }

  clear(): void {
    this.length = 0;
  }
}
