import type { StepGrid } from '../step-grid.ts';
import { SlidingRegressions } from './sliding-regressions.ts';
import type { WindowKernel } from './windows.ts';

/** Functions of how samples follow each other; semantics are those of Prometheus 3.0 (promql/functions.go) on floats. */

/** How many samples of a window are something to the one before: `changes` and `resets`. */
export function countingKernel(counts: (before: number, value: number) => boolean): WindowKernel {
  /** Up to each place, from the first sample of the series. */
  let sums = new Uint32Array(0);
  return ({ first, end, values, from, to, grid }, { values: found, present, base }) => {
    if (sums.length < to) sums = new Uint32Array(Math.max(to, 2 * sums.length));
    sums[from] = 0;
    for (let i = from + 1; i < to; i++) {
      const isOne = counts(values[i - 1] as number, values[i] as number);
      sums[i] = (sums[i - 1] as number) + (isOne ? 1 : 0);
    }
    for (let step = 0; step < grid.count; step++) {
      const [start, last] = [first[step] as number, (end[step] as number) - 1];
      if (last < start) continue;
      found[base + step] = (sums[last] as number) - (sums[start] as number);
      present[base + step] = 1;
    }
  };
}

/** NaN after NaN is no change. */
export const isChange = (before: number, value: number) =>
  value !== before && !(Number.isNaN(value) && Number.isNaN(before));

export const isReset = (before: number, value: number) => value < before;

/** `deriv`: the slope, a second, of the line through the samples of a window. */
export function slopeKernel(): WindowKernel {
  const lines = new SlidingRegressions();
  return (windows, row) => {
    const { first, end, grid } = windows;
    lines.fit(windows);
    for (let step = 0; step < grid.count; step++) {
      if ((end[step] as number) - (first[step] as number) < 2) continue;
      row.values[row.base + step] = (lines.slopes[step] as number) * 1000;
      row.present[row.base + step] = 1;
    }
  };
}

/** `predict_linear`: where the line will be so many seconds after the step. */
export function predictionKernel(steps: StepGrid): WindowKernel {
  const lines = new SlidingRegressions();
  return (windows, row, [seconds]) => {
    const { first, end, grid } = windows;
    lines.fit(windows);
    for (let step = 0; step < grid.count; step++) {
      if ((end[step] as number) - (first[step] as number) < 2) continue;
      const stepMs = steps.startMs + step * steps.stepMs;
      const aheadMs = (seconds?.[step] ?? Number.NaN) * 1000;
      const apartMs = stepMs - (lines.timeMeans[step] as number) + aheadMs;
      row.values[row.base + step] =
        (lines.valueMeans[step] as number) + (lines.slopes[step] as number) * apartMs;
      row.present[row.base + step] = 1;
    }
  };
}
