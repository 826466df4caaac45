import { SlidingSums } from './sliding-sums.ts';
import type { StepRow, WindowKernel, Windows } from './windows.ts';

/** Farther from the first or last sample than so many average intervals, a window's edge is taken to lie outside of the series. */
const EDGE_INTERVALS = 1.1;

interface ChangeOptions {
  /** Falling values are resets to 0, and the series is never below 0. */
  readonly isCounter: boolean;
  readonly isPerSecond: boolean;
}

/**
 * `rate`, `increase` and `delta`: the change between first and last sample of a window, extended to the window's edges as far as the
 * series seems to reach. The rules are those of extrapolatedRate in Prometheus 3.0 (promql/functions.go), in seconds as there, so that
 * what lies exactly at a threshold falls the same way.
 */
export function changeKernel(options: ChangeOptions): WindowKernel {
  const resets = new CounterResets();
  return (windows, row) => {
    const { first, end, values, grid } = windows;
    const lost = options.isCounter ? resets.of(windows) : undefined;
    for (let step = 0; step < grid.count; step++) {
      const from = first[step] as number;
      const last = (end[step] as number) - 1;
      if (last <= from) continue;
      let change = (values[last] as number) - (values[from] as number);
      if (lost) change += lost[step] as number;
      row.values[row.base + step] = change * extension(windows, step, change, options);
      row.present[row.base + step] = 1;
    }
  };
}

/** By what the change between the samples of a window is to be multiplied. */
function extension(
  { first, end, times, values, grid, rangeMs }: Windows,
  step: number,
  change: number,
  { isCounter, isPerSecond }: ChangeOptions,
): number {
  const from = first[step] as number;
  const last = (end[step] as number) - 1;
  const untilMs = grid.startMs + step * grid.stepMs;
  const firstMs = times[from] as number;
  const lastMs = times[last] as number;
  let beforeS = (firstMs - (untilMs - rangeMs)) / 1000;
  let afterS = (untilMs - lastMs) / 1000;
  const sampledS = (lastMs - firstMs) / 1000;
  const intervalS = sampledS / (last - from);
  const edgeS = intervalS * EDGE_INTERVALS;
  if (beforeS >= edgeS) beforeS = intervalS / 2;
  const firstValue = values[from] as number;
  if (isCounter && change > 0 && firstValue >= 0) {
    // At this slope the counter was 0 so long before: it can't have been below.
    const sinceZeroS = sampledS * (firstValue / change);
    if (sinceZeroS < beforeS) beforeS = sinceZeroS;
  }
  if (afterS >= edgeS) afterS = intervalS / 2;
  const factor = (sampledS + beforeS + afterS) / sampledS;
  return isPerSecond ? factor / (rangeMs / 1000) : factor;
}

/** What counters lost by falling: nothing, for most series. */
class CounterResets {
  readonly #sums = new SlidingSums();
  #lost = new Float64Array(0);

  /** @returns what was lost within each window; undefined when nothing was */
  of(windows: Windows): Readonly<Float64Array> | undefined {
    const { values, from, to } = windows;
    if (!hasReset(values, from, to)) return undefined;
    if (this.#lost.length < to) this.#lost = new Float64Array(Math.max(to, 2 * this.#lost.length));
    for (let i = from + 1; i < to; i++) {
      const before = values[i - 1] as number;
      this.#lost[i] = (values[i] as number) < before ? before : 0;
    }
    // What was lost up to the first sample of a window is not the window's.
    return this.#sums.of(this.#lost, windows, 1);
  }
}

function hasReset(values: Float64Array, from: number, to: number): boolean {
  for (let i = from + 1; i < to; i++) {
    if ((values[i] as number) < (values[i - 1] as number)) return true;
  }
  return false;
}

/** `irate` and `idelta`: the change between the last two samples of a window. */
export function lastChangeKernel({ isCounter, isPerSecond }: ChangeOptions): WindowKernel {
  return ({ first, end, times, values, grid }, row: StepRow) => {
    for (let step = 0; step < grid.count; step++) {
      const last = (end[step] as number) - 1;
      if (last <= (first[step] as number)) continue;
      const value = values[last] as number;
      const before = values[last - 1] as number;
      const change = isCounter && value < before ? value : value - before;
      const seconds = ((times[last] as number) - (times[last - 1] as number)) / 1000;
      row.values[row.base + step] = isPerSecond ? change / seconds : change;
      row.present[row.base + step] = 1;
    }
  };
}
