import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { type Service, waitUntil } from '@overseer/local/testing';
import {
  type DeleteEnd,
  type DropEnd,
  decodeStoredEvent,
  partitionOfSeries,
  STORED_STREAM,
  type StoredEvent,
} from '@overseer/shared';
import { askAdministration } from '../testing/administration-answer.ts';
import { holdByReading, holdByTurns } from '../testing/long-reader.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, integer, type Point, type Value } from '../testing/test-ingress.ts';

setDefaultTimeout(120_000);

/** Much more than it takes, for machines that have other things to do. */
const DEADLINE_MS = 60_000;
/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const SECOND_NS = 1_000_000_000n;
/** So many that they are hardly ever all of one partition. */
const HOSTS = 20;

let pipeline: Pipeline;
let letGo: (() => Promise<void>) | undefined;
let other: Service | undefined;

async function start(settings: Record<string, string> = {}): Promise<void> {
  pipeline = await startPipeline({ LEASE: '3s', ...settings });
}

beforeEach(() => {
  letGo = undefined;
  other = undefined;
});

afterEach(async () => {
  await letGo?.();
  await other?.stop();
  await pipeline.stop();
});

/** A point of every host, in both partitions. */
function round(measurement: string, second: number, fields: Record<string, Value>): Point[] {
  return Array.from({ length: HOSTS }, (_, i) => ({
    database: 'db',
    measurement,
    tags: { host: `host${i}` },
    fields,
    timeNs: T0 + BigInt(second) * SECOND_NS,
  }));
}

const write = (...args: Parameters<typeof round>) => pipeline.ingress.write(...round(...args));

/** Somebody reads the measurement, and does not end. */
async function hold(measurement: string): Promise<void> {
  letGo = await holdByReading(pipeline.postgres.url, `db.${measurement}`);
}

async function release(): Promise<void> {
  await letGo?.();
  letGo = undefined;
}

/** Of one host; values by field. */
async function rowsOf(measurement: string, host = 'host0'): Promise<Record<string, unknown>[]> {
  const rows = await pipeline.database.unsafe(
    `SELECT * FROM db."${measurement}" WHERE tags->>'host' = '${host}' ORDER BY time`,
  );
  return rows.map(({ time, tags, ...fields }) => ({ ...fields }));
}

async function count(measurement: string): Promise<number> {
  const [row] = await pipeline.database.unsafe(
    `SELECT count(*)::int AS count FROM db."${measurement}"`,
  );
  return row?.count;
}

async function parkedBlocks(): Promise<number> {
  const [row] = await pipeline.database`SELECT count(*)::int AS count FROM overseer.parked`;
  return row?.count;
}

/** The measurements are there, and a new field of the first can't be. */
async function park(): Promise<void> {
  await write('a', 0, { f: float(0) });
  await write('b', 0, { f: float(0) });
  await pipeline.settled();
  await hold('a');
  await write('a', 1, { f: float(1), g: float(1) });
  await pipeline.settled();
  expect(await parkedBlocks()).toBe(HOSTS);
}

test('parking - other measurements are stored while one waits for its reader, whose points follow exactly', async () => {
  await start();
  const partitions = new Set(
    round('a', 0, {}).map((point) =>
      partitionOfSeries(pipeline.ingress.seriesId(point), pipeline.ingress.partitions),
    ),
  );
  expect(partitions.size).toBe(2);
  await park();
  // Old fields too, rewritten several times, and points from before.
  await write('a', 1, { f: float(11) });
  await write('a', 0, { f: float(10) });
  await write('a', 2, { f: float(2) });
  await write('a', 1, { g: float(12), h: integer(1n) });
  await write('b', 1, { f: float(1), g: float(1) });
  await pipeline.settled();
  expect(await count('b')).toBe(2 * HOSTS);
  expect(await rowsOf('a')).toEqual([{ f: 0 }]);
  await release();
  await pipeline.unparked();
  const expected = [
    { f: 10, g: null, h: null },
    { f: 11, g: 12, h: 1n },
    { f: 2, g: null, h: null },
  ];
  for (let i = 0; i < HOSTS; i++) expect(await rowsOf('a', `host${i}`)).toEqual(expected);
  await write('a', 2, { f: float(3) });
  await pipeline.settled();
  expect(await parkedBlocks()).toBe(0);
  expect((await rowsOf('a'))[2]).toEqual({ f: 3, g: null, h: null });
});

