import { expect, test } from 'bun:test';
import {
  failureOf,
  instant,
  metric,
  queryPipelineOfTest,
  waitForMetric,
  waitForStatements,
  withLockedPoints,
  write,
} from './testing/query-pipeline.ts';
import { vectorOf } from './testing/store-answer.ts';

const start = queryPipelineOfTest();

const ASKERS = 40;

test('sharing - questions that ask the same while they wait are evaluated once', async () => {
  const of = await start({ QUERIES_MAX: '1' });
  await write(of, 'other', { host: 'a' });
  await write(of, 'other', { host: 'b' });
  const samplesBefore = await metric(of, 'overseer_store_query_samples_total');
  await withLockedPoints(of, async () => {
    const canceling = new AbortController();
    const first = failureOf(instant(of, 'up', {}, canceling.signal));
    await waitForStatements(of, 1);
    const leaving = new AbortController();
    const left = failureOf(instant(of, 'other', {}, leaving.signal));
    await waitForMetric(of, 'overseer_store_queries_waiting', 1);
    // The same, whatever time they give it.
    const hurried = failureOf(instant(of, 'other', { timeoutMs: 1 }));
    const same = Array.from({ length: ASKERS }, (_, i) =>
      instant(of, 'other', i % 2 === 0 ? {} : { timeoutMs: 20_000 + i }),
    );
    const limited = failureOf(instant(of, 'other', { limits: { samples: 1 } }));
    await waitForMetric(of, 'overseer_store_queries_waiting', 2);
    // Who asked first gives up, and one whose time is over: the others wait on.
    expect(await hurried).toMatchObject({ kind: 'timeout' });
    leaving.abort();
    expect(await left).toMatchObject({ kind: 'canceled' });
    // What is committed while they wait is in the answer.
    await write(of, 'other', { host: 'c' });
    canceling.abort();
    expect(await first).toMatchObject({ kind: 'canceled' });
    for (const answer of await Promise.all(same)) {
      expect(vectorOf(answer)).toHaveLength(3);
      expect(answer.end.stats).toMatchObject({ series: 3, samples: 3, peakSamples: 27 });
    }
    // A lower limit is another question.
    expect(await limited).toMatchObject({ kind: 'limit' });
  });
  await waitForMetric(of, 'overseer_store_queries_joined_total', ASKERS + 1);
  // Three of the shared evaluation, and those that the one with a limit read until it reached it.
  const samples = (await metric(of, 'overseer_store_query_samples_total')) - samplesBefore;
  expect(samples).toBeLessThanOrEqual(6);
});

test('sharing - a question whose reading has begun is not joined', async () => {
  const of = await start();
  await withLockedPoints(of, async () => {
    const canceling = new AbortController();
    const first = failureOf(instant(of, 'up', {}, canceling.signal));
    await waitForStatements(of, 1);
    const second = failureOf(instant(of, 'up', {}, canceling.signal));
    await waitForStatements(of, 2);
    canceling.abort();
    for (const failure of [first, second])
      expect(await failure).toMatchObject({ kind: 'canceled' });
    await waitForStatements(of, 0);
  });
  expect(await metric(of, 'overseer_store_queries_joined_total')).toBe(0);
});
