import { afterEach, expect, test } from 'bun:test';
import { type Service, startService } from '@overseer/local/testing';
import { fill, metric, queryPipelineOfTest, T0_MS, write } from './testing/query-pipeline.ts';

/** Limits as who asks over HTTP hears of them. */

const start = queryPipelineOfTest();
let frontend: Service | undefined;

afterEach(async () => {
  await frontend?.stop();
  frontend = undefined;
});

const T0 = T0_MS / 1000;
const instant = (expr: string, more: Record<string, string> = {}) => ({
  path: 'query',
  parameters: { query: expr, time: String(T0 + 1), ...more },
});
const range = (expr: string, end: number, step: string) => ({
  path: 'query_range',
  parameters: { query: expr, start: String(T0), end: String(T0 + end), step },
});

const CASES = [
  // Those of settings by their names, and the values that this test gives them.
  {
    ask: instant('quantile_over_time(0.5, up[1h])'),
    status: 422,
    words: "1,000 samples, the limit of the store's setting QUERY_SAMPLES_MAX",
  },
  {
    ask: instant('{__name__=~"many.*"}'),
    status: 422,
    words: 'more than the limit of 2 (QUERY_SERIES_MAX)',
  },
  {
    ask: instant('max_over_time(vector(1)[1h:10ms])'),
    status: 422,
    words: "100,000 samples, the limit of the store's setting QUERIES_SAMPLES_MAX",
  },
  { ask: instant('up', { timeout: '1ms' }), status: 503, words: 'the query took longer than 1 ms' },
  { ask: range('up', 11_002, '1s'), status: 400, words: 'more than 11000' },
  { ask: instant('1 + '.repeat(300).concat('1')), status: 400, words: 'nested' },
  { ask: instant(`up{host="${'x'.repeat(70_000)}"}`), status: 400, words: '65536' },
];

test('limits over HTTP - each says what it is, its value and what to do, with a status of its own', async () => {
  const of = await start({
    QUERY_SAMPLES_MAX: '1000',
    QUERY_SERIES_MAX: '2',
    QUERIES_SAMPLES_MAX: '100000',
  });
  for (const host of ['a', 'b', 'c']) await write(of, 'many', { host });
  await fill(of, 2000);
  frontend = await startService('frontend', { ...of.environment, DEFAULT_DATABASE: 'db' });
  const { url } = frontend;
  for (const { ask, status, words } of CASES) {
    const body = new URLSearchParams(ask.parameters);
    const answer = await fetch(`${url}/api/v1/${ask.path}`, { method: 'POST', body });
    const { error } = (await answer.json()) as { error: string };
    expect([answer.status, error]).toEqual([status, expect.stringContaining(words)]);
    // What to do is behind a colon.
    if (status !== 400) expect(error).toMatch(/: [a-z]/);
  }
  const reached = await metric(of, 'overseer_store_query_limits_total');
  expect(reached).toBe(CASES.filter(({ status }) => status === 422).length);
});
