import { expect, test } from 'bun:test';
import { QueryBudget } from './query-budget.ts';

const settings = { querySamplesMax: 1_000_000, querySeriesMax: 10, queryBytesMax: 2_000_000 };
const { signal } = new AbortController();

test('query budget - counts what is spent, up to the limits', () => {
  const budget = new QueryBudget(signal, settings);
  budget.spend(1_000_000, 2_000_000);
  budget.spendSeries(10);
  budget.spendSeries(10);
  expect([budget.samplesRead, budget.seriesRead, budget.bytesRead]).toEqual([
    1_000_000, 20, 2_000_000,
  ]);
});

test('query budget - an error names the limit, its value and what to do', () => {
  const budget = new QueryBudget(signal, settings);
  expect(() => budget.spend(1_000_001, 0)).toThrow(
    "the query needs more than 1,000,000 samples, the limit of the store's setting QUERY_SAMPLES_MAX: ask for less time or fewer series, or raise the limit",
  );
  expect(() => new QueryBudget(signal, settings).spend(0, 2_000_001)).toThrow('QUERY_BYTES_MAX');
  expect(() => new QueryBudget(signal, settings).spendSeries(11)).toThrow('QUERY_SERIES_MAX');
});

test('query budget - a request lowers limits and never raises them', () => {
  const lower = new QueryBudget(signal, settings, { samples: 5, series: 2 });
  expect(() => lower.spend(6, 0)).toThrow('more than 5 samples, the limit that the request sets');
  expect(lower.seriesMax).toBe(2);
  const higher = new QueryBudget(signal, settings, { samples: 1e9, series: 1e9 });
  expect(() => higher.spend(1_000_001, 0)).toThrow('QUERY_SAMPLES_MAX');
  expect(higher.seriesMax).toBe(10);
});
