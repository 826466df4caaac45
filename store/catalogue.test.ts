import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres, waitUntil } from '@overseer/local/testing';
import { createLogger, type FieldType } from '@overseer/shared';
import { Catalogue, type TableNeed } from './catalogue.ts';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database, identifier } from './postgres.ts';

const DEADLINE_MS = 60_000;
/** More than a change may keep its place in the queue for a lock, and much less than the reader stays. */
const WRITER_LOCK_WAIT_MS = 5000;

let server: PostgresServer;
let database: Database;
let catalogue: Catalogue;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 8);
  await migrate(database);
  catalogue = new Catalogue(database, createLogger('test'));
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

function need(measurement: string, ...fields: readonly string[]): TableNeed {
  const typed = fields.map((name) => ({ name, type: 'float' as const }));
  return { database: 'db', measurement, fields: typed, ns: false };
}

/** A transaction that has read a table, open until the result is called. */
async function holdByReading(table: string): Promise<() => Promise<void>> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: holds, resolve } = Promise.withResolvers<void>();
  const transaction = database.begin(async (reader) => {
    await reader.unsafe(`SELECT count(*) FROM ${table}`);
    resolve();
    await released;
  });
  await holds;
  return async () => {
    release();
    await transaction;
  };
}

const isAround = async (what: string) => {
  const [row] = await database`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE xact_start < now() - ${what}::text::interval AND state = 'idle in transaction'`;
  return row?.count > 0;
};

test('catalogue - a column that a long reader holds up waits alone, and comes by itself afterwards', async () => {
  await catalogue.ensure([need('held', 'a'), need('free', 'a')]);
  const held = catalogue.find('db', 'held');
  if (!held) throw new Error('no table');
  await database.unsafe(`
    CREATE TABLE points.held_1 PARTITION OF ${held.name} FOR VALUES FROM ('2026-01-01') TO ('2026-01-02')`);
  const letGo = await holdByReading(held.view);
  let isThere = false;
  const column = catalogue.ensure([need('held', 'a', 'b'), need('free', 'b')]).then(() => {
    isThere = true;
  });
  await waitUntil(() => isAround('2 seconds'), { what: 'a long reader', deadlineMs: DEADLINE_MS });
  await catalogue.ensure([need('new', 'a')]);
  await catalogue.ensure([need('free', 'c')]);
  const writer = connectPostgres(server.url, 'writer', 1, { lock_timeout: WRITER_LOCK_WAIT_MS });
  for (let i = 0; i < 20; i++) {
    await writer.unsafe(`INSERT INTO ${held.name} (time, series) VALUES ('2026-01-01', ${i})`);
  }
  await writer.end();
  expect(isThere).toBe(false);
  expect(catalogue.has(need('held', 'b'))).toBe(false);
  await letGo();
  await column;
  expect(catalogue.has(need('held', 'a', 'b'))).toBe(true);
  const rows = await database.unsafe(`SELECT b FROM ${held.view}`);
  expect(rows.length).toBe(20);
});

test('catalogue - hundreds of measurements at once, from two stores, are made once', async () => {
  const other = new Catalogue(database, createLogger('test'));
  const needs = Array.from({ length: 250 }, (_, i) => need(`many${i}`, 'a', 'b', 'c'));
  await Promise.all([catalogue.ensure(needs), other.ensure(needs.toReversed())]);
  for (const each of needs) {
    expect(other.find('db', each.measurement)).toEqual(catalogue.find('db', each.measurement));
  }
  const [row] = await database`
    SELECT count(*)::int AS count FROM overseer.measurements WHERE name LIKE 'many%'`;
  expect(row?.count).toBe(250);
});

test('catalogue - needs of one table are one, the first type of a field counts', async () => {
  const of = (type: FieldType, ns: boolean): TableNeed => {
    return { database: 'db', measurement: 'twice', fields: [{ name: 'f', type }], ns };
  };
  await catalogue.ensure([of('integer', false), of('float', true)]);
  const table = catalogue.find('db', 'twice');
  expect(table?.fields.get('f')?.type).toBe('integer');
  expect(table?.hasNs).toBe(true);
});

const LONG = 'ä'.repeat(40);

/** Names that are legal in line protocol, and that SQL takes ill. */
const NAMES = [
  'select',
  'User',
  'user',
  'USER',
  'a"b',
  "a'b",
  'a\\b',
  'a;--',
  'a.b',
  ' ',
  '{',
  '$1',
  '%s',
  'time',
  'tags',
  'ns',
  'ctid',
  'oid',
  'tableoid',
  'public',
  'overseer',
  'points',
  'information_schema',
  'pg_catalog',
  'pg_toast',
  'pg_',
  'db_pg_toast',
  'm1',
  'f1',
  LONG,
  `${LONG}1`,
  `${LONG}2`,
  'x'.repeat(63),
  'x'.repeat(64),
  `${'x'.repeat(61)}_2`,
  '日本語',
  '👩‍🚀',
  'e\u0301',
  'é',
  '\u00a0',
  '\u202e',
  '__proto__',
  'constructor',
  'null',
  '\t\n',
];

test('catalogue - any name can be a database, a measurement and a field, and is read by its view', async () => {
  const fields = NAMES.map((name) => ({ name, type: 'integer' as const }));
  const names = NAMES.map((name) => ({ database: name, measurement: name }));
  const inOne = NAMES.map((name) => ({ database: 'names', measurement: name }));
  const needs = [...names, ...inOne].map((place) => ({ ...place, fields, ns: true }));
  await catalogue.ensure(needs);
  const views = new Set<string>();
  for (const place of needs) {
    const table = catalogue.find(place.database, place.measurement);
    if (!table) throw new Error(`no table for ${JSON.stringify(place)}`);
    views.add(table.view);
    const columns = [...table.fields.values()].map(({ viewColumn }) => viewColumn);
    expect(new Set(columns).size).toBe(NAMES.length);
    const list = columns.map(identifier).join(', ');
    await database.unsafe(`SELECT time, tags, ns, ${list} FROM ${table.view}`);
  }
  expect(views.size).toBe(needs.length);
  const again = new Catalogue(database, createLogger('test'));
  await again.load();
  for (const place of needs) expect(again.has(place)).toBe(true);
});

test('catalogue - a view whose name somebody else has taken gets another', async () => {
  await catalogue.ensure([need('first', 'a')]);
  await database.unsafe('CREATE TABLE db.mine (x int)');
  await catalogue.ensure([need('mine', 'a'), need('yours', 'a')]);
  expect(catalogue.find('db', 'mine')?.view).toBe('"db"."mine_2"');
  expect(catalogue.find('db', 'yours')?.view).toBe('"db"."yours"');
});
