import type { StepGrid } from '../step-grid.ts';

const NONE: Float64Array = new Float64Array(0);

/** Window i has the samples `first[i]` to `end[i]` (exclusive), of a series that has those from `from` to `to`. */
export interface WindowBounds {
  readonly first: Int32Array;
  readonly end: Int32Array;
  readonly from: number;
  readonly to: number;
}

/**
 * The windows of every step on one series: step i sees the samples of times in (startMs + i·stepMs - rangeMs, startMs + i·stepMs],
 * which are those from `first[i]` to `end[i]` (exclusive) of `times` and `values`. Both only ever grow. Made once for an evaluation
 * and slid over one series after another.
 */
export class Windows implements WindowBounds {
  readonly first: Int32Array;
  readonly end: Int32Array;
  times = NONE;
  values = NONE;
  from = 0;
  to = 0;

  constructor(
    readonly grid: StepGrid,
    readonly rangeMs: number,
  ) {
    this.first = new Int32Array(grid.count);
    this.end = new Int32Array(grid.count);
  }

  /**
   * Takes the samples [from, to) of a block for the series; the block must stay as it is while the windows are used.
   * @returns whether any window has a sample
   */
  slide(times: Float64Array, values: Float64Array, from: number, to: number): boolean {
    const { first, end, rangeMs } = this;
    const { startMs, stepMs, count } = this.grid;
    this.times = times;
    this.values = values;
    this.from = from;
    this.to = to;
    let left = from;
    let right = from;
    let hasSamples = false;
    for (let step = 0; step < count; step++) {
      const untilMs = startMs + step * stepMs;
      const afterMs = untilMs - rangeMs;
      while (right < to && (times[right] as number) <= untilMs) right++;
      while (left < right && (times[left] as number) <= afterMs) left++;
      first[step] = left;
      end[step] = right;
      hasSamples ||= left < right;
    }
    return hasSamples;
  }
}

/** Where a kernel writes: step i has its place at `base + i`; `present` is 0 there at first. */
export interface StepRow {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  readonly base: number;
}

/**
 * What a function of a range selector does to one series: for each step, a value from the step's window, or none. One that is linear
 * in samples and steps does all at once: 20 million samples, as many as a query reads unless told, take half a second. Others give a
 * chance to rest after each piece of work.
 * @param parameters the scalar arguments in their order, a value a step
 * @returns the pieces, done when they are asked for; undefined: all is done
 */
export type WindowKernel = (
  windows: Windows,
  row: StepRow,
  parameters: readonly Float64Array[],
) => Iterable<undefined> | undefined;
