import { afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { Samples, type Service, waitUntil } from '@overseer/local/testing';
import { DEAD_STREAM, pointsSubject } from '@overseer/shared';
import { askStore } from '../queries/testing/store-answer.ts';
import { askAdministration } from '../testing/administration-answer.ts';
import { holdByReading } from '../testing/long-reader.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, integer, type Point } from '../testing/test-ingress.ts';

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;
const NS_PER_MS = 1_000_000n;

let pipeline: Pipeline;

afterEach(() => pipeline.stop());

function point(
  measurement: string,
  atMs: number,
  fields: Point['fields'] = { f: float(1) },
  host = 'a',
): Point {
  const timeNs = BigInt(atMs) * NS_PER_MS;
  return { database: 'db', measurement, tags: { host }, fields, timeNs };
}

const samples = () => Samples.of(pipeline.store.url);

/** Waits until the metrics are so; gives those that are read next: one reading is not of one moment. */
async function until(what: string, isSo: (now: Samples) => boolean): Promise<Samples> {
  await waitUntil(async () => isSo(await samples()), { what, deadlineMs: DEADLINE_MS });
  return samples();
}

function rowsByPath(now: Samples): Record<string, number> {
  const rows = now.all('overseer_store_rows_total').filter(({ value }) => value > 0);
  return Object.fromEntries(rows.map(({ labels, value }) => [labels.path, value]));
}

/** By partition, of those that have some. */
const sumOf = (now: Samples, name: string) => now.value(`overseer_store_${name}`);

test('metrics of storing - rows by their path, and the times of each transaction', async () => {
  pipeline = await startPipeline({ PARTITIONS: '1', RETENTION: '1h' });
  const { ingress } = pipeline;
  const nowMs = Date.now();
  const untilStored = (rows: Record<string, number>) =>
    until(`rows ${JSON.stringify(rows)}`, (now) => Bun.deepEquals(rowsByPath(now), rows));
  await ingress.write(point('m', nowMs), point('m', nowMs + 1));
  const first = await untilStored({ plain: 2 });
  expect(sumOf(first, 'series_registered_total')).toBe(1);
  expect(first.sum('overseer_store_merge_seconds_count')).toBe(0);
  await ingress.write(point('m', nowMs, { f: float(2) }));
  await untilStored({ plain: 2, merged: 1 });
  await ingress.write(point('m', nowMs + 2, { f: integer(2n) }));
  await untilStored({ plain: 2, merged: 1, dead: 1 });
  await ingress.write(point('m', nowMs - 2 * 3_600_000));
  const last = await untilStored({ plain: 2, merged: 1, dead: 1, expired: 1 });
  expect(last.value('overseer_store_dead_blocks_total', { kind: 'type' })).toBe(1);
  expect(last.value('overseer_store_stream_messages', { stream: DEAD_STREAM })).toBe(1);
  const commits = sumOf(last, 'commits_total');
  expect(commits).toBe(4);
  expect(sumOf(last, 'batches_total')).toBe(4);
  for (const name of ['group', 'plan', 'commit', 'delay']) {
    expect(sumOf(last, `${name}_seconds_count`)).toBe(commits);
  }
  expect(sumOf(last, 'group_bytes_count')).toBe(commits);
  expect(sumOf(last, 'copy_seconds_count')).toBe(1);
  expect(sumOf(last, 'merge_seconds_count')).toBe(1);
  expect(sumOf(last, 'copy_seconds_sum')).toBeLessThan(sumOf(last, 'group_seconds_sum'));
  await askAdministration(ingress.bus, 'dead.replay', {});
  const replayed = await until('the letter to die again', (now) => rowsByPath(now).dead === 2);
  expect(sumOf(replayed, 'dead_replayed_total')).toBe(1);
});

test('metrics of storing - what is parked is counted, and again when it is stored', async () => {
  pipeline = await startPipeline({ PARTITIONS: '1' });
  await pipeline.ingress.write(point('m', 1000));
  await pipeline.settled();
  const letGo = await holdByReading(pipeline.postgres.url, 'db.m');
  try {
    await pipeline.ingress.write(point('m', 2000, { g: float(1) }));
    const parked = await until('the block to be parked', (now) => rowsByPath(now).parked === 1);
    expect(sumOf(parked, 'parked_blocks_total')).toBe(1);
    expect(sumOf(parked, 'parked_bytes')).toBeGreaterThan(0);
    expect(sumOf(parked, 'parked_bytes_max')).toBeGreaterThan(sumOf(parked, 'parked_bytes'));
  } finally {
    await letGo();
  }
  const stored = await until('it to be stored', (now) => rowsByPath(now).plain === 2);
  expect(sumOf(stored, 'unparked_blocks_total')).toBe(1);
  expect(sumOf(stored, 'parked_bytes')).toBe(0);
});

test('metrics of lag - it grows while PostgreSQL is stopped, and returns to nothing', async () => {
  pipeline = await startPipeline({ PARTITIONS: '2' });
  const { ingress, postgres } = pipeline;
  await ingress.write(point('m', 1000));
  await pipeline.settled();
  const before = await until('no lag', (now) => sumOf(now, 'lag_batches') === 0);
  expect(before.all('overseer_store_lag_seconds').map(({ value }) => value)).toEqual([0, 0]);
  expect(sumOf(before, 'partitions_held')).toBe(2);
  await postgres.kill('SIGQUIT');
  await ingress.bus.publish(pointsSubject(0), new Uint8Array(8));
  await ingress.bus.publish(pointsSubject(1), new Uint8Array(8));
  const first = await until('both to lag', (now) => sumOf(now, 'lag_batches') === 2);
  const [age = 0] = first.all('overseer_store_lag_seconds').map(({ value }) => value);
  await ingress.bus.publish(pointsSubject(0), new Uint8Array(8));
  // Also when the leases are over: nobody owns the partitions then.
  const later = await until(
    'the lag to grow without leases',
    (now) => sumOf(now, 'lag_batches') === 3 && sumOf(now, 'partitions_held') === 0,
  );
  const ages = later.all('overseer_store_lag_seconds').map(({ value }) => value);
  expect(Math.min(...ages)).toBeGreaterThan(age);
  expect(sumOf(later, 'leases_lost_total')).toBe(2);
  await postgres.restart();
  const after = await until('the lag to be gone', (now) => sumOf(now, 'lag_batches') === 0);
  expect(sumOf(after, 'lag_seconds')).toBe(0);
  expect(after.value('overseer_store_outages_total', { server: 'postgres' })).toBeGreaterThan(0);
  expect(after.value('overseer_store_dead_blocks_total', { kind: 'unreadable' })).toBe(3);
});

test('metrics of leases - a store that takes over from one that was killed says so', async () => {
  // So long that none ends because the machine is busy.
  pipeline = await startPipeline({ PARTITIONS: '2', LEASE: '5s' });
  const before = await until('both', (now) => sumOf(now, 'partitions_held') === 2);
  expect(sumOf(before, 'leases_claimed_total')).toBe(2);
  const other: Service = await pipeline.startAnother();
  try {
    const shared = await until('one each', (now) => sumOf(now, 'partitions_held') === 1);
    expect(sumOf(shared, 'leases_given_up_total')).toBe(1);
    expect(shared.all('overseer_store_lease_epoch')).toHaveLength(1);
  } finally {
    await other.kill();
  }
  const alone = await until('both again', (now) => sumOf(now, 'partitions_held') === 2);
  expect(sumOf(alone, 'leases_taken_over_total')).toBe(1);
  expect(sumOf(alone, 'leases_claimed_total')).toBe(3);
  await other.stop();
});

test('metrics of queries - by kind and outcome, and by the limit that ended them', async () => {
  pipeline = await startPipeline({ QUERY_SAMPLES_MAX: '2', QUERIES_MAX: '3' });
  const { ingress } = pipeline;
  const nowMs = Date.now();
  await ingress.write(...[1, 2, 3, 4].map((i) => point('m', nowMs - i * 1000)));
  await pipeline.settled();
  const ask = (expr: string) =>
    askStore(ingress.bus, 'instant', { db: 'db', expr, timeMs: nowMs }).then(
      () => 'ok',
      (error: { kind?: string }) => error.kind,
    );
  expect(await ask('none')).toBe('ok');
  expect(await ask('count_over_time(m_f[1m])')).toBe('limit');
  const after = await until(
    'both to be counted',
    (now) => (now.sum('overseer_store_queries_total') ?? 0) === 2,
  );
  for (const outcome of ['ok', 'limit']) {
    const labels = { kind: 'instant', outcome };
    expect(after.value('overseer_store_queries_total', labels)).toBe(1);
    expect(after.value('overseer_store_query_seconds_count', labels)).toBe(1);
  }
  expect(sumOf(after, 'query_wait_seconds_count')).toBe(2);
  expect(after.value('overseer_store_query_limits_total', { limit: 'query_samples_max' })).toBe(1);
  expect(sumOf(after, 'query_limits_total')).toBe(1);
  expect(sumOf(after, 'queries_running_max')).toBe(3);
  expect(sumOf(after, 'query_samples_max')).toBe(2);
});

test('metrics of levels - series, time partitions, streams, sessions, and what operators ask', async () => {
  pipeline = await startPipeline({ PARTITIONS: '1' });
  const { ingress } = pipeline;
  await ingress.write(
    point('m', Date.now()),
    point('m', Date.now(), { f: float(1) }, 'b'),
    point('old', 1000),
  );
  await pipeline.settled();
  await askAdministration(ingress.bus, 'status', {});
  const isTold = (now: Samples) =>
    sumOf(now, 'index_series') === 3 &&
    now.sum('overseer_store_administration_questions_total', { kind: 'status', outcome: 'ok' }) ===
      1;
  const now = await until('the threads to have told of theirs', isTold);
  expect(sumOf(now, 'series')).toBe(3);
  expect(sumOf(now, 'series_max')).toBe(10_000_000);
  expect(sumOf(now, 'series_bytes')).toBeLessThan(sumOf(now, 'encoder_bytes'));
  expect(sumOf(now, 'index_bytes')).toBeGreaterThan(0);
  expect(sumOf(now, 'tables')).toBe(2);
  expect(sumOf(now, 'time_partitions_made_total')).toBe(2);
  expect(now.value('overseer_store_stream_bytes', { stream: 'POINTS' })).toBeGreaterThan(0);
  expect(now.value('overseer_store_stream_bytes_max', { stream: 'POINTS' })).toBe(256 * 2 ** 20);
  expect(sumOf(now, 'postgres_sessions')).toBeLessThan(sumOf(now, 'postgres_sessions_max'));
  const ofExports = { kind: 'export' };
  expect(now.value('overseer_store_administration_questions_running_max', ofExports)).toBe(2);
});
