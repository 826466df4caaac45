import { expect, test } from 'bun:test';
import { startService, waitUntil } from '@overseer/local/testing';
import {
  DEADLINE_MS,
  failureOf,
  fill,
  instant,
  metric,
  queryPipelineOfTest,
  T0_MS,
  waitForAnswers,
  waitForMetric,
  waitForStatements,
  withLockedPoints,
  write,
} from './testing/query-pipeline.ts';
import { askStore, matrixOf, type StoreAnswer, vectorOf } from './testing/store-answer.ts';

const start = queryPipelineOfTest();

test('timeout - of the setting and of the request, and PostgreSQL stops too', async () => {
  const of = await start({ QUERY_TIMEOUT: '1s' });
  await withLockedPoints(of, async () => {
    const [ofRequest, ofSetting, ofLonger] = await Promise.all([
      failureOf(instant(of, 'up', { timeoutMs: 100 })),
      failureOf(instant(of)),
      failureOf(instant(of, 'up', { timeoutMs: 3_600_000 })),
    ]);
    expect(ofRequest).toMatchObject({ kind: 'timeout' });
    expect(ofRequest?.message).toStartWith('the query took longer than 100 ms');
    for (const failure of [ofSetting, ofLonger]) expect(failure).toMatchObject({ kind: 'timeout' });
    await waitForStatements(of, 0);
  });
  expect(vectorOf(await instant(of))).toHaveLength(1);
});

test('cancellation - leaves no statement running and the connection usable', async () => {
  const of = await start({ QUERIES_MAX: '1' });
  await withLockedPoints(of, async () => {
    const canceling = new AbortController();
    const failing = failureOf(instant(of, 'up', {}, canceling.signal));
    await waitForStatements(of, 1);
    canceling.abort();
    expect(await failing).toMatchObject({ kind: 'canceled' });
    await waitForStatements(of, 0);
  });
  // There is one turn, which the canceled query gave back.
  expect(vectorOf(await instant(of))).toHaveLength(1);
});

test('turns - further queries wait, those beyond are refused, one that gives up makes room', async () => {
  const of = await start({ QUERIES_MAX: '1' });
  await withLockedPoints(of, async () => {
    const canceling = new AbortController();
    const first = failureOf(instant(of, 'up', {}, canceling.signal));
    await waitForStatements(of, 1);
    const overdue = await failureOf(instant(of, 'other', { timeoutMs: 100 }));
    expect(overdue).toMatchObject({ kind: 'timeout' });
    // Those that ask the same would share a turn.
    const waiting = Array.from({ length: 64 }, (_, i) => instant(of, `other + ${i}`));
    await waitForMetric(of, 'overseer_store_queries_waiting', 64);
    const refused = await failureOf(instant(of, 'other'));
    expect(refused).toMatchObject({ kind: 'limit' });
    expect(refused?.message).toBe(
      "1 queries (the store's setting QUERIES_MAX) run and 64 wait already: ask again later",
    );
    // The processor's question is not held up by others.
    await askStore(of.ingress.bus, 'snapshot', {});
    canceling.abort();
    expect(await first).toMatchObject({ kind: 'canceled' });
    await Promise.all(waiting);
  });
});

test('limits - of the settings are named with their values', async () => {
  const of = await start({ QUERY_SAMPLES_MAX: '1', QUERY_SERIES_MAX: '2', QUERY_BYTES_MAX: '50' });
  await write(of, 'up', { host: 'b' });
  const samples = await failureOf(instant(of));
  expect(samples).toMatchObject({ kind: 'limit' });
  expect(samples?.message).toContain(
    "1 samples, the limit of the store's setting QUERY_SAMPLES_MAX",
  );
  await write(of, 'up', { host: 'c' });
  const series = await failureOf(instant(of));
  expect(series).toMatchObject({ kind: 'limit' });
  expect(series?.message).toContain('3 series, more than the limit of 2 (QUERY_SERIES_MAX)');
  const bytes = await failureOf(instant(of, 'up{host="a"}'));
  expect(bytes).toMatchObject({ kind: 'limit' });
  expect(bytes?.message).toContain("50 bytes, the limit of the store's setting QUERY_BYTES_MAX");
});

test('limits - of what all queries hold together: who finds no room is told that others take it', async () => {
  // A sample counts one, the labels of a series eight; values of the right side that the left one may match count besides.
  const of = await start({ QUERIES_SAMPLES_MAX: '70' });
  for (const host of ['b', 'c']) await write(of, 'up', { host });
  await write(of, 'later', { host: 'a' });
  const waitForHeld = (count: number) =>
    waitForMetric(of, 'overseer_store_query_samples_held', count);
  // The right side is read first, in a statement of its own.
  const both = 'later + on (host) last_over_time(up[1h])';
  let holding: Promise<StoreAnswer> | undefined;
  await withLockedPoints(
    of,
    async () => {
      holding = instant(of, both);
      await waitForHeld(50);
      const failure = await failureOf(instant(of));
      expect(failure).toMatchObject({ kind: 'limit' });
      expect(failure?.message).toContain('other queries that run hold 50 of the 70');
    },
    'later',
  );
  expect(holding && vectorOf(await holding)).toHaveLength(1);
  await waitForHeld(0);
  expect(vectorOf(await instant(of))).toHaveLength(3);
});

