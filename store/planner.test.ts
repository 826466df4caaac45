import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  type NatsServer,
  type PostgresServer,
  startNats,
  startPostgres,
} from '@overseer/local/testing';
import {
  type Bucket,
  type Bus,
  connectBus,
  createLogger,
  encodeBatch,
  SCHEMA_BUCKET,
} from '@overseer/shared';
import { RowEncoder } from '@overseer/wasm';
import { Catalogue } from './catalogue.ts';
import { KnownDrops } from './deletion/known-drops.ts';
import { StoreMetrics } from './metrics.ts';
import { migrate } from './migrations.ts';
import { Parking } from './parking/parking.ts';
import { TimePartitions } from './partitions/time-partitions.ts';
import { Planner } from './planner.ts';
import { connectPostgres, type Database } from './postgres.ts';
import { blockOf, float, keyOf, type Point } from './testing/test-ingress.ts';

const INSTALLATION = '01234567';
const HOUR_MS = 3_600_000;
/** Two ids in all: the third series must collide. */
const ID_BITS = 1;

let server: PostgresServer;
let nats: NatsServer;
let bus: Bus;
let schema: Bucket;
let database: Database;

beforeAll(async () => {
  [server, nats] = await Promise.all([startPostgres(), startNats()]);
  bus = await connectBus({ url: nats.url, name: 'test', log: createLogger('test') });
  schema = await bus.bucket(SCHEMA_BUCKET, { replicas: 1, bytesMax: 2 ** 20 });
  database = connectPostgres(server.url, 'test', 2);
  await migrate(database);
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await bus?.close();
  await Promise.all([server?.stop(), nats?.stop()]);
});

const point = (host: string, value: number): Point => ({
  database: 'db',
  measurement: 'm',
  tags: { host },
  fields: { f: float(value) },
  timeNs: BigInt(value) * 1_000_000_000n,
});

async function newPlanner(idBits: number): Promise<{ planner: Planner; encoder: RowEncoder }> {
  const log = createLogger('test');
  const encoder = await RowEncoder.create({ seed: new Uint8Array(16), idBits });
  const catalogue = new Catalogue(database, log);
  const partitions = new TimePartitions(database, log, HOUR_MS);
  await catalogue.load();
  await partitions.load();
  const parts = {
    installation: INSTALLATION,
    stream: 'stream',
    encoder,
    database,
    catalogue,
    partitions,
    drops: new KnownDrops(database),
    parking: new Parking({
      ...{ database, log, partition: 0, bytesMax: 0 },
      metrics: new StoreMetrics(),
    }),
    schema,
    log,
  };
  return { planner: new Planner(parts), encoder };
}

function batchOf(encoder: RowEncoder, points: readonly Point[]) {
  const blocks = points.map((p) => blockOf(p, encoder.index.hashes(keyOf(p)).id));
  return {
    sequence: 1,
    headers: {},
    storedAtMs: 0,
    payload: encodeBatch({ installation: INSTALLATION, blocks }),
  };
}

test('planner - a series whose id another one has is parked and reported, its rows too', async () => {
  const { planner, encoder } = await newPlanner(ID_BITS);
  const hosts = ['a', 'b', 'c', 'd', 'e'];
  const plan = await planner.plan(
    [
      batchOf(
        encoder,
        hosts.map((host, i) => point(host, i)),
      ),
    ],
    0,
  );
  const ids = new Set(hosts.map((host) => encoder.index.hashes(keyOf(point(host, 0))).id));
  expect(plan.collisions.length).toBe(hosts.length - ids.size);
  expect(plan.dead.map((dead) => dead.kind)).toEqual(plan.collisions.map(() => 'collision'));
  expect(planner.unregistered.size).toBe(ids.size);
  const rows = plan.tables
    .flatMap((table) => table.plain)
    .reduce((sum, part) => sum + part.count, 0);
  expect(rows).toBe(ids.size);
  for (const { id, check, ownerCheck } of plan.collisions) {
    expect(BigInt.asUintN(64, check)).not.toBe(ownerCheck);
    expect(encoder.index.get(BigInt.asUintN(64, id))?.check).toBe(ownerCheck);
  }
});

test('planner - a batch of another installation is buried', async () => {
  const { planner, encoder } = await newPlanner(64);
  const block = blockOf(point('a', 1), encoder.index.hashes(keyOf(point('a', 1))).id);
  const payload = encodeBatch({ installation: 'ffffffff', blocks: [block] });
  const plan = await planner.plan([{ sequence: 7, headers: {}, storedAtMs: 0, payload }], 6);
  expect(plan.dead).toMatchObject([{ kind: 'installation', sequence: 7 }]);
  expect(plan.tables).toHaveLength(0);
  expect([plan.from, plan.to]).toEqual([6, 7]);
});

