import { afterEach, expect, test } from 'bun:test';
import { type Service, startService } from '@overseer/local/testing';
import { QUERY_LIMITS, type QueryLimit } from '../query-limit.ts';
import type { Pipeline } from '../testing/pipeline.ts';
import { QUERIES_WAITING_MAX } from './query-slots.ts';
import {
  instant as askInstant,
  failureOf,
  fill,
  metric,
  queryPipelineOfTest,
  T0_MS,
  waitForMetric,
  withLockedPoints,
  write,
} from './testing/query-pipeline.ts';

/** Limits as who asks over HTTP hears of them. */

const start = queryPipelineOfTest();
let frontend: Service | undefined;

afterEach(async () => {
  await frontend?.stop();
  frontend = undefined;
});

interface HttpQuestion {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const T0 = T0_MS / 1000;
const instant = (expr: string, more: Record<string, string> = {}): HttpQuestion => ({
  path: 'query',
  parameters: { query: expr, time: String(T0 + 1), ...more },
});
const range = (expr: string, end: number, step: string): HttpQuestion => ({
  path: 'query_range',
  parameters: { query: expr, start: String(T0), end: String(T0 + end), step },
});

interface Case {
  readonly ask: HttpQuestion;
  readonly status: number;
  readonly words: string;
  /** That is counted: of a query that was begun. */
  readonly limit?: QueryLimit;
}

/** Of settings: their names, and the values that the test gives them. */
const SETTINGS = {
  QUERY_SAMPLES_MAX: '1000',
  QUERY_SERIES_MAX: '2',
  QUERY_BYTES_MAX: '10000',
  QUERIES_SAMPLES_MAX: '100000',
};

const OF_SETTINGS: readonly Case[] = [
  {
    ask: instant('quantile_over_time(0.5, up[1h])'),
    status: 422,
    words: "1,000 samples, the limit of the store's setting QUERY_SAMPLES_MAX",
    limit: 'query_samples_max',
  },
  {
    ask: instant('quantile_over_time(0.5, up[500ms])'),
    status: 422,
    words: "10,000 bytes, the limit of the store's setting QUERY_BYTES_MAX",
    limit: 'query_bytes_max',
  },
  {
    ask: instant('{__name__=~"many.*"}'),
    status: 422,
    words: 'more than the limit of 2 (QUERY_SERIES_MAX)',
    limit: 'query_series_max',
  },
  {
    ask: range('count_values("v", vector(time() % 3))', 3, '1s'),
    status: 422,
    words: 'the answer has more than 2 series',
    limit: 'answer_series',
  },
  {
    ask: instant('max_over_time(vector(1)[1h:10ms])'),
    status: 422,
    words: "100,000 samples, the limit of the store's setting QUERIES_SAMPLES_MAX",
    limit: 'queries_samples_max',
  },
  { ask: instant('up', { timeout: '1ms' }), status: 503, words: 'the query took longer than 1 ms' },
  { ask: range('up', 11_002, '1s'), status: 400, words: 'more than 11000' },
  { ask: instant('1 + '.repeat(300).concat('1')), status: 400, words: 'nested' },
  { ask: instant(`up{host="${'x'.repeat(70_000)}"}`), status: 400, words: '65536' },
];

/** Of the code. */
const OF_CODE: readonly Case[] = [
  {
    ask: range('count_values("v", vector(time() % 2400))', 11_000, '1s'),
    status: 422,
    words: 'the answer has more than 25000000 values',
    limit: 'answer_values',
  },
  {
    ask: range('avg by (v) (count_values("v", vector(time() % 2400)))', 11_000, '1s'),
    status: 422,
    words: 'which is all that may be held',
    limit: 'groups',
  },
  {
    ask: instant('max_over_time(vector(1)[1h:1ms])'),
    status: 422,
    words: 'more than the 1000000 that one may have',
    limit: 'subquery_steps',
  },
];

async function expectLimits(of: Pipeline, cases: readonly Case[]): Promise<void> {
  frontend = await startService('frontend', { ...of.environment, DEFAULT_DATABASE: 'db' });
  for (const { ask, status, words } of cases) await expectLimit(ask, status, words);
  const counted: Record<string, number> = {};
  for (const { limit } of cases) if (limit) counted[limit] = 1;
  expect(await limitsReached(of)).toEqual(counted);
}

async function expectLimit(ask: HttpQuestion, status: number, words: string): Promise<void> {
  const body = new URLSearchParams(ask.parameters);
  const answer = await fetch(`${frontend?.url}/api/v1/${ask.path}`, { method: 'POST', body });
  const { error } = (await answer.json()) as { error: string };
  expect([answer.status, error]).toEqual([status, expect.stringContaining(words)]);
  // What to do is behind a colon.
  if (status !== 400) expect(error).toMatch(/: [a-z]/);
}

/** How many queries have reached each limit. */
async function limitsReached(of: Pipeline): Promise<Record<string, number>> {
  const reached: Record<string, number> = {};
  for (const limit of QUERY_LIMITS) {
    const count = await metric(of, 'overseer_store_query_limits_total', { limit });
    if (count > 0) reached[limit] = count;
  }
  return reached;
}

test('limits over HTTP - each says what it is, its value and what to do, with a status of its own', async () => {
  const of = await start(SETTINGS);
  for (const host of ['a', 'b', 'c']) await write(of, 'many', { host });
  await fill(of, 2000);
  await expectLimits(of, OF_SETTINGS);
});

test('limits over HTTP - those of the code are told, and counted, as well', async () => {
  await expectLimits(await start(), OF_CODE);
});

test('limits over HTTP - who would be one more that waits is told to come again', async () => {
  const of = await start({ QUERIES_MAX: '1' });
  frontend = await startService('frontend', { ...of.environment, DEFAULT_DATABASE: 'db' });
  await withLockedPoints(of, async () => {
    const leaving = new AbortController();
    const others = Array.from({ length: 1 + QUERIES_WAITING_MAX }, (_, i) =>
      failureOf(askInstant(of, `up + ${i}`, {}, leaving.signal)),
    );
    await waitForMetric(of, 'overseer_store_queries_waiting', QUERIES_WAITING_MAX);
    await expectLimit(instant('up'), 422, '64 wait already: ask again later');
    expect(await limitsReached(of)).toEqual({ queries_max: 1 });
    leaving.abort();
    for (const other of others) expect(await other).toMatchObject({ kind: 'canceled' });
  });
});
