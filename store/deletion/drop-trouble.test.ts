import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import {
  type Bucket,
  createLogger,
  DEAD_STREAM,
  type DropEnd,
  encodeFields,
  type FieldType,
  SCHEMA_BUCKET,
  schemaKey,
} from '@overseer/shared';
import { connectPostgres } from '../postgres.ts';
import { askAdministration } from '../testing/administration-answer.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, integer, type Point, type Value } from '../testing/test-ingress.ts';
import { recordDrop } from './record-drop.ts';

const DEADLINE_MS = 60_000;

let pipeline: Pipeline;
let schema: Bucket;

beforeAll(async () => {
  pipeline = await startPipeline({ PARTITIONS: '1' });
  schema = await pipeline.ingress.bus.bucket(SCHEMA_BUCKET);
});

afterAll(async () => {
  await pipeline?.stop();
});

const point = (measurement: string, v: Value, host = 'a'): Point => ({
  database: 'db',
  measurement,
  tags: { host },
  fields: { v },
  timeNs: 1_767_225_600_000_000_000n,
});

const drop = async (measurement: string) =>
  (await askAdministration<DropEnd>(pipeline.ingress.bus, 'drop', { db: 'db', measurement })).end;

/** Without the steps that follow it, and without telling anybody. */
async function onlyRecord(measurement: string): Promise<bigint> {
  const { ingress, database } = pipeline;
  const parts = { bus: ingress.bus, database, schema, log: createLogger('test') };
  const { id } = await recordDrop(parts, { db: 'db', measurement }, new AbortController().signal);
  return id;
}

const reserve = (measurement: string, type: FieldType) =>
  schema.put(schemaKey('db', measurement), encodeFields([{ name: 'v', type }]));

async function values(view: string): Promise<unknown[]> {
  await pipeline.settled();
  const rows = await pipeline.database.unsafe(`SELECT tags, v FROM db."${view}" ORDER BY tags`);
  return rows.map(({ tags, v }) => [tags?.host, v]);
}

const deadLetters = async () => (await pipeline.ingress.bus.stream(DEAD_STREAM))?.messages;

test('drop - who still reads it holds up nothing but the removal of its table', async () => {
  await pipeline.ingress.write(point('read', float(1)));
  await pipeline.settled();
  const reader = connectPostgres(pipeline.postgres.url, 'reader', 1);
  try {
    await reader`BEGIN`;
    expect(await reader`SELECT v FROM db.read`).toHaveLength(1);
    expect(await drop('read')).toMatchObject({ found: true });
    await pipeline.ingress.write(point('read', integer(2n)));
    // The old view keeps its name as long as it is read.
    expect(await values('read_2')).toEqual([['a', 2n]]);
    await reader`COMMIT`;
  } finally {
    await reader.end({ timeout: 1 });
  }
  await waitUntil(
    async () => (await pipeline.database`SELECT to_regclass('db.read') AS oid`)[0]?.oid === null,
    { what: 'the old view to go', deadlineMs: DEADLINE_MS },
  );
});

test('drop - of two types that come while it is under way the one in the bucket counts', async () => {
  await reserve('raced', 'float');
  await pipeline.ingress.write(point('raced', float(1)));
  await pipeline.settled();
  await pipeline.store.kill();
  const id = await onlyRecord('raced');
  await pipeline.database`UPDATE overseer.dropped SET told = true WHERE id = ${id}`;
  await reserve('raced', 'integer');
  // From an ingress that has not heard, and from one that has.
  await pipeline.ingress.write(point('raced', float(2), 'unaware'));
  await pipeline.ingress.write(point('raced', integer(3n), 'aware'));
  await pipeline.store.restart();
  expect(await values('raced')).toEqual([['aware', 3n]]);
  // Its key was known to whoever sent it: it may go without from now on.
  await pipeline.ingress.write(point('raced', integer(4n), 'unaware'));
  expect(await values('raced')).toEqual([
    ['aware', 3n],
    ['unaware', 4n],
  ]);
  expect(await deadLetters()).toBe(0);
});

test('drop - after an hour nothing of it is left, and what came after it is', async () => {
  const { database, ingress } = pipeline;
  await ingress.write(point('past', float(1), 'gone'), point('past', float(1), 'back'));
  await pipeline.settled();
  await drop('past');
  await ingress.write(point('past', float(2), 'back'));
  await pipeline.settled();
  await pipeline.store.kill();
  await database`UPDATE overseer.dropped SET dropped_at = now() - interval '61 minutes'`;
  await pipeline.store.restart();
  await waitUntil(async () => (await database`SELECT FROM overseer.dropped`).length === 0, {
    what: 'the drops to be forgotten',
    deadlineMs: DEADLINE_MS,
  });
  const nobodys = await database`
    SELECT FROM overseer.series WHERE measurement_id NOT IN (SELECT id FROM overseer.measurements)`;
  expect(nobodys).toHaveLength(0);
  expect(await values('past')).toEqual([['back', 2]]);
});

test('drop - an owner that hears of it when it is off the record reads all series anew', async () => {
  const { database, ingress } = pipeline;
  await ingress.write(point('unheard', float(1)));
  await pipeline.settled();
  const id = await onlyRecord('unheard');
  await database.begin(async (transaction) => {
    await transaction`
      DELETE FROM overseer.series WHERE measurement_id IN (
        SELECT measurement_id FROM overseer.dropped_tables WHERE dropped_id = ${id})`;
    await transaction`DELETE FROM overseer.dropped WHERE id = ${id}`;
    await transaction`UPDATE overseer.catalogue_version SET drops_forgotten = ${id}`;
  });
  await ingress.write(point('unheard', integer(2n)));
  await pipeline.settled();
  const [row] = await database`
    SELECT m.id FROM overseer.measurements m WHERE m.name = 'unheard'`;
  const series = await database`
    SELECT tags FROM overseer.series WHERE measurement_id = ${row?.id}`;
  expect(series.map(({ tags }) => tags)).toEqual([{ host: 'a' }]);
  expect(await database.unsafe(`SELECT time FROM points.m${row?.id}`)).toHaveLength(1);
  expect(await deadLetters()).toBe(0);
});

test('drop - a stream that has lost its end takes nothing with it that comes after', async () => {
  const { database, ingress } = pipeline;
  await reserve('cut', 'float');
  await ingress.write(point('cut', float(1)));
  expect(await drop('cut')).toMatchObject({ found: true });
  await pipeline.store.kill();
  // As if the stream had reached so much further then.
  await database`UPDATE overseer.dropped SET upto = upto + 1000, settled_upto = settled_upto + 1000`;
  await pipeline.store.restart();
  await waitUntil(
    async () => (await database`SELECT FROM overseer.dropped WHERE upto >= 1000`).length === 0,
    {
      what: 'the store to look where the stream ends',
      deadlineMs: DEADLINE_MS,
    },
  );
  await ingress.write(point('cut', integer(2n)));
  expect(await values('cut')).toEqual([['a', 2n]]);
});

test('drop - a question that waited in a store that was stopped comes to nothing, as its asker was told', async () => {
  await reserve('late', 'float');
  await pipeline.ingress.write(point('late', float(1)));
  await pipeline.settled();
  await pipeline.store.kill('SIGSTOP');
  let error: unknown;
  try {
    error = await drop('late').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await pipeline.ingress.write(point('late', float(2)));
  } finally {
    await pipeline.store.kill('SIGCONT');
  }
  expect(error).toMatchObject({ kind: 'unavailable' });
  // Behind the other in the store's queue.
  expect(await drop('something else')).toMatchObject({ found: false });
  expect(await values('late')).toEqual([['a', 2]]);
});
