import { SlidingSums } from './sliding-sums.ts';
import { SlidingVariances } from './sliding-variances.ts';
import { SortedWindow } from './sorted-window.ts';
import type { WindowKernel, Windows } from './windows.ts';

/** Functions of the samples within a window, `…_over_time`; semantics are those of Prometheus 3.0 (promql/functions.go) on floats. */

/** The newest sample: `last_over_time`, and every vector selector over its lookback. */
export const lastKernel: WindowKernel = ({ first, end, values, grid }, row) => {
  for (let step = 0; step < grid.count; step++) {
    const to = end[step] as number;
    if (to === first[step]) continue;
    row.values[row.base + step] = values[to - 1] as number;
    row.present[row.base + step] = 1;
  }
};

/** When the newest sample was, in seconds since 1970: `timestamp` of a selector. */
export const lastTimeKernel: WindowKernel = ({ first, end, times, grid }, row) => {
  for (let step = 0; step < grid.count; step++) {
    const to = end[step] as number;
    if (to === first[step]) continue;
    row.values[row.base + step] = (times[to - 1] as number) / 1000;
    row.present[row.base + step] = 1;
  }
};

export const countKernel: WindowKernel = ({ first, end, grid }, row) => {
  for (let step = 0; step < grid.count; step++) {
    const count = (end[step] as number) - (first[step] as number);
    if (count === 0) continue;
    row.values[row.base + step] = count;
    row.present[row.base + step] = 1;
  }
};

export const presentKernel: WindowKernel = ({ first, end, grid }, row) => {
  for (let step = 0; step < grid.count; step++) {
    if (end[step] === first[step]) continue;
    row.values[row.base + step] = 1;
    row.present[row.base + step] = 1;
  }
};

export function sumKernel(): WindowKernel {
  const sliding = new SlidingSums();
  return (windows, row) => {
    const { first, end, values, grid } = windows;
    const sums = sliding.of(values, windows);
    for (let step = 0; step < grid.count; step++) {
      if (end[step] === first[step]) continue;
      row.values[row.base + step] = sums[step] as number;
      row.present[row.base + step] = 1;
    }
  };
}

/** Exact, and so small that sums of means of the largest floats are finite. */
const SCALE = 2 ** -64;

export function averageKernel(): WindowKernel {
  const sliding = new SlidingSums();
  const scaledSliding = new SlidingSums();
  let scaled = new Float64Array(0);
  /** Of values of which some sums are not finite: numbers too large to be summed have a mean all the same. */
  const scaledSums = (windows: Windows): Readonly<Float64Array> => {
    const { values, from, to } = windows;
    if (scaled.length < to) scaled = new Float64Array(Math.max(to, 2 * scaled.length));
    for (let i = from; i < to; i++) scaled[i] = (values[i] as number) * SCALE;
    return scaledSliding.of(scaled, windows);
  };
  return (windows, row) => {
    const { first, end, values, grid } = windows;
    const sums = sliding.of(values, windows);
    let huge: Readonly<Float64Array> | undefined;
    for (let step = 0; step < grid.count; step++) {
      const count = (end[step] as number) - (first[step] as number);
      if (count === 0) continue;
      const sum = sums[step] as number;
      if (!Number.isFinite(sum)) huge ??= scaledSums(windows);
      row.values[row.base + step] =
        huge && !Number.isFinite(sum) ? (huge[step] as number) / count / SCALE : sum / count;
      row.present[row.base + step] = 1;
    }
  };
}

/** `min_over_time` and `max_over_time`; NaN only where there is nothing else. */
export function extremeKernel(direction: 'min' | 'max'): WindowKernel {
  const sign = direction === 'max' ? 1 : -1;
  // Places of values each of which is beyond all that follow it: the first of them is the window's extreme.
  let places = new Int32Array(0);
  return ({ first, end, values, from: seriesFrom, to: seriesTo, grid }, row) => {
    if (places.length < seriesTo - seriesFrom) {
      places = new Int32Array(Math.max(seriesTo - seriesFrom, 2 * places.length));
    }
    let head = 0;
    let tail = 0;
    let next = seriesFrom;
    for (let step = 0; step < grid.count; step++) {
      const from = first[step] as number;
      const to = end[step] as number;
      for (next = Math.max(next, from); next < to; next++) {
        const value = (values[next] as number) * sign;
        if (Number.isNaN(value)) continue;
        while (tail > head && (values[places[tail - 1] as number] as number) * sign < value) tail--;
        places[tail++] = next;
      }
      while (head < tail && (places[head] as number) < from) head++;
      if (to === from) continue;
      row.values[row.base + step] =
        head < tail ? (values[places[head] as number] as number) : Number.NaN;
      row.present[row.base + step] = 1;
    }
  };
}

/** `stdvar_over_time`, or its root. */
export function varianceKernel(isRoot: boolean): WindowKernel {
  const sliding = new SlidingVariances();
  return (windows, row) => {
    const { first, end, values, grid } = windows;
    const variances = sliding.of(values, windows);
    for (let step = 0; step < grid.count; step++) {
      if (end[step] === first[step]) continue;
      const variance = variances[step] as number;
      row.values[row.base + step] = isRoot ? Math.sqrt(variance) : variance;
      row.present[row.base + step] = 1;
    }
  };
}

/** Values that come and go between two chances to rest: some milliseconds. */
const MOVES_MAX = 16 * 1024;

export function quantileKernel(): WindowKernel {
  const sorted = new SortedWindow();
  return function* (windows, row, [quantiles]) {
    const { first, end, grid } = windows;
    sorted.start(windows);
    let moves = 0;
    for (let step = 0; step < grid.count; step++) {
      const from = first[step] as number;
      const to = end[step] as number;
      if (to === from) continue;
      for (;;) {
        moves += sorted.moveTo(from, to, MOVES_MAX - moves);
        if (moves < MOVES_MAX) break;
        yield;
        moves = 0;
      }
      row.values[row.base + step] = sorted.quantile(quantiles?.[step] ?? Number.NaN);
      row.present[row.base + step] = 1;
    }
  };
}
