import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Samples, waitUntil } from '@overseer/local/testing';
import {
  type Bucket,
  CHANGED_SUBJECT,
  type ChangedEvent,
  createLogger,
  DEAD_STREAM,
  type DropEnd,
  databaseKey,
  decodeChangedEvent,
  decodeWatermark,
  encodeFields,
  type FieldType,
  partitionOfSeries,
  SCHEMA_BUCKET,
  schemaKey,
  watermarkKey,
} from '@overseer/shared';
import { askAdministration } from '../testing/administration-answer.ts';
import { blockOfPoints } from '../testing/blocks.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, integer, type Point, string, type Value } from '../testing/test-ingress.ts';
import { recordDrop } from './record-drop.ts';

let pipeline: Pipeline;
let schema: Bucket;

beforeAll(async () => {
  pipeline = await startPipeline();
  schema = await pipeline.ingress.bus.bucket(SCHEMA_BUCKET);
});

afterAll(async () => {
  await pipeline?.stop();
});

const DEADLINE_MS = 30_000;
/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;

function point(database: string, measurement: string, second: number, v: Value, host = 'a'): Point {
  return {
    database,
    measurement,
    tags: { host },
    fields: { v },
    timeNs: T0 + BigInt(second) * 1_000_000_000n,
  };
}

const drop = async (db: string, measurement?: string) =>
  (await askAdministration<DropEnd>(pipeline.ingress.bus, 'drop', { db, measurement })).end;

/** As ingress does before it publishes. */
async function reserve(database: string, measurement: string, type: FieldType): Promise<void> {
  await schema.put(schemaKey(database, measurement), encodeFields([{ name: 'v', type }]));
}

/** A block of one row that does not say which series it is. */
async function writeUnannounced(unannounced: Point): Promise<void> {
  const seriesId = pipeline.ingress.seriesId(unannounced);
  const block = blockOfPoints([{ point: unannounced, seriesId }], []);
  await pipeline.ingress.publish([block], partitionOfSeries(seriesId, pipeline.ingress.partitions));
}

async function values(database: string, measurement: string): Promise<unknown[]> {
  await pipeline.settled();
  const [found] = await pipeline.database`
    SELECT FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
    WHERE d.name = ${database} AND m.name = ${measurement}`;
  if (!found) return [];
  const rows = await pipeline.database.unsafe(
    `SELECT tags, v FROM "${database}"."${measurement}" ORDER BY time, tags`,
  );
  return rows.map(({ tags, v }) => [tags?.host, v]);
}

async function deadLetters(): Promise<number> {
  return (await pipeline.ingress.bus.stream(DEAD_STREAM))?.messages ?? -1;
}

async function tables(): Promise<string[]> {
  const rows = await pipeline.database`
    SELECT relname FROM pg_class WHERE relnamespace = 'points'::regnamespace AND relkind IN ('r', 'p')`;
  return rows.map(({ relname }) => relname).sort();
}

test('drop - a measurement and all that is of it goes, the others stay', async () => {
  const events: ChangedEvent[] = [];
  const unlisten = pipeline.ingress.bus.listen(CHANGED_SUBJECT, ({ payload }) => {
    events.push(decodeChangedEvent(payload));
  });
  await reserve('one', 'gone', 'float');
  await reserve('one', 'stays', 'float');
  await pipeline.ingress.write(
    point('one', 'gone', 0, float(1), 'a'),
    point('one', 'gone', 86_400, float(2), 'b'),
    point('one', 'stays', 0, float(3)),
  );
  await pipeline.settled();
  const before = await tables();
  expect(await drop('one', 'gone')).toEqual({ found: true, measurements: 1, series: 2 });
  expect(await values('one', 'gone')).toEqual([]);
  expect(await values('one', 'stays')).toEqual([['a', 3]]);
  expect((await tables()).length).toBeLessThan(before.length);
  expect((await schema.get(schemaKey('one', 'gone')))?.value).toBeUndefined();
  expect((await schema.get(schemaKey('one', 'stays')))?.value).toBeDefined();
  const [view] = await pipeline.database`SELECT to_regclass('one.gone') AS oid`;
  expect(view?.oid).toBeNull();
  expect(await drop('one', 'gone')).toEqual({ found: false, measurements: 0, series: 0 });
  await waitUntil(() => events.length > 0, { what: 'the event', deadlineMs: DEADLINE_MS });
  expect(events).toEqual([{ db: 'one', measurement: 'gone', dropped: true }]);
  unlisten();
});

test('drop - a measurement comes back with other types, under its old name, with series that nobody announces again', async () => {
  await pipeline.ingress.write(
    point('back', 'm', 0, float(1), 'a'),
    point('back', 'm', 0, float(1), 'b'),
  );
  await pipeline.settled();
  await drop('back', 'm');
  await reserve('back', 'm', 'string');
  // The same time as before: not a rewritten row.
  await pipeline.ingress.write(point('back', 'm', 0, string('new'), 'a'));
  await writeUnannounced(point('back', 'm', 0, string('unannounced'), 'b'));
  await writeUnannounced(point('back', 'm', 0, string('again'), 'b'));
  expect(await values('back', 'm')).toEqual([
    ['a', 'new'],
    ['b', 'again'],
  ]);
  expect(await deadLetters()).toBe(0);
});

