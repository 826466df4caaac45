import { afterAll, beforeAll, expect, test } from 'bun:test';
import { startPostgres } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { recordDeletedSeries } from '../deletion/record-drop.ts';
import catalogueMigration from '../migrations/001-catalogue.sql' with { type: 'text' };
import { migrate } from '../migrations.ts';
import { connectPostgres } from '../postgres.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { labelValues } from './label-sets.ts';
import { SeriesFeed } from './series-feed.ts';

let stored: StoredPoints;
let feed: SeriesFeed;

beforeAll(async () => {
  stored = await StoredPoints.start();
  feed = new SeriesFeed(stored.database, createLogger('test'));
});

afterAll(async () => {
  await stored?.stop();
});

function point(measurement: string, host: string, field = 'value'): Point {
  return {
    database: 'db',
    measurement,
    tags: { host },
    fields: { [field]: float(1) },
    timeNs: 1_767_225_600_000_000_000n,
  };
}

function hosts(measurement: string): string[] {
  const matchers = [{ name: '__name__', op: '=', value: measurement }] as const;
  return labelValues(feed.index, 'db', 'host', [matchers]);
}

test('series feed - what is registered between two readings is brought in, tables and fields too', async () => {
  await feed.refresh();
  expect(feed.index.databases()).toEqual([]);
  await stored.write(point('m', 'a'));
  await feed.refresh();
  expect(hosts('m')).toEqual(['a']);
  await stored.write(point('m', 'b'), point('n', 'c'), point('m', 'd', 'other'));
  await feed.refresh();
  expect(hosts('m')).toEqual(['a', 'b', 'd']);
  expect(hosts('n')).toEqual(['c']);
  expect(hosts('m_other')).toEqual(['a', 'b', 'd']);
});

test('series feed - deleted series go, those that come back come back, and a dropped measurement goes whole', async () => {
  await stored.write(point('deleted', 'a'), point('deleted', 'b'), point('kept', 'a'));
  await feed.refresh();
  const { database, catalogue } = stored;
  const table = stored.table(point('deleted', 'a'));
  const [row] = await database`
    SELECT id FROM overseer.series WHERE measurement_id = ${table.id} AND tags ->> 'host' = 'a'`;
  const parts = { database, log: createLogger('test') };
  const never = new AbortController().signal;
  expect(await recordDeletedSeries(parts, table, [row?.id, 12_345n], never)).toBe(1);
  await feed.refresh();
  expect(hosts('deleted')).toEqual(['b']);
  expect(hosts('kept')).toEqual(['a']);
  await database`
    UPDATE overseer.series SET measurement_id = ${table.id}, registered_in = DEFAULT WHERE id = ${row?.id}`;
  await feed.refresh();
  expect(hosts('deleted')).toEqual(['a', 'b']);
  await database.begin(async (transaction) => {
    await transaction`DELETE FROM overseer.partitions WHERE measurement_id = ${table.id}`;
    await transaction`DELETE FROM overseer.fields WHERE measurement_id = ${table.id}`;
    await transaction`DELETE FROM overseer.measurements WHERE id = ${table.id}`;
    await transaction`UPDATE overseer.catalogue_version SET version = version + 1`;
  });
  await catalogue.load();
  await feed.refresh();
  expect(hosts('deleted')).toEqual([]);
});

test('series feed - knows when series were registered, to the minute of the last hours', async () => {
  const { database } = stored;
  await stored.write(...['a', 'b', 'c', 'd'].map((host) => point('created', host)));
  const table = stored.table(point('created', 'a'));
  await database`
    UPDATE overseer.series SET registered_in = DEFAULT, created_at = CASE tags ->> 'host'
      WHEN 'a' THEN '2020-01-01' WHEN 'b' THEN date_trunc('minute', now()) - interval '1 s' ELSE now() END
    WHERE measurement_id = ${table.id}`;
  // Read anew, as by a store that was just started.
  const fresh = new SeriesFeed(database, createLogger('test'));
  await fresh.refresh();
  const creations = [...fresh.index.measurements('db')].find(
    (measured) => measured.table.measurement === 'created',
  )?.series.creations;
  const minuteMs = Math.floor(fresh.refreshedAtMs / 60_000) * 60_000;
  expect(creations?.since(minuteMs)).toBe(2);
  expect(creations?.since(minuteMs - 60_000)).toBe(3);
  expect(creations?.since(0)).toBe(3);
});

test('series feed - of two transactions the later one may commit first', async () => {
  await stored.prepare([point('race', 'x')]);
  // Of one connection each: a transaction can be begun by hand.
  const early = connectPostgres(stored.server.url, 'early', 1);
  const late = connectPostgres(stored.server.url, 'late', 1);
  try {
    await early`BEGIN`;
    const [first] = await early`SELECT pg_current_xact_id()::text::bigint AS id`;
    await stored.register(early, point('race', 'early'));
    await late`BEGIN`;
    const [second] = await late`SELECT pg_current_xact_id()::text::bigint AS id`;
    await stored.register(late, point('race', 'late'));
    expect(second?.id > first?.id).toBe(true);
    await late`COMMIT`;
    await feed.refresh();
    expect(hosts('race')).toEqual(['late']);
    await stored.write(point('race', 'after'));
    await feed.refresh();
    expect(hosts('race')).toEqual(['after', 'late']);
    await early`COMMIT`;
    await feed.refresh();
    expect(hosts('race')).toEqual(['after', 'early', 'late']);
  } finally {
    await Promise.all([early.end({ timeout: 1 }), late.end({ timeout: 1 })]);
  }
});

