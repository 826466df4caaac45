import { SlidingSums } from './sliding-sums.ts';
import { SortedWindow } from './sorted-window.ts';
import type { WindowKernel } from './windows.ts';

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

export function averageKernel(): WindowKernel {
  const sliding = new SlidingSums();
  return (windows, row) => {
    const { first, end, values, grid } = windows;
    const sums = sliding.of(values, windows);
    for (let step = 0; step < grid.count; step++) {
      const from = first[step] as number;
      const to = end[step] as number;
      if (to === from) continue;
      const sum = sums[step] as number;
      row.values[row.base + step] = Number.isFinite(sum)
        ? sum / (to - from)
        : meanOfHuge(values, from, to);
      row.present[row.base + step] = 1;
    }
  };
}

/** The mean of values whose sum is not finite: of an infinity that, of numbers too large to be summed their mean all the same. */
function meanOfHuge(values: Float64Array, from: number, to: number): number {
  let mean = values[from] as number;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] as number;
    const count = i - from + 1;
    // An infinite mean stays what it is, unless the other infinity or NaN comes.
    if (Math.abs(mean) === Number.POSITIVE_INFINITY && (Number.isFinite(value) || value === mean)) {
      continue;
    }
    mean += value / count - mean / count;
  }
  return mean;
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

/**
 * `stdvar_over_time`, or its root. In two passes over each window, exact where Welford's one pass is not; linear in the windows' sizes
 * together, not in the samples.
 */
export function varianceKernel(isRoot: boolean): WindowKernel {
  return ({ first, end, values, grid }, row) => {
    for (let step = 0; step < grid.count; step++) {
      const from = first[step] as number;
      const to = end[step] as number;
      if (to === from) continue;
      const variance = varianceOf(values, from, to);
      row.values[row.base + step] = isRoot ? Math.sqrt(variance) : variance;
      row.present[row.base + step] = 1;
    }
  };
}

/** Differences to the first value, so that equal values have no variance at all. */
function varianceOf(values: Float64Array, from: number, to: number): number {
  const count = to - from;
  const origin = values[from] as number;
  let sum = 0;
  for (let i = from; i < to; i++) sum += (values[i] as number) - origin;
  const mean = sum / count;
  let squares = 0;
  let rest = 0;
  for (let i = from; i < to; i++) {
    const difference = (values[i] as number) - origin - mean;
    squares += difference * difference;
    rest += difference;
  }
  // What rounding made of the mean is taken out again (Björck's correction).
  return Math.max(0, squares - (rest * rest) / count) / count;
}

export function quantileKernel(): WindowKernel {
  const sorted = new SortedWindow();
  return (windows, row, [quantiles]) => {
    const { first, end, grid } = windows;
    sorted.start(windows);
    for (let step = 0; step < grid.count; step++) {
      const from = first[step] as number;
      const to = end[step] as number;
      if (to === from) continue;
      sorted.moveTo(from, to);
      row.values[row.base + step] = sorted.quantile(quantiles?.[step] ?? Number.NaN);
      row.present[row.base + step] = 1;
    }
  };
}
