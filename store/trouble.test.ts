import { expect, test } from 'bun:test';
import { Link, startService, waitUntil } from '@overseer/local/testing';
import {
  type BucketEntry,
  CONTROL_BUCKET,
  DEAD_STREAM,
  DEAD_SUBJECTS,
  decodeBatch,
  decodeFields,
  decodeWatermark,
  encodeFields,
  POINTS_STREAM,
  partitionOfSeries,
  pointsSubject,
  SCHEMA_BUCKET,
  schemaKey,
  watermarkKey,
} from '@overseer/shared';
import type { Pipeline } from './testing/pipeline.ts';
import { pipelineOfTest } from './testing/pipeline-of-test.ts';
import { float, integer, type Point, string } from './testing/test-ingress.ts';

const DEADLINE_MS = 60_000;
/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const SECOND_NS = 1_000_000_000n;

const start = pipelineOfTest();

function point(timeNs: bigint, value: number, host = 'a'): Point {
  return { database: 'db', measurement: 'm', tags: { host }, fields: { f: float(value) }, timeNs };
}

/** `count` points a second apart, of several hosts. */
function points(from: number, count: number): Point[] {
  return Array.from({ length: count }, (_, i) =>
    point(T0 + BigInt(from + i) * SECOND_NS, from + i, `host${i % 5}`),
  );
}

