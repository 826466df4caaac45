import { RELATIVE_DIFFERENCE_MAX } from './comparison.ts';

/**
 * In what answers of the Prometheus that Debian packages (2.42, 2.53 and the like) are not those of 3.0, which is what is evaluated
 * here; each with the change that made it so. Where data and questions can be kept away from a difference, they are.
 */
export interface KnownDifference {
  readonly what: string;
  /** Where it is written down. */
  readonly change: string;
  /** By the names in a question; absent: data and questions are kept away from it. */
  readonly concerns?: (names: readonly string[]) => boolean;
  /** What is done with questions that it concerns. */
  readonly handling?: 'not compared' | 'without names' | { readonly relativeDifferenceMax: number };
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: 'ranges and the lookback took in a sample at their left edge, and subqueries a step there',
    change:
      '3.0, migration guide: range selectors and lookback exclude samples at the left boundary',
  },
  {
    what: 'rate and increase reached farther back where a counter would have been 0 not long before',
    change: '2.52, prometheus/prometheus#13725',
  },
  {
    what: 'predict_linear over a range with a fixed time lost samples from step to step',
    change: '2.50, prometheus/prometheus#13559',
    concerns: (names) =>
      names.includes('predict_linear') && names.some((name) => name.startsWith('@')),
    handling: 'not compared',
  },
  {
    what: 'the parameter of an aggregation was left out where fixed times are looked for: one within it moved on with the steps, and where all but the parameter was fixed, the parameter was too',
    change: 'none found; the documentation of @ has every step see the same time, and nothing else',
    concerns: (names) => names.includes('@ beside a parameter'),
    handling: 'not compared',
  },
  {
    what: 'timestamp of a selector with a fixed time left out its offset, in 3.0 as well',
    change: 'none found; the documentation of @ has the offset counted from the time',
    concerns: (names) =>
      names.includes('timestamp') &&
      names.some((name) => name.startsWith('@')) &&
      names.some((name) => name.endsWith('offset')),
    handling: 'not compared',
  },
  {
    what: 'atan2 kept the metric',
    change: '2.46, prometheus/prometheus#12595',
    concerns: (names) => names.includes('atan2'),
    handling: 'without names',
  },
  {
    what: 'lines through samples have few digits: products are summed up before those of the means are subtracted, in 3.0 as well',
    change: 'none; ours are taken from the differences to the means',
    concerns: (names) => names.includes('deriv') || names.includes('predict_linear'),
    handling: { relativeDifferenceMax: 1e-6 },
  },
];

const handlingsOf = (names: readonly string[]) =>
  KNOWN_DIFFERENCES.filter(({ concerns }) => concerns?.(names)).map(({ handling }) => handling);

export function isCompared(names: readonly string[]): boolean {
  return !handlingsOf(names).includes('not compared');
}

export function areNamesCompared(names: readonly string[]): boolean {
  return !handlingsOf(names).includes('without names');
}

export function relativeDifferenceMaxOf(names: readonly string[]): number {
  return handlingsOf(names).reduce(
    (most: number, handling) =>
      typeof handling === 'object' ? Math.max(most, handling.relativeDifferenceMax) : most,
    RELATIVE_DIFFERENCE_MAX,
  );
}
