import type { AnswerSeries } from './reference.ts';
import { labelsKey } from './reference-values.ts';

/** How far two floats may differ, relative to the larger one: what another order of the same operations makes. */
export const RELATIVE_DIFFERENCE_MAX = 1e-12;

/** @returns one line for each difference, none when the answers are the same; series may come in any order */
export function differencesOf(
  expected: readonly AnswerSeries[],
  actual: readonly AnswerSeries[],
  relativeDifferenceMax = RELATIVE_DIFFERENCE_MAX,
): string[] {
  const differences: string[] = [];
  const found = new Map(actual.map((series) => [labelsKey(series.labels), series]));
  if (found.size !== actual.length) differences.push('a series comes more than once');
  for (const series of expected) {
    const key = labelsKey(series.labels);
    const other = found.get(key);
    found.delete(key);
    if (!other) {
      differences.push(`${key} is missing`);
      continue;
    }
    for (const [step, value] of series.values.entries()) {
      if (isClose(value, other.values[step], relativeDifferenceMax)) continue;
      differences.push(`${key} at step ${step}: ${other.values[step]} instead of ${value}`);
    }
  }
  for (const key of found.keys()) differences.push(`${key} should not be there`);
  return differences;
}

function isClose(
  a: number | undefined,
  b: number | undefined,
  relativeDifferenceMax: number,
): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (Object.is(a, b) || a === b) return true;
  return Math.abs(a - b) <= relativeDifferenceMax * Math.max(Math.abs(a), Math.abs(b));
}
