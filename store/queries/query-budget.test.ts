import { expect, test } from 'bun:test';
import type { QueryLimits } from '@overseer/shared';
import { nothingRead, QueryBudget } from './query-budget.ts';
import { SampleRoom } from './sample-room.ts';

const settings = { querySamplesMax: 1_000_000, querySeriesMax: 10, queryBytesMax: 2_000_000 };
const { signal } = new AbortController();

function budgetOf(
  asked: QueryLimits = {},
  totals = nothingRead(),
  room = new SampleRoom(10_000_000),
): QueryBudget {
  return new QueryBudget(signal, settings, asked, totals, room);
}

test('query budget - counts what is spent, up to the limits', () => {
  const totals = nothingRead();
  const budget = budgetOf({}, totals);
  budget.spend(1_000_000, 2_000_000);
  budget.spendSeries(10);
  budget.spendSeries(10);
  expect(totals).toEqual({
    series: 20,
    samples: 1_000_000,
    bytes: 2_000_000,
    // Those and the labels of the series.
    peakSamples: 1_000_160,
  });
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

test('query budget - shares the room with other queries, until they are over', () => {
  const room = new SampleRoom(1_500_000);
  const first = budgetOf({}, nothingRead(), room);
  const second = budgetOf({}, nothingRead(), room);
  first.spend(900_000, 0);
  first.hold(100_000);
  second.spend(500_000, 0);
  expect(() => second.spend(1, 0)).toThrow(
    "there is no room for the samples of this query: other queries that run hold 1,000,000 of the 1,500,000 that all may hold together, the limit of the store's setting QUERIES_SAMPLES_MAX: ask again when they are over",
  );
  first.release();
  first.release();
  expect(room.held).toBe(500_000);
  second.hold(1_000_000);
  expect(() => second.hold(1)).toThrow(
    "the query needs more than 1,500,000 samples, the limit of the store's setting QUERIES_SAMPLES_MAX",
  );
  second.release();
  expect(room.held).toBe(0);
});
