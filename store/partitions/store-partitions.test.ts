import { afterAll, beforeAll, expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import {
  administrationSubject,
  ask,
  CONTROL_BUCKET,
  DEAD_STREAM,
  decodeRetentions,
  partitionOfSeries,
  RETENTIONS_KEY,
  type RetentionEnd,
} from '@overseer/shared';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { float, type Point } from '../testing/test-ingress.ts';

const DEADLINE_MS = 60_000;
const DAY_MS = 86_400_000;
const MEBIBYTE = 2 ** 20;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline({ DATABASE_BYTES_MAX: '40MiB' });
});

afterAll(async () => {
  await pipeline?.stop();
});

const point = (measurement: string, agoMs: number, value = 1): Point => ({
  database: 'db',
  measurement,
  tags: {},
  fields: { f: float(value) },
  timeNs: BigInt(Math.floor(Date.now() - agoMs)) * 1_000_000n,
});

async function count(measurement: string): Promise<number> {
  const [row] = await pipeline.database.unsafe(`SELECT count(*)::int AS n FROM db.${measurement}`);
  return row?.n;
}

async function deadLetters(): Promise<number> {
  return (await pipeline.ingress.bus.stream(DEAD_STREAM))?.lastSequence ?? 0;
}

test('store - rows go on when a partition was taken away behind its back', async () => {
  const { database, ingress } = pipeline;
  await ingress.write(point('away', 40 * DAY_MS));
  await pipeline.settled();
  const [partition] = await database`
    SELECT p.name FROM overseer.partitions p JOIN overseer.measurements m ON m.id = p.measurement_id
    WHERE m.name = 'away'`;
  await database.unsafe(`DROP TABLE points.${partition?.name}`);
  await ingress.write(point('away', 40 * DAY_MS, 2));
  await pipeline.settled();
  expect(await count('away')).toBe(1);
  expect(await deadLetters()).toBe(0);
});

test('store - rows go on when a partition goes while a block that can’t be stored is looked for', async () => {
  const { database, ingress } = pipeline;
  const ago = 41 * DAY_MS;
  // Both in one message, the one that is refused first.
  const inFirst = (measurement: string, value: number): Point => {
    for (let host = 0; ; host++) {
      const made = { ...point(measurement, ago, value), tags: { host: String(host) } };
      if (partitionOfSeries(ingress.seriesId(made), ingress.partitions) === 0) return made;
    }
  };
  const pair = (value: number) => [inFirst('refused', value), inFirst('apart', value)];
  const before = await deadLetters();
  await ingress.write(...pair(1));
  await pipeline.settled();
  const rows = await database`
    SELECT p.name, p.measurement_id AS id, m.name AS measurement
    FROM overseer.partitions p JOIN overseer.measurements m ON m.id = p.measurement_id
    WHERE m.name IN ('apart', 'refused') ORDER BY m.name`;
  const [apart, refused] = rows;
  const names = await database`
    SELECT attname FROM pg_attribute
    WHERE attrelid = to_regclass(${`points.${refused?.name}`}) AND attname LIKE 'f%'`;
  await database
    .unsafe(`
    ALTER TABLE points.${refused?.name} ADD CHECK (${names[0]?.attname} < 2);
    DROP TABLE points.${apart?.name}`)
    .simple();
  await ingress.write(...pair(2));
  await pipeline.settled();
  expect(await Promise.all(['apart', 'refused'].map(count))).toEqual([1, 1]);
  expect((await deadLetters()) - before).toBe(1);
});

test('store - rows over years in one batch are merged, each into its partition', async () => {
  const { database, ingress } = pipeline;
  const ages = Array.from({ length: 40 }, (_, i) => (i + 1) * 90 * DAY_MS);
  const now = Date.now();
  const at = (age: number, fields: Point['fields']): Point => ({
    ...point('years', 0),
    fields,
    timeNs: BigInt(now - age) * 1_000_000n,
  });
  await ingress.write(at(0, { f: float(0) }));
  await ingress.write(...ages.map((age, i) => at(age, { f: float(i) })));
  await ingress.write(
    ...ages.flatMap((age) => [at(age, { g: float(1) }), at(age, { g: float(2) })]),
  );
  await pipeline.settled();
  const rows = await database`SELECT f, g FROM db.years ORDER BY time DESC OFFSET 1`;
  expect(rows.map(({ f, g }) => [f, g])).toEqual(ages.map((_, i) => [i, 2]));
  const [made] = await database`
    SELECT count(*)::int AS partitions FROM overseer.partitions p
    JOIN overseer.measurements m ON m.id = p.measurement_id WHERE m.name = 'years'`;
  expect(made?.partitions).toBeLessThan(ages.length);
});

test('store - the retention that is asked for is kept, by a store that already runs', async () => {
  const { database, ingress } = pipeline;
  await ingress.write(point('kept', 400 * DAY_MS), point('kept', 0));
  await pipeline.settled();
  const question = { db: 'db', measurement: 'kept', retention: 100 * DAY_MS };
  await askStore('retention.set', question);
  const { databases } = (await askStore('retention', {})) as RetentionEnd;
  expect(databases).toMatchObject([{ db: 'db', measurements: [{ measurement: 'kept' }] }]);
  await waitUntil(
    async () => {
      const control = await ingress.bus.bucket(CONTROL_BUCKET);
      const entry = await control.get(RETENTIONS_KEY);
      return entry?.value && decodeRetentions(entry.value).databases.has('db');
    },
    { what: 'ingress to be told', deadlineMs: DEADLINE_MS },
  );
  await waitUntil(async () => (await count('kept')) === 1, {
    what: 'the old partition to go',
    deadlineMs: DEADLINE_MS,
  });
  const before = await deadLetters();
  await ingress.write(point('kept', 500 * DAY_MS), point('kept', 1000));
  await pipeline.settled();
  expect(await count('kept')).toBe(2);
  expect(await deadLetters()).toBe(before);
  const made = await database`
    SELECT FROM overseer.partitions p JOIN overseer.measurements m ON m.id = p.measurement_id
    WHERE m.name = 'kept' AND p.to_s < ${Math.floor(Date.now() / 1000) - 86_400}`;
  expect(made).toHaveLength(0);
});

test('store - waits while there is no room, answers meanwhile, and goes on by itself', async () => {
  const { database, ingress, store } = pipeline;
  await ingress.write(point('room', 0));
  await pipeline.settled();
  await database.unsafe(`
    CREATE TABLE public.filling AS
    SELECT repeat(md5(g::text), 30) FROM generate_series(1, 50000) g`);
  const [size] = await database`SELECT pg_database_size(current_database())::float8 AS bytes`;
  expect(size?.bytes).toBeGreaterThan(40 * MEBIBYTE);
  await waitUntil(async () => (await metric(store.url, 'overseer_store_room')) === 0, {
    what: 'the store to see that there is no room',
    deadlineMs: DEADLINE_MS,
  });
  await ingress.write(point('room', 1));
  expect(await count('room')).toBe(1);
  await database.unsafe('DROP TABLE public.filling');
  await pipeline.settled();
  expect(await count('room')).toBe(2);
});

async function askStore(kind: 'retention' | 'retention.set', question: object): Promise<unknown> {
  const { value } = await ask(pipeline.ingress.bus, administrationSubject(kind), question).next();
  return value;
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(text)?.[1]);
}