/** Everything that was told of a partition. */
async function storedEvents(partition: number): Promise<StoredEvent[]> {
  const { bus } = pipeline.ingress;
  const stream = await bus.stream(STORED_STREAM);
  if (!stream) throw new Error('no stream of stored events');
  const { created, lastSequence } = stream;
  const from = { stream: STORED_STREAM, subject: 'stored.*', created, position: 0 };
  const events: StoredEvent[] = [];
  const enough = new AbortController();
  for await (const { payload, sequence } of bus.read(
    { ...from, messagesMax: HOSTS },
    enough.signal,
  )) {
    events.push(decodeStoredEvent(payload));
    if (sequence >= lastSequence) break;
  }
  enough.abort();
  return events.filter((event) => event.partition === partition);
}

test('parking - what is stored at last is told with the next number, though it moves no position', async () => {
  await start({ PARTITIONS: '1' });
  await park();
  await release();
  await pipeline.unparked();
  const [row] = await pipeline.database`SELECT commits FROM overseer.progress`;
  const committed = Array.from({ length: Number(row?.commits) }, (_, i) => i + 1);
  // Told without the transaction waiting for it.
  const events = await waitUntil(
    async () => {
      const told = await storedEvents(0);
      return told.length >= committed.length && told;
    },
    { what: 'every transaction to be told', deadlineMs: DEADLINE_MS },
  );
  expect(events.map(({ commit }) => commit)).toEqual(committed);
  const released = events.filter(({ from, to }) => from === to);
  const rows = released.flatMap(({ tables }) => tables.map((table) => table.rows + table.merged));
  expect(rows.reduce((sum, some) => sum + some, 0)).toBe(HOSTS);
});

test('parking - a first time with nanoseconds waits like a new field', async () => {
  await start();
  await write('a', 0, { f: float(0) });
  await pipeline.settled();
  await hold('a');
  const fine = round('a', 1, { f: float(1) }).map((point) => ({
    ...point,
    timeNs: point.timeNs + 1n,
  }));
  await pipeline.ingress.write(...fine);
  await write('a', 0, { f: float(2) });
  await write('b', 0, { f: float(0) });
  await pipeline.settled();
  expect(await count('b')).toBe(HOSTS);
  await release();
  await pipeline.unparked();
  expect(await rowsOf('a')).toEqual([
    { f: 2, ns: 0 },
    { f: 1, ns: 1 },
  ]);
});

test('parking - a store that is killed, and one that takes over, go on with what is parked', async () => {
  await start();
  await park();
  await pipeline.store.kill('SIGKILL');
  await pipeline.store.restart();
  await write('a', 1, { f: float(11) });
  await pipeline.settled();
  other = await pipeline.startAnother();
  await pipeline.store.kill('SIGKILL');
  await write('a', 1, { g: float(12) });
  await write('b', 1, { f: float(1) });
  await pipeline.settled();
  expect(await parkedBlocks()).toBe(3 * HOSTS);
  await release();
  await pipeline.unparked();
  expect(await rowsOf('a')).toEqual([
    { f: 0, g: null },
    { f: 11, g: 12 },
  ]);
  expect(await count('a')).toBe(2 * HOSTS);
});