async function values(of: Pipeline): Promise<number[]> {
  const rows = await of.database`SELECT f FROM db.m ORDER BY f`;
  return rows.map((row) => row.f);
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

async function deadCount(of: Pipeline): Promise<number> {
  const stream = await of.ingress.bus.stream(DEAD_STREAM);
  return stream?.lastSequence ?? 0;
}

test('store - an unknown batch version goes to the dead letters, what follows is stored', async () => {
  const running = await start();
  const { ingress, settled } = running;
  const good = point(T0, 1);
  const partition = partitionOfSeries(ingress.seriesId(good), ingress.partitions);
  await ingress.bus.publish(pointsSubject(partition), Uint8Array.of(0x93, 9, 0xa0, 0x90));
  await ingress.bus.publish(pointsSubject(partition), new TextEncoder().encode('no batch'));
  await ingress.write(good);
  await settled();
  expect(await values(running)).toEqual([1]);
  expect(await deadCount(running)).toBe(2);
});

test('store - a poisoned block is buried alone, the rest of its batch and group is stored', async () => {
  const running = await start();
  const { ingress, settled } = running;
  await ingress.write(point(T0, 0));
  await settled();
  const good = point(T0 + SECOND_NS, 1);
  const partition = partitionOfSeries(ingress.seriesId(good), ingress.partitions);
  // Wider than a page: PostgreSQL refuses the row, not the table.
  const wide = Object.fromEntries(range(1500).map((i) => [`w${i}`, float(Math.random())]));
  await ingress.publish(
    [
      ingress.block(good),
      ingress.block({ ...good, measurement: 'wide', fields: wide }),
      ingress.block({ ...good, fields: { f: string('of another type') } }),
      ingress.block({ ...good, timeNs: T0 + 2n * SECOND_NS, fields: { f: float(2) } }),
    ],
    partition,
  );
  await ingress.write(point(T0 + 3n * SECOND_NS, 3));
  await settled();
  expect(await values(running)).toEqual([0, 1, 2, 3]);
  expect(await deadCount(running)).toBe(2);
  const series = await running.database`SELECT count(*)::int AS count FROM overseer.series`;
  expect(series[0]?.count).toBe(2);
});

test('store - a dead letter holds the block and says why and where from', async () => {
  const running = await start();
  const { ingress, settled } = running;
  await ingress.write(point(T0, 0));
  await settled();
  const [sequence] = await ingress.write({ ...point(T0, 1), fields: { f: integer(7n) } });
  await settled();
  const stream = await ingress.bus.stream(POINTS_STREAM);
  const letters = ingress.bus.read(
    {
      stream: DEAD_STREAM,
      subject: DEAD_SUBJECTS,
      created: (await ingress.bus.stream(DEAD_STREAM))?.created ?? '',
      position: 0,
      messagesMax: 1,
    },
    new AbortController().signal,
  );
  const { value: letter } = await letters.next();
  if (!letter) throw new Error('no dead letter');
  expect(decodeBatch(letter.payload).blocks).toMatchObject([
    { measurement: 'm', rows: 1, fields: [{ name: 'f', type: 'integer' }] },
  ]);
  expect(letter.headers).toMatchObject({
    'Overseer-Kind': 'type',
    'Overseer-Sequence': String(sequence),
    'Overseer-Stream': stream?.created,
  });
  expect(letter.headers['Overseer-Error']).toMatch(/field f of m is float, the block has integer/);
  await letters.return();
});

test('store - a series whose id is not the hash of its key is buried, one never announced too', async () => {
  const running = await start();
  const { ingress, settled } = running;
  const honest = point(T0, 1);
  const partition = partitionOfSeries(ingress.seriesId(honest), ingress.partitions);
  const forged = ingress.block({ ...honest, tags: { host: 'b' } });
  const silent = { ...ingress.block({ ...honest, tags: { host: 'c' } }), announced: undefined };
  await ingress.publish(
    [{ ...ingress.block(honest), announced: forged.announced }, silent, ingress.block(honest)],
    partition,
  );
  await settled();
  expect(await values(running)).toEqual([1]);
  expect(await deadCount(running)).toBe(2);
});

test('store - a stream that is made anew is read from its start', async () => {
  const running = await start();
  const { ingress, settled } = running;
  await ingress.write(...points(0, 20));
  await settled();
  await ingress.bus.deleteStream(POINTS_STREAM);
  await waitUntil(() => ingress.bus.stream(POINTS_STREAM), {
    what: 'the store to make the stream again',
    deadlineMs: DEADLINE_MS,
  });
  await ingress.write(...points(20, 5));
  await settled();
  expect(await values(running)).toEqual(range(25));
});

test('store - kill -9 of the store in the middle loses nothing and doubles nothing', async () => {
  const running = await start();
  const { ingress, settled, store } = running;
  for (let round = 0; round < 4; round++) {
    const writing = ingress.write(...points(round * 50, 50));
    await store.kill('SIGKILL');
    await writing;
    await store.restart();
  }
  await settled();
  expect(await values(running)).toEqual(range(200));
});

test('store - a stopped store is replaced and fenced when it wakes up', async () => {
  const running = await start();
  const { ingress, settled, store, environment } = running;
  await ingress.write(...points(0, 20));
  await settled();
  await store.kill('SIGSTOP');
  const successor = await startService('store', environment);
  try {
    await ingress.write(...points(20, 20));
    await settled();
    const owners = () => running.database`SELECT DISTINCT owner FROM overseer.leases`;
    await waitUntil(async () => (await owners()).length === 1, {
      what: 'the successor to have all partitions',
      deadlineMs: DEADLINE_MS,
    });
    await store.kill('SIGCONT');
    await ingress.write(...points(40, 20));
    await settled();
    expect(await values(running)).toEqual(range(60));
  } finally {
    await successor.stop();
  }
});

test('store - PostgreSQL and NATS killed in turn: it catches up by itself', async () => {
  const running = await start();
  const { ingress, settled, postgres, nats } = running;
  await ingress.write(...points(0, 20));
  await postgres.kill('SIGKILL');
  await ingress.write(...points(20, 20));
  await postgres.restart();
  await settled();
  expect(await values(running)).toEqual(range(40));
  await nats.kill('SIGKILL');
  await nats.restart();
  await waitUntil(() => ingress.bus.connected, { what: 'reconnection', deadlineMs: DEADLINE_MS });
  await ingress.write(...points(40, 20));
  await settled();
  expect(await values(running)).toEqual(range(60));
});

test('store - one that is alone goes on when its connections to PostgreSQL are open, and nothing comes', async () => {
  const running = await start();
  const { ingress, settled, store, environment } = running;
  await store.stop();
  const url = new URL(environment.DATABASE_URL as string);
  await using link = await Link.start(Number(url.port));
  url.port = String(link.port);
  const lone = await startService('store', { ...environment, DATABASE_URL: url.href });
  try {
    await ingress.write(...points(0, 20));
    await settled();
    link.strand();
    await ingress.write(...points(20, 20));
    await settled();
    expect(await values(running)).toEqual(range(40));
  } finally {
    await lone.stop();
  }
});

test('store - a point stored after a poisoned block stays one row when it comes again after a restart', async () => {
  const running = await start();
  const { ingress, settled, store } = running;
  const target = point(T0 + SECOND_NS, 1);
  await ingress.write(point(T0, 0));
  await settled();
  const partition = partitionOfSeries(ingress.seriesId(target), ingress.partitions);
  const wide = Object.fromEntries(range(1500).map((i) => [`w${i}`, float(Math.random())]));
  const poisoned = ingress.block({ ...target, measurement: 'wide', fields: wide });
  await ingress.publish([poisoned, ingress.block(target)], partition);
  await settled();
  await store.restart();
  await ingress.write(target);
  await settled();
  expect(await values(running)).toEqual([0, 1]);
});

test('store - a successor knows the columns that the owner before it added', async () => {
  const running = await start();
  const { ingress, settled, store, environment } = running;
  await ingress.write(point(T0, 1));
  await settled();
  const standby = await startService('store', environment);
  try {
    await ingress.write(point(T0 + 5n, 5));
    await settled();
    await store.kill('SIGKILL');
    await ingress.write(point(T0, 2));
    await settled();
    const rows = await running.database`SELECT ns, f FROM db.m ORDER BY ns`;
    expect(rows.map((row) => [row.ns, row.f])).toEqual([
      [0, 2],
      [5, 5],
    ]);
  } finally {
    await standby.stop();
  }
});

test('store - the buckets are rebuilt from PostgreSQL, whose types win', async () => {
  const running = await start();
  const { ingress, settled, store } = running;
  await ingress.write(point(T0, 1));
  await settled();
  const key = schemaKey('db', 'm');
  const schema = await ingress.bus.bucket(SCHEMA_BUCKET);
  await schema.put(
    key,
    encodeFields([
      { name: 'f', type: 'string' },
      { name: 'reserved', type: 'boolean' },
    ]),
  );
  await store.restart();
  const entry = (await schema.get(key)) as BucketEntry;
  expect(decodeFields(entry.value as Uint8Array)).toEqual([
    { name: 'f', type: 'float' },
    { name: 'reserved', type: 'boolean' },
  ]);
});

test('store - the watermark follows what is committed', async () => {
  const running = await start();
  const { ingress, settled } = running;
  const target = point(T0, 1);
  const partition = partitionOfSeries(ingress.seriesId(target), ingress.partitions);
  const [sequence] = await ingress.write(target);
  await settled();
  const control = await ingress.bus.bucket(CONTROL_BUCKET);
  // The one from before the rows may still stand there.
  await waitUntil(
    async () => {
      const entry = await control.get(watermarkKey(partition));
      return entry?.value && decodeWatermark(entry.value).sequence === sequence;
    },
    { what: 'the watermark of the row', deadlineMs: DEADLINE_MS },
  );
});