test('PostgreSQL killed - queries are told that it is away, and answered again when it is back', async () => {
  const of = await start();
  expect(vectorOf(await instant(of))).toHaveLength(1);
  await of.postgres.kill();
  expect(await failureOf(instant(of))).toMatchObject({ kind: 'unavailable' });
  await of.postgres.restart();
  await waitForAnswers(of);
  expect(of.store.isRunning).toBe(true);
  expect(vectorOf(await instant(of))).toHaveLength(1);
});

test('PostgreSQL killed amid a query - tells so, not that the query was wrong', async () => {
  const of = await start();
  const locked = withLockedPoints(of, async () => {
    const failing = failureOf(instant(of));
    await waitForStatements(of, 1);
    await of.postgres.kill();
    expect(await failing).toMatchObject({ kind: 'unavailable' });
  });
  // The lock's own transaction goes with the server.
  const error = await locked.catch((error) => error);
  expect(String(error)).toContain('CONNECTION');
  await of.postgres.restart();
});

test('sessions that hang - queries are told in time, and answered when they go on', async () => {
  const of = await start({ QUERIES_MAX: '1', QUERY_TIMEOUT: '500ms' });
  expect(vectorOf(await instant(of))).toHaveLength(1);
  const sessions = await of.database`
    SELECT pid FROM pg_stat_activity WHERE application_name = 'overseer-store-queries'`;
  const signal = (name: NodeJS.Signals) => {
    for (const { pid } of sessions) process.kill(pid, name);
  };
  signal('SIGSTOP');
  try {
    expect(await failureOf(instant(of))).toMatchObject({ kind: 'timeout' });
  } finally {
    signal('SIGCONT');
  }
  await waitForAnswers(of);
});

test('NATS killed - queries are answered again when it is back', async () => {
  const of = await start();
  await of.nats.kill();
  await of.nats.restart();
  await waitForAnswers(of);
});

test('a store that stops - tells queries under way, and ends in time', async () => {
  const of = await start();
  await withLockedPoints(of, async () => {
    const failing = failureOf(instant(of));
    await waitForStatements(of, 1);
    const stopping = of.store.kill('SIGTERM');
    expect(await failing).toMatchObject({ kind: 'unavailable' });
    await stopping;
    expect(of.store.isRunning).toBe(false);
    await waitForStatements(of, 0);
  });
  expect(of.store.lines.join('\n')).not.toContain('could not stop in time');
});

test('a query thread that fails - ends the store, with the reason', async () => {
  const of = await start();
  await of.database`ALTER TABLE overseer.catalogue_version RENAME TO gone`;
  await waitUntil(() => !of.store.isRunning, { what: 'the store to end', deadlineMs: DEADLINE_MS });
  expect(of.store.lines.join('\n')).toContain('the query thread failed');
});

test('two stores - both answer, and both know what the other one registered', async () => {
  const of = await start();
  const second = await startService('store', of.environment);
  try {
    let round = 0;
    const haveBothAnswered = async () => {
      await write(of, 'up', { host: `new${round}` }, round);
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => instant(of, `up{host="new${round}"}`)),
      );
      for (const answer of answers) expect(vectorOf(answer)).toMatchObject([{ value: round }]);
      round++;
      const counts = await Promise.all(
        [of.store, second].map((store) => metric({ store }, 'overseer_store_queries_total')),
      );
      return counts.every((count) => count > 0);
    };
    await waitUntil(haveBothAnswered, { what: 'both to answer', deadlineMs: DEADLINE_MS });
  } finally {
    await second.stop();
  }
});

test('heavy queries - hold up neither the writing of points nor lighter queries', async () => {
  const of = await start();
  await fill(of, 300_000);
  let isEnough = false;
  const keepAsking = async (startMs: number) => {
    let answers = 0;
    for (; !isEnough; answers++) {
      const answer = await askStore(of.ingress.bus, 'range', {
        db: 'db',
        expr: 'max_over_time(up[1m])',
        startMs,
        endMs: startMs + 300_000,
        stepMs: 50,
      });
      expect(matrixOf(answer)).toHaveLength(1);
    }
    return answers;
  };
  const asking = Promise.all([T0_MS, T0_MS + 1, T0_MS + 2].map(keepAsking));
  try {
    await waitForMetric(of, 'overseer_store_queries_running', 3);
    for (let value = 0; value < 10; value++) {
      await write(of, 'meanwhile', { host: `${value}` }, value);
      const answer = await instant(of, `meanwhile{host="${value}"}`);
      expect(vectorOf(answer)).toMatchObject([{ value }]);
    }
  } finally {
    isEnough = true;
  }
  for (const answers of await asking) expect(answers).toBeGreaterThan(0);
});
