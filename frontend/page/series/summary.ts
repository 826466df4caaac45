export interface Summary {
  readonly last: number;
  /** Index of the last value. */
  readonly lastStep: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** The last value that a series has, the smallest, the largest, and their mean; undefined when it has none. */
export function summarize(values: Float64Array): Summary | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [lastStep, count, sum] = [-1, 0, 0];
  for (let step = 0; step < values.length; step++) {
    const value = values[step] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    lastStep = step;
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const last = values[lastStep];
  return last === undefined ? undefined : { last, lastStep, min, max, mean: sum / count };
}
