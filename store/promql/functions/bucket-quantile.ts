/** Counters below this relative difference are the same: that much summing makes. */
const SMALL_DIFFERENCE = 1e-12;
/** Smallest float that has all its digits. */
const NORMAL_MIN = 2 ** -1022;

/** Buckets of one histogram, by ascending bounds, each once; counts include those of all buckets below. */
export interface Buckets {
  readonly bounds: Float64Array;
  readonly counts: Float64Array;
  length: number;
}

/**
 * The value below which there is such a share of observations, by the rules of Prometheus 3.0 (promql/quantile.go): counts are made
 * to grow, which changes them; within a bucket observations are taken to be spread evenly, and the lowest one to begin at 0 if it can.
 */
export function bucketQuantile(quantile: number, buckets: Buckets): number {
  const { bounds, counts, length } = buckets;
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  if (length < 2 || bounds[length - 1] !== Number.POSITIVE_INFINITY) return Number.NaN;
  makeMonotonic(buckets);
  const observations = counts[length - 1] as number;
  if (observations === 0) return Number.NaN;
  const rank = quantile * observations;
  let bucket = 0;
  while (bucket < length - 1 && !((counts[bucket] as number) >= rank)) bucket++;
  if (bucket === length - 1) return bounds[length - 2] as number;
  const end = bounds[bucket] as number;
  if (bucket === 0) return end <= 0 ? end : end * (rank / (counts[0] as number));
  const start = bounds[bucket - 1] as number;
  const below = counts[bucket - 1] as number;
  return start + (end - start) * ((rank - below) / ((counts[bucket] as number) - below));
}

function makeMonotonic({ counts, length }: Buckets): void {
  let before = counts[0] as number;
  for (let i = 1; i < length; i++) {
    const count = counts[i] as number;
    if (count < before || isNearly(before, count)) counts[i] = before;
    else before = count;
  }
}

function isNearly(a: number, b: number): boolean {
  if (a === b) return true;
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < NORMAL_MIN) return difference < SMALL_DIFFERENCE * NORMAL_MIN;
  return difference / Math.min(sum, Number.MAX_VALUE) < SMALL_DIFFERENCE;
}
