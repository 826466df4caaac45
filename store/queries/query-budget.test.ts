import { expect, test } from 'bun:test';
import type { QueryLimits } from '@overseer/shared';
import { QueryBudget } from './query-budget.ts';

const settings = { querySamplesMax: 1_000_000, querySeriesMax: 10, queryBytesMax: 2_000_000 };
const { signal } = new AbortController();
const nothing = () => ({ series: 0, samples: 0, bytes: 0 });

function budgetOf(asked: QueryLimits = {}, totals = nothing()): QueryBudget {
  return new QueryBudget(signal, settings, asked, totals);
}

test('query budget - counts what is spent, up to the limits', () => {
  const totals = nothing();
  const budget = budgetOf({}, totals);
  budget.spend(1_000_000, 2_000_000);
  budget.spendSeries(10);
  budget.spendSeries(10);
  expect(totals).toEqual({ series: 20, samples: 1_000_000, bytes: 2_000_000 });
});

test('query budget - an error names the limit, its value and what to do', () => {
  expect(() => budgetOf().spend(1_000_001, 0)).toThrow(
    "the query needs more than 1,000,000 samples, the limit of the store's setting QUERY_SAMPLES_MAX: ask for less time or fewer series, or raise the limit",
  );
  expect(() => budgetOf().spend(0, 2_000_001)).toThrow('QUERY_BYTES_MAX');
  expect(() => budgetOf().spendSeries(11)).toThrow('QUERY_SERIES_MAX');
});

test('query budget - a request lowers limits and never raises them', () => {
  const lower = budgetOf({ samples: 5, series: 2 });
  expect(() => lower.spend(6, 0)).toThrow('more than 5 samples, the limit that the request sets');
  expect(lower.seriesMax).toBe(2);
  const higher = budgetOf({ samples: 1e9, series: 1e9 });
  expect(() => higher.spend(1_000_001, 0)).toThrow('QUERY_SAMPLES_MAX');
  expect(higher.seriesMax).toBe(10);
});