test('planner - a damaged series key is buried with its block', async () => {
  const { planner, encoder } = await newPlanner(64);
  const good = blockOf(point('a', 1), encoder.index.hashes(keyOf(point('a', 1))).id);
  const keys = Uint8Array.of(0x61, 0xff);
  const ends = Uint8Array.of(2, 0, 0, 0);
  const announced = { ids: good.series, ends, keys };
  const payload = encodeBatch({ installation: INSTALLATION, blocks: [{ ...good, announced }] });
  const plan = await planner.plan([{ sequence: 1, headers: {}, storedAtMs: 0, payload }], 0);
  expect(plan.dead).toMatchObject([{ kind: 'series' }]);
  expect(planner.unregistered.size).toBe(0);
});

test('time partitions - far times share wide ones, near ones are no wider than the setting, none overlap', async () => {
  const { planner, encoder } = await newPlanner(64);
  const nowS = Math.floor(Date.now() / 1000);
  const years = [-100, -30, -29.9, -2, -1, -0.05, 0, 0.0001, 0.05, 1, 50];
  const points = years.map((year) => point('a', Math.round(nowS + year * 365 * 86_400)));
  await planner.plan([batchOf(encoder, points)], 0);
  const rows = await database`
    SELECT from_s, to_s, lead(from_s) OVER (ORDER BY from_s) AS next FROM overseer.partitions`;
  expect(rows.length).toBeLessThanOrEqual(years.length);
  for (const row of rows) expect(row.next === null || row.next >= row.to_s).toBe(true);
  const near = rows.find((row) => row.from_s <= nowS && nowS < row.to_s);
  expect(Number(near?.to_s) - Number(near?.from_s)).toBeLessThanOrEqual(HOUR_MS / 1000);
});

test('time partitions - two stores that make the same one agree', async () => {
  const { planner, encoder } = await newPlanner(64);
  await planner.plan([batchOf(encoder, [point('a', 1)])], 0);
  const log = createLogger('test');
  const catalogue = new Catalogue(database, log);
  await catalogue.load();
  const table = catalogue.find('db', 'm');
  if (!table) throw new Error('no table');
  const stores = [0, 1].map(() => new TimePartitions(database, log, HOUR_MS));
  for (let hour = 1; hour <= 10; hour++) {
    const timeS = Math.floor((Date.now() + hour * HOUR_MS) / 1000);
    await Promise.all(stores.map((store) => store.ensure(table, [timeS])));
    for (const store of stores) expect(store.find(table.id, timeS)).toBeDefined();
  }
});

test('catalogue - a view that others built on is appended to, not dropped', async () => {
  const log = createLogger('test');
  const catalogue = new Catalogue(database, log);
  const need = { database: 'db', measurement: 'viewed', ns: true };
  await catalogue.ensure([{ ...need, fields: [{ name: 'f', type: 'float' }] }]);
  await database`CREATE VIEW public.mine AS SELECT * FROM db.viewed`;
  await catalogue.ensure([{ ...need, fields: [{ name: 'g', type: 'string' }] }]);
  const columns = await database`
    SELECT attname AS name FROM pg_attribute
    WHERE attrelid = 'db.viewed'::regclass AND attnum > 0 ORDER BY attnum`;
  expect(columns.map((row) => row.name)).toEqual(['time', 'tags', 'f', 'ns', 'g']);
});

test('planner - tells how many series the rows are of, and their times apart', async () => {
  const { planner, encoder } = await newPlanner(64);
  const nowMs = 1_800_000_000_000;
  const at = (host: string, timeMs: number): Point => ({
    ...point(host, 1),
    database: 'counted',
    timeNs: BigInt(timeMs) * 1_000_000n,
  });
  const plan = (...points: readonly Point[]) => planner.plan([batchOf(encoder, points)], 0);
  const lastYearMs = nowMs - 365 * 24 * HOUR_MS;
  const both = await plan(at('a', nowMs), at('b', lastYearMs), at('a', nowMs + 5));
  expect(both.tables.map(({ event }) => event)).toMatchObject([
    {
      series: 2,
      ranges: [
        [lastYearMs, lastYearMs],
        [nowMs, nowMs + 5],
      ],
    },
  ]);
  // Counted anew for each plan, late rows too.
  const late = await plan(at('a', nowMs), at('a', nowMs - 1));
  expect(late.tables.map(({ event }) => event)).toMatchObject([
    { rows: 0, merged: 2, series: 1, ranges: [[nowMs - 1, nowMs]] },
  ]);
});
