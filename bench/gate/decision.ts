import { summarize } from '../results.ts';

/**
 * What the gate makes of the ratios that some processes measured of a kernel: kernel time against yardstick time.
 * Its rules are pure, so that recorded rounds can be judged again.
 */

/** A kernel is slower above this share of its baseline: the geometric middle between the same and a fifth more. */
export const SLOWER = Math.sqrt(1.2);
/** Processes that measure a kernel at first, and each time that they leave it undecided. */
export const PROCESSES_AT_ONCE = 5;
/** After so many, which only a busy machine needs, it is decided by the median alone. */
export const PROCESSES_MAX = 65;
/** Certainty of the interval in which the median lies; five processes give just less, all of them. */
const CERTAINTY = 0.93;

export type Outcome = 'as before' | 'slower' | 'faster' | 'undecided';

/** What is known of a kernel, against its baseline: 1.2 takes a fifth longer than then. */
export interface Decision {
  outcome: Outcome;
  median: number;
  low: number;
  high: number;
  processes: number;
}

/**
 * Decides by an interval: slower when all of it lies above the limit, not slower when all lies below, else undecided
 * until there are `PROCESSES_MAX`.
 * @param baseline the ratio that was recorded
 * @param ratios one a process, at least `PROCESSES_AT_ONCE`
 */
export function decide(baseline: number, ratios: readonly number[]): Decision {
  if (ratios.length < PROCESSES_AT_ONCE)
    throw new RangeError(
      `${ratios.length} processes decide nothing, it takes ${PROCESSES_AT_ONCE}`,
    );
  const shares = ratios.map((ratio) => ratio / baseline);
  const { median } = summarize(shares);
  const { low, high } = intervalOfMedian(shares);
  return {
    outcome: outcomeOf(median, low, high, ratios.length),
    median,
    low,
    high,
    processes: ratios.length,
  };
}

function outcomeOf(median: number, low: number, high: number, processes: number): Outcome {
  if (low > SLOWER) return 'slower';
  if (high < 1 / SLOWER) return 'faster';
  if (high <= SLOWER) return 'as before';
  if (processes < PROCESSES_MAX) return 'undecided';
  return median > SLOWER ? 'slower' : 'as before';
}

/**
 * Where the median of what values were drawn from lies, whatever its distribution: between two of the sorted values,
 * because each value is above the median as often as a coin shows heads (the interval of the sign test).
 */
export function intervalOfMedian(values: readonly number[]): { low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  let outer = 0;
  // The chance of both tails beyond the values of these ranks.
  while (outer + 1 < sorted.length / 2 && 2 * tail(sorted.length, outer + 1) <= 1 - CERTAINTY)
    outer++;
  return { low: sorted[outer] as number, high: sorted[sorted.length - 1 - outer] as number };
}

/** Chance that a coin shows heads at most `heads` times in so many throws. */
function tail(throws: number, heads: number): number {
  let [ways, sum] = [1, 0];
  for (let count = 0; count <= heads; count++) {
    sum += ways;
    ways = (ways * (throws - count)) / (count + 1);
  }
  return sum / 2 ** throws;
}
