import { afterEach, expect, test } from 'bun:test';
import { type Service, startService } from '@overseer/local/testing';
import type { Pipeline } from '../testing/pipeline.ts';
import {
  instant,
  queryPipelineOfTest,
  waitForAnswers,
  waitForMetric,
  waitForStatements,
  withLockedPoints,
} from './testing/query-pipeline.ts';
import { vectorOf } from './testing/store-answer.ts';

/** Queries that take for ever, and whoever they are for goes: nothing of them is left in PostgreSQL, and their turn is free. */

const startStore = queryPipelineOfTest();
let frontend: Service | undefined;

afterEach(async () => {
  await frontend?.stop();
  frontend = undefined;
});

/** One query at a time: a turn that is not given back is missed. */
async function start(settings: Record<string, string> = {}): Promise<Pipeline> {
  const of = await startStore({ QUERIES_MAX: '1', QUERY_TIMEOUT: '10m', ...settings });
  frontend = await startService('frontend', { ...of.environment, DEFAULT_DATABASE: 'db' });
  return of;
}

/** A request of the HTTP API for what nobody can read at the moment. */
function request(path: string, signal?: AbortSignal): Promise<Error | Response> {
  const { url = '' } = frontend ?? {};
  return fetch(`${url}${path}`, { ...(signal && { signal }) }).catch((error: Error) => error);
}

async function expectNothingLeft(of: Pipeline): Promise<void> {
  await waitForStatements(of, 0);
  await waitForMetric(of, 'overseer_store_queries_running', 0);
  await waitForMetric(of, 'overseer_store_query_samples_held', 0);
}

for (const [endpoint, path] of [
  ['query', '/api/v1/query?query=up'],
  ['query_range', '/api/v1/query_range?query=up&start=1&end=100&step=1'],
]) {
  test(`an HTTP client that goes - ends its ${endpoint}`, async () => {
    const of = await start();
    await withLockedPoints(of, async () => {
      const going = new AbortController();
      const requests = [request(`${path}`, going.signal), request(`${path}`, going.signal)];
      await waitForStatements(of, 1);
      going.abort();
      for (const one of requests) expect(await one).toBeInstanceOf(Error);
      await expectNothingLeft(of);
    });
    expect(vectorOf(await instant(of))).toHaveLength(1);
  });
}

test('an HTTP request whose timeout is over - ends its query', async () => {
  const of = await start();
  await withLockedPoints(of, async () => {
    const answer = await request('/api/v1/query?query=up&timeout=1s');
    expect(answer).toMatchObject({ status: 503 });
    await expectNothingLeft(of);
  });
  expect(vectorOf(await instant(of))).toHaveLength(1);
});

test('a frontend that is killed - its queries end', async () => {
  const of = await start();
  await withLockedPoints(of, async () => {
    const asking = request('/api/v1/query?query=up');
    await waitForStatements(of, 1);
    await frontend?.kill('SIGKILL');
    await asking;
    await expectNothingLeft(of);
  });
  expect(vectorOf(await instant(of))).toHaveLength(1);
});

test('a store that is killed - PostgreSQL ends its queries', async () => {
  const of = await start();
  await withLockedPoints(of, async () => {
    const asking = request('/api/v1/query?query=up');
    await waitForStatements(of, 1);
    await of.store.kill('SIGKILL');
    await waitForStatements(of, 0);
    expect(await asking).toMatchObject({ status: 503 });
  });
  await of.store.restart();
  await waitForAnswers(of);
});

test('NATS that is killed - queries end, because nobody hears of them', async () => {
  const of = await start();
  await withLockedPoints(of, async () => {
    const asking = request('/api/v1/query?query=up');
    await waitForStatements(of, 1);
    await of.nats.kill();
    expect(await asking).toMatchObject({ status: 503 });
    await expectNothingLeft(of);
    await of.nats.restart();
  });
  await waitForAnswers(of);
});