test('drop - a database goes with its schema, and its name is free', async () => {
  await schema.put(databaseKey('whole'), encodeFields([]));
  await reserve('whole', 'a', 'float');
  await pipeline.ingress.write(
    point('whole', 'a', 0, float(1)),
    point('whole', 'b', 0, float(2)),
    point('wholesale', 'a', 0, float(3)),
  );
  await pipeline.settled();
  expect(await drop('whole')).toEqual({ found: true, measurements: 2, series: 2 });
  const names = await pipeline.database`
    SELECT nspname FROM pg_namespace WHERE nspname LIKE 'whole%' OR nspname LIKE 'overseer_dropped%'`;
  expect(names.map(({ nspname }) => nspname)).toEqual(['wholesale']);
  const left = (await schema.entries())
    .map(({ key }) => key)
    .filter((key) => /^whole(\.|$)/.test(key));
  expect(left).toEqual([]);
  await pipeline.ingress.write(point('whole', 'a', 0, integer(4n)));
  expect(await values('whole', 'a')).toEqual([['a', 4n]]);
  expect(await values('whole', 'b')).toEqual([]);
  expect(await values('wholesale', 'a')).toEqual([['a', 3]]);
  expect(await deadLetters()).toBe(0);
});

test('drop - a database that was only declared, and one that does not exist', async () => {
  await schema.put(databaseKey('declared'), encodeFields([]));
  expect(await drop('declared')).toMatchObject({ found: true, measurements: 0 });
  expect((await schema.get(databaseKey('declared')))?.value).toBeUndefined();
  const made = await pipeline.database`SELECT FROM overseer.databases WHERE name = 'declared'`;
  expect(made).toHaveLength(0);
  expect(await drop('nowhere')).toEqual({ found: false, measurements: 0, series: 0 });
});

test('drop - counts of series in the watermarks follow, without further points', async () => {
  const points = Array.from({ length: 8 }, (_, i) => point('counted', 'm', 0, float(i), `h${i}`));
  await pipeline.ingress.write(...points);
  const control = await pipeline.ingress.bus.bucket('overseer_control');
  const count = async () => {
    let sum = 0;
    for (let partition = 0; partition < pipeline.ingress.partitions; partition++) {
      const entry = await control.get(watermarkKey(partition));
      sum += (entry?.value && decodeWatermark(entry.value).series?.get('counted')) || 0;
    }
    return sum;
  };
  await waitUntil(async () => (await count()) === 8, {
    what: 'the series to be counted',
    deadlineMs: DEADLINE_MS,
  });
  await drop('counted', 'm');
  await waitUntil(async () => (await count()) === 0, {
    what: 'the count to follow',
    deadlineMs: DEADLINE_MS,
  });
});

test('drop - what was on its way is gone, what came behind it stays, though the store died in between', async () => {
  const { ingress, database } = pipeline;
  await reserve('backlog', 'm', 'float');
  await ingress.write(point('backlog', 'm', 0, float(1), 'a'));
  await pipeline.settled();
  await pipeline.store.kill();
  // Before the drop, never stored; its second series is announced nowhere else.
  await ingress.write(
    point('backlog', 'm', 1, float(2), 'a'),
    point('backlog', 'm', 1, float(2), 'new'),
  );
  await ingress.write(point('backlog', 'unborn', 1, float(2), 'a'));
  const log = createLogger('test');
  const parts = { bus: ingress.bus, database, schema, log };
  const never = new AbortController().signal;
  await recordDrop(parts, { db: 'backlog' }, never);
  // Nobody has told ingress yet: of the old types, without keys.
  await writeUnannounced(point('backlog', 'm', 2, float(3), 'a'));
  await writeUnannounced(point('backlog', 'm', 2, float(3), 'new'));
  await pipeline.store.restart();
  expect(await values('backlog', 'm')).toEqual([
    ['a', 3],
    ['new', 3],
  ]);
  expect(await values('backlog', 'unborn')).toEqual([]);
  const samples = await Samples.of(pipeline.store.url);
  expect(samples.value('overseer_store_rows_total', { path: 'dropped' })).toBe(3);
  await waitUntil(
    async () => {
      const [row] = await database`
        SELECT count(*)::int AS open FROM overseer.dropped d WHERE settled_upto IS NULL
          OR EXISTS (SELECT FROM overseer.dropped_tables t WHERE t.dropped_id = d.id AND NOT t.removed)`;
      return row?.open === 0;
    },
    { what: 'the drop to be finished by the next store', deadlineMs: DEADLINE_MS },
  );
  const entry = await schema.get(schemaKey('backlog', 'm'));
  expect(entry?.value).toEqual(encodeFields([{ name: 'v', type: 'float' }]));
  expect((await schema.get(schemaKey('backlog', 'unborn')))?.value).toBeUndefined();
  expect(await deadLetters()).toBe(0);
});
