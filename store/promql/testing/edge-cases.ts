import type { TestSeries } from './memory-source.ts';

/**
 * What the documentation of Prometheus 3.0 says of edges: ranges, the lookback and the steps of subqueries are open at their left edge and closed at
 * their right one. Prometheus 2 had both closed.
 */
export interface EdgeCase {
  /** `<n>` is the time n seconds after the start. */
  readonly text: string;
  /** When it is asked, seconds after the start. */
  readonly second: number;
  /** Undefined: there is none. */
  readonly value: number | undefined;
  readonly lookbackS?: number;
}

const INTERVAL_S = 10;
const LAST_S = 200;

/** Every ten seconds from the start to 200 s after it the number of the sample, from 0 on. */
export function edgeSeries(startMs: number): TestSeries {
  const values = Array.from({ length: LAST_S / INTERVAL_S + 1 }, (_, i) => i);
  const times = values.map((i) => startMs + i * INTERVAL_S * 1000);
  return { labels: { __name__: 'edge' }, times, values };
}

const cases = (
  text: string,
  values: Readonly<Record<string, number | undefined>>,
  lookbackS?: number,
): EdgeCase[] =>
  Object.entries(values).map(([second, value]) => ({
    text,
    second: Number(second),
    value,
    ...(lookbackS !== undefined && { lookbackS }),
  }));

export const EDGE_CASES: readonly EdgeCase[] = [
  // The lookback, of five minutes unless told: a sample of just that age is too old.
  ...cases('edge', { '-0.001': undefined, 0: 0, 9.999: 0, 10: 1, 499.999: 20, 500: undefined }),
  ...cases('edge', { 259.999: 20, 260: undefined }, 60),
  ...cases('edge', { 200: 20, 200.001: undefined }, 0.001),
  ...cases('edge offset 10s', { 9.999: undefined, 10: 0, 509.999: 20, 510: undefined }),
  ...cases('edge offset 300s', { 299.999: undefined, 300: 0, 500: 20, 800: undefined }),
  ...cases('edge offset -10s', { '-10.001': undefined, '-10': 0, 489.999: 20, 490: undefined }),
  ...cases('edge @ <499.999>', { 0: 20, 1000: 20 }),
  ...cases('edge @ <500>', { 0: undefined, 200: undefined }),
  ...cases('edge @ <510> offset 10s1ms', { 0: 20 }),
  ...cases('edge @ <510> offset 10s', { 0: undefined }),
  ...cases('absent(edge)', { 499.999: undefined, 500: 1 }),
  // Ranges.
  ...cases('count_over_time(edge[1m])', {
    40: 5,
    50: 6,
    99.999: 6,
    100: 6,
    259.999: 1,
    260: undefined,
  }),
  ...cases('count_over_time(edge[10s])', { 0: 1, 99.999: 1, 100: 1, 209.999: 1, 210: undefined }),
  ...cases('count_over_time(edge[1ms])', { 100: 1, 100.001: undefined }),
  ...cases('min_over_time(edge[1m])', { 99.999: 4, 100: 5 }),
  ...cases('sum_over_time(edge[20s])', { 99.999: 17, 100: 19 }),
  ...cases('last_over_time(edge[300s])', { 499.999: 20, 500: undefined }),
  ...cases('absent_over_time(edge[300s])', { 499.999: undefined, 500: 1 }),
  ...cases('count_over_time(edge[1m] offset 10s)', { 109.999: 6, 110: 6, 270: undefined }),
  ...cases('min_over_time(edge[1m] offset -10s)', { 89.999: 4, 90: 5 }),
  ...cases('min_over_time(edge[1m] @ <100>)', { 0: 5, 500: 5 }),
  ...cases('min_over_time(edge[1m] @ <110> offset 10s)', { 0: 5 }),
  // One sample has no rate; two that are all of a range are extended to its left edge.
  ...cases('rate(edge[10s])', { 100: undefined }),
  ...cases('rate(edge[20s])', { 100: 0.1 }),
  ...cases('delta(edge[20s])', { 100: 2, 210: undefined }),
  // Steps of subqueries.
  ...cases('count_over_time(vector(1)[1m:10s])', { 99.999: 6, 100: 6 }),
  ...cases('min_over_time(timestamp(vector(1))[1m:10s]) - <0>', { 99.999: 40, 100: 50 }),
  ...cases('count_over_time(vector(1)[10s:10s])', { 100: 1, 100.001: 1 }),
  ...cases('count_over_time(vector(1)[9s:10s])', { 108.999: 1, 109: undefined }),
  ...cases('min_over_time(edge[1m:10s])', { 99.999: 4, 100: 5 }),
  ...cases('min_over_time(edge[1m:10s] offset 10s)', { 109.999: 4, 110: 5 }),
  ...cases('min_over_time(edge[1m:10s] @ <100>)', { 0: 5 }),
  // A step sees what the lookback lets it see: the last one that does is at 490 s.
  ...cases('count_over_time(edge[600s:10s])', { 600: 49 }),
  ...cases('count_over_time(edge[600s:10s])', { 600: 25 }, 60),
];

/** The text over samples that start at a time. */
export function edgeText({ text }: EdgeCase, startMs: number): string {
  return text.replace(/<([\d.]+)>/g, (_, second) => `${(startMs + Number(second) * 1000) / 1000}`);
}
