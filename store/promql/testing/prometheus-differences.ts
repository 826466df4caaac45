import { edgeSeries } from './edge-cases.ts';
import type { TestField } from './sample-data.ts';

/**
 * In what answers of the Prometheus that Debian packages (2.42, 2.53 and the like) are not those of 3.0, which is what is evaluated
 * here; each with the change that made it so. Where data and questions can be kept away from a difference, they are.
 */
export interface KnownDifference {
  readonly what: string;
  /** Where it is written down. */
  readonly change: string;
  /** The release with the change; absent: 3.0 has the difference as well. */
  readonly changedIn?: string;
  /** By the names in a question; absent: data and questions are kept away from it. */
  readonly concerns?: (names: readonly string[]) => boolean;
  /** What is done with a question that it concerns, when the answers differ. */
  readonly handling?: 'not compared' | 'without names' | { readonly relativeDifferenceMax: number };
  /** Questions on `exampleFields` at {@link EXAMPLE_STEPS}: the answers differ, or the exception is needed no longer. */
  readonly examples: readonly [string, ...string[]];
}

/** When examples are asked, after the first of their samples. */
export const EXAMPLE_STEPS = { startMs: 190_000, endMs: 210_000, stepMs: 10_000 } as const;

const INTERVAL_MS = 10_000;

/** Samples where the known differences are, which other questions do not ask for. */
export function exampleFields(startMs: number): TestField[] {
  const times = Array.from({ length: 21 }, (_, i) => startMs + i * INTERVAL_MS);
  const fieldOf = (measurement: string, value: (i: number) => number, from = 0): TestField => ({
    measurement,
    field: 'value',
    tags: {},
    times: times.slice(from),
    values: times.slice(from).map((_, i) => value(i)),
  });
  return [
    { measurement: 'edge', field: 'value', tags: {}, ...edgeSeries(startMs) },
    fieldOf('uneven', (i) => 1e6 + Math.sin(i)),
    // It would have been 0 eight seconds before its first sample: more than half an interval, less than a whole one.
    fieldOf('young', (i) => 8 + 10 * i, 10),
  ];
}

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: 'ranges and the lookback took in a sample at their left edge, and subqueries a step there',
    change:
      '3.0, migration guide: range selectors and lookback exclude samples at the left boundary',
    changedIn: '3.0',
    examples: [
      'count_over_time(edge[1m])',
      'count_over_time(vector(1)[1m:10s])',
      'edge offset -5m',
    ],
  },
  {
    what: 'rate and increase reached farther back where a counter would have been 0 not long before',
    change: '2.52, prometheus/prometheus#13725',
    changedIn: '2.52',
    examples: ['rate(young[125s])', 'increase(young[125s])'],
  },
  {
    what: 'predict_linear over a range with a fixed time lost samples from step to step',
    change: '2.50, prometheus/prometheus#13559',
    changedIn: '2.50',
    concerns: (names) =>
      names.includes('predict_linear') && names.some((name) => name.startsWith('@')),
    handling: 'not compared',
    examples: ['predict_linear(uneven[65s] @ start(), 10)'],
  },
  {
    what: 'the parameter of an aggregation was left out where fixed times are looked for: one within it moved on with the steps, and where all but the parameter was fixed, the parameter was too',
    change: 'none found; the documentation of @ has every step see the same time, and nothing else',
    concerns: (names) => names.includes('@ beside a parameter'),
    handling: 'not compared',
    examples: ['quantile(scalar(edge @ start()) / 40, {__name__=~"edge|young"})'],
  },
  {
    what: 'timestamp of a selector with a fixed time left out its offset, in 3.0 as well',
    change: 'none found; the documentation of @ has the offset counted from the time',
    concerns: (names) =>
      names.includes('timestamp') &&
      names.some((name) => name.startsWith('@')) &&
      names.some((name) => name.endsWith('offset')),
    handling: 'not compared',
    examples: ['timestamp(edge @ 1700000150 offset -30s)'],
  },
  {
    what: 'atan2 kept the metric',
    change: '2.46, prometheus/prometheus#12595',
    changedIn: '2.46',
    concerns: (names) => names.includes('atan2'),
    handling: 'without names',
    examples: ['edge atan2 edge'],
  },
  {
    what: 'lines through samples have few digits: products are summed up before those of the means are subtracted, in 3.0 as well',
    change: 'none; ours are taken from the differences to the means',
    concerns: (names) => names.includes('deriv') || names.includes('predict_linear'),
    handling: { relativeDifferenceMax: 1e-6 },
    examples: ['deriv(uneven[65s])'],
  },
];
