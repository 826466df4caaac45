import { expect, test } from 'bun:test';
import { METRICS_PAGE_PATH, readMetrics, withMetricsTables } from './metrics-table.ts';

test('docs/metrics.md - its tables name every metric that a running system has', async () => {
  const page = await Bun.file(METRICS_PAGE_PATH).text();
  const tables = withMetricsTables(page, await readMetrics());
  expect(tables, 'run: bun local/check/metrics-table.ts').toBe(page);
}, 120_000);