test('series feed - rows with numbers of transactions that are yet to come are read at first', async () => {
  await stored.write(point('dump', 'a'));
  await stored.database`
    UPDATE overseer.series SET registered_in = registered_in + 1000000000
    WHERE tags->>'host' = 'a' AND measurement_id = ${stored.table(point('dump', 'a')).id}`;
  const fresh = new SeriesFeed(stored.database, createLogger('test'));
  await fresh.refresh();
  const count = fresh.index.seriesCount;
  await stored.write(point('dump', 'b'));
  await fresh.refresh();
  expect(fresh.index.seriesCount).toBe(count + 1);
});

test('series feed - who asks while others are at it sees what was committed before he asked', async () => {
  const rounds = Array.from({ length: 20 }, (_, i) => `host${String(i).padStart(2, '0')}`);
  await stored.prepare([point('many', 'x')]);
  const seen = await Promise.all(
    rounds.map(async (host) => {
      await stored.write(point('many', host));
      await feed.refresh();
      return hosts('many').includes(host);
    }),
  );
  expect(seen).toEqual(rounds.map(() => true));
  expect(hosts('many')).toEqual(rounds);
});

test('series feed - a reading that fails is made again by the next one', async () => {
  const database = connectPostgres(stored.server.url, 'test', 2);
  try {
    const other = new SeriesFeed(database, createLogger('test'));
    await stored.database`ALTER TABLE overseer.catalogue_version RENAME TO away`;
    const failures = await Promise.allSettled([other.refresh(), other.refresh()]);
    await stored.database`ALTER TABLE overseer.away RENAME TO catalogue_version`;
    expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await other.refresh();
    expect(other.index.seriesCount).toBeGreaterThan(0);
  } finally {
    await database.end({ timeout: 1 });
  }
});

test('series feed - after a restore everything is read again, and answered as before until that is done', async () => {
  // One connection, which sees another function in place of PostgreSQL's own.
  const database = connectPostgres(stored.server.url, 'test', 1);
  try {
    await database.unsafe(`
      CREATE SCHEMA future;
      CREATE FUNCTION future.pg_current_snapshot() RETURNS pg_snapshot LANGUAGE sql
        AS $$ SELECT '1000000000:1000000000:'::pg_snapshot $$;
      SET search_path = future, pg_catalog`);
    await stored.write(point('before', 'a'));
    const restored = new SeriesFeed(database, createLogger('test'));
    await restored.refresh();
    const { seriesCount } = restored.index;
    await database`DROP SCHEMA future CASCADE`;
    await stored.write(point('before', 'b'));
    await stored.database`ALTER TABLE overseer.fields RENAME TO away`;
    const failure = await restored.refresh().then(String, String);
    await stored.database`ALTER TABLE overseer.away RENAME TO fields`;
    expect(failure).toContain('overseer.fields');
    expect([restored.index.databases(), restored.index.seriesCount]).toEqual([['db'], seriesCount]);
    await restored.refresh();
    expect([restored.index.databases(), restored.index.seriesCount]).toEqual([
      ['db'],
      seriesCount + 1,
    ]);
  } finally {
    await database.end({ timeout: 1 });
  }
});

test('series feed - tags of any text come back', async () => {
  const tags = { 'a "b"': 'ü\n😀\\', __proto__x: '1', constructor: 'c', '0': 'zero' };
  await stored.write({ ...point('texts', 'a'), tags });
  await feed.refresh();
  for (const [key, value] of Object.entries(tags)) {
    const matchers = [{ name: '__name__', op: '=', value: 'texts' }] as const;
    expect(labelValues(feed.index, 'db', key, [matchers])).toEqual([value]);
  }
});

test('migrations - a database of the first release is brought up to date with its rows', async () => {
  const server = await startPostgres();
  const database = connectPostgres(server.url, 'test', 2);
  try {
    await database`CREATE SCHEMA overseer`;
    await database`
      CREATE TABLE overseer.migrations (version int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())`;
    await database.unsafe(catalogueMigration).simple();
    await database`INSERT INTO overseer.migrations (version) VALUES (1)`;
    await database`INSERT INTO overseer.databases (name, schema_name) VALUES ('db', 'db')`;
    await database`
      INSERT INTO overseer.measurements (database_id, name, view_name) VALUES (1, 'old', 'old')`;
    await database`
      INSERT INTO overseer.fields (measurement_id, name, type, view_column) VALUES (1, 'value', 1, 'value')`;
    const series = `INSERT INTO overseer.series (id, "check", measurement_id, tags)
      VALUES ($1, 0, 1, '{"host": "a"}')`;
    await database.unsafe(series, [1n]);
    await database`INSERT INTO overseer.newest VALUES (0, 1, 5)`;
    expect(await migrate(database)).toBeGreaterThan(1);
    const old = new SeriesFeed(database, createLogger('test'));
    await old.refresh();
    expect(old.index.seriesCount).toBe(1);
    await database.unsafe(series, [2n]);
    await old.refresh();
    expect(old.index.seriesCount).toBe(2);
    const [newest] = await database`SELECT time_max_ns, written_at FROM overseer.newest`;
    expect(newest).toMatchObject({ time_max_ns: 5n, written_at: null });
  } finally {
    await database.end({ timeout: 1 });
    await server.stop();
  }
});