test('parking - series that only parked blocks announce are known to those behind them', async () => {
  await start();
  await park();
  const [fresh] = round('a', 5, { f: float(5), g: float(5) }).map((point) => ({
    ...point,
    tags: { host: 'fresh' },
  }));
  if (!fresh) throw new Error('no point');
  await pipeline.ingress.write(fresh);
  await pipeline.store.kill('SIGKILL');
  await pipeline.store.restart();
  const later = { ...fresh, fields: { f: float(6) } };
  const { announced: _, ...block } = pipeline.ingress.block(later);
  const partition = partitionOfSeries(
    pipeline.ingress.seriesId(later),
    pipeline.ingress.partitions,
  );
  await pipeline.ingress.publish([{ ...block, announced: undefined }], partition);
  await pipeline.settled();
  await release();
  await pipeline.unparked();
  expect(await rowsOf('a', 'fresh')).toEqual([{ f: 6, g: 5 }]);
});

test('parking - what is parked goes with a drop, and what comes after it stays', async () => {
  await start();
  await park();
  const dropping = askAdministration<DropEnd>(pipeline.ingress.bus, 'drop', {
    db: 'db',
    measurement: 'a',
  });
  expect((await dropping).end.found).toBe(true);
  expect(await parkedBlocks()).toBe(0);
  await write('a', 7, { other: float(7) });
  await pipeline.settled();
  await release();
  const [table] = await pipeline.database`
    SELECT id FROM overseer.measurements WHERE name = 'a'`;
  const rows = await pipeline.database.unsafe(`SELECT FROM points.m${table?.id}`);
  expect(rows.length).toBe(HOSTS);
  const fields = await pipeline.database`
    SELECT name FROM overseer.fields WHERE measurement_id = ${table?.id}`;
  expect(fields.map(({ name }) => name)).toEqual(['other']);
});

test('parking - a deletion waits for what is parked', async () => {
  await start();
  await park();
  const deleting = askAdministration<DeleteEnd>(pipeline.ingress.bus, 'delete', {
    db: 'db',
    measurement: 'a',
    tags: [['host', '=', 'host0']],
  });
  // Awaited below.
  deleting.catch(() => undefined);
  await release();
  expect((await deleting).end).toMatchObject({ rows: 2, series: 1 });
  expect(await rowsOf('a')).toEqual([]);
  expect(await count('a')).toBe(2 * (HOSTS - 1));
});

test('parking - when too much is parked the partition waits, and goes on by itself', async () => {
  await start({ PARKED_BYTES_MAX: '1', PARTITIONS: '1' });
  await park();
  await write('b', 1, { f: float(1) });
  await waitUntil(() => pipeline.store.lines.some((line) => line.includes('too much is parked')), {
    what: 'the partition to wait',
    deadlineMs: DEADLINE_MS,
  });
  expect(await count('b')).toBe(HOSTS);
  await release();
  await pipeline.settled();
  await pipeline.unparked();
  expect(await count('b')).toBe(2 * HOSTS);
  expect(await count('a')).toBe(2 * HOSTS);
});

test('parking - readers of which there always is an old one do not hold a measurement for ever', async () => {
  await start();
  await write('a', 0, { f: float(0) });
  await pipeline.settled();
  letGo = await holdByTurns(pipeline.postgres.url, 'db.a');
  await write('a', 1, { f: float(1), g: float(1) });
  await pipeline.settled();
  expect(await parkedBlocks()).toBe(HOSTS);
  await pipeline.unparked();
  expect(await rowsOf('a')).toEqual([
    { f: 0, g: null },
    { f: 1, g: 1 },
  ]);
});

test('parking - blocks that can’t be stored become dead letters when their turn comes', async () => {
  await start();
  await park();
  await write('a', 2, { g: integer(1n) });
  await write('a', 3, { f: float(3) });
  await pipeline.settled();
  await release();
  await pipeline.unparked();
  expect(await rowsOf('a')).toEqual([
    { f: 0, g: null },
    { f: 1, g: 1 },
    { f: 3, g: null },
  ]);
  const dead = await pipeline.ingress.bus.stream('DEAD');
  expect(dead?.messages).toBe(HOSTS);
});
