import type { Figures } from './harness.ts';

/**
 * Smallest value that at least this share of the values doesn't exceed (the nearest-rank method):
 * always one that was measured.
 */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('there is no percentile of no values');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

/** Median and 99th percentile of times in ms, as figures of a contender. */
export function latencyFigures(name: string, latenciesMs: readonly number[]): Figures {
  return {
    [`${name}MedianMs`]: percentile(latenciesMs, 0.5),
    [`${name}P99Ms`]: percentile(latenciesMs, 0.99),
  };
}
