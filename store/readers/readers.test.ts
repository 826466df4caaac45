import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { createLogger } from '@overseer/shared';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import { Catalogue } from '../catalogue.ts';
import { migrate } from '../migrations.ts';
import { connectPostgres, type Database, sqlState } from '../postgres.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import { float, type Point } from '../testing/test-ingress.ts';
import { admitReaders } from './reader-role.ts';
import { renewViews } from './view-renewal.ts';

setDefaultTimeout(60_000);

const log = createLogger('test');
const POINT: Point = {
  database: 'db',
  measurement: 'room',
  tags: { name: 'kitchen' },
  fields: { temperature: float(21.5) },
  timeNs: 1_767_225_600n * 10n ** 9n,
};

let stored: StoredPoints;
let reader: Database;

beforeAll(async () => {
  stored = await StoredPoints.start();
  await admitReaders(stored.database, log);
  await stored.write(POINT);
  await stored.database.unsafe(`CREATE ROLE ann LOGIN PASSWORD 'secret' IN ROLE ${READER_ROLE}`);
  reader = connectPostgres(urlAs('ann'), 'test', 1);
});
afterAll(async () => {
  await reader.end({ timeout: 1 });
  await stored.stop();
});

function urlAs(user: string, database = 'overseer'): string {
  const url = new URL(stored.server.url);
  url.username = user;
  url.password = user === 'ann' || user === 'humble' ? 'secret' : url.password;
  url.pathname = `/${database}`;
  return url.href;
}

const INSUFFICIENT_PRIVILEGE = '42501';

async function stateOf(database: Database, statement: string): Promise<string | undefined> {
  return database.unsafe(statement).then(
    () => 'done',
    (error: unknown) => sqlState(error),
  );
}

test('readers - read the views and the catalogue of them', async () => {
  const rows = await reader`SELECT tags, temperature FROM db.room`;
  expect([...rows]).toEqual([{ tags: { name: 'kitchen' }, temperature: 21.5 }]);
  const fields = await reader`SELECT * FROM overseer.field_columns`;
  expect([...fields]).toEqual([
    {
      ...{ database: 'db', measurement: 'room', field: 'temperature', type: 'float' },
      ...{ view: 'db.room', column: 'temperature' },
    },
  ]);
  const series = await reader`SELECT database, measurement, tags FROM overseer.series_tags`;
  expect([...series]).toEqual([{ database: 'db', measurement: 'room', tags: { name: 'kitchen' } }]);
  const views = await reader`SELECT database, measurement, view FROM overseer.measurement_views`;
  expect([...views]).toEqual([{ database: 'db', measurement: 'room', view: 'db.room' }]);
});

test('readers - are refused everything else', async () => {
  const table = stored.table(POINT).name;
  const refused = [
    `SELECT FROM ${table}`,
    'SELECT FROM overseer.series',
    'SELECT FROM overseer.installation',
    'SELECT FROM overseer.progress',
    `INSERT INTO ${table} (time, series) VALUES (now(), 1)`,
    'DELETE FROM overseer.series',
    'DELETE FROM overseer.series_tags',
    'UPDATE overseer.measurement_views SET database = NULL',
    'CREATE TABLE db.own (a int)',
    'CREATE TABLE overseer.own (a int)',
    'CREATE VIEW db.own AS SELECT 1',
    'DROP VIEW db.room',
    'DO $$ BEGIN LOCK TABLE db.room IN ACCESS EXCLUSIVE MODE; END $$',
    'CREATE ROLE another',
    `COPY db.room TO PROGRAM 'cat'`,
  ];
  const states: Record<string, string | undefined> = {};
  for (const statement of refused) states[statement] = await stateOf(reader, statement);
  // Of a view PostgreSQL says first that it can't be changed, of one that somebody else has that it is his.
  const views = new Set(['55000', INSUFFICIENT_PRIVILEGE]);
  expect(
    Object.entries(states).filter(([, state]) => state === undefined || !views.has(state)),
  ).toEqual([]);
});

test('readers - read what comes into being later, a database and a column too', async () => {
  await stored.write({ ...POINT, measurement: 'attic' });
  await stored.write({ ...POINT, database: 'Odd "name"' });
  await stored.write({ ...POINT, fields: { humidity: float(40) } });
  expect(await stateOf(reader, 'SELECT temperature FROM db.attic')).toBe('done');
  expect(await stateOf(reader, 'SELECT temperature FROM "Odd ""name""".room')).toBe('done');
  expect(await stateOf(reader, 'SELECT humidity FROM db.room')).toBe('done');
});

test('readers - are given again what was taken or never given', async () => {
  await stored.database
    .unsafe(
      `REVOKE USAGE ON SCHEMA db FROM ${READER_ROLE}; REVOKE SELECT ON db.room FROM ${READER_ROLE};
       REVOKE ALL ON SCHEMA overseer FROM ${READER_ROLE};
       ALTER DEFAULT PRIVILEGES IN SCHEMA db REVOKE SELECT ON TABLES FROM ${READER_ROLE}`,
    )
    .simple();
  expect(await stateOf(reader, 'SELECT FROM db.room')).toBe(INSUFFICIENT_PRIVILEGE);
  await Promise.all([admitReaders(stored.database, log), admitReaders(stored.database, log)]);
  await stored.write({ ...POINT, measurement: 'cellar' });
  expect(await stateOf(reader, 'SELECT FROM db.room')).toBe('done');
  expect(await stateOf(reader, 'SELECT FROM db.cellar')).toBe('done');
  expect(await stateOf(reader, 'SELECT FROM overseer.measurement_views')).toBe('done');
});

test('readers - a second database of the cluster shares the group', async () => {
  await stored.database`CREATE DATABASE second`;
  const second = connectPostgres(urlAs('overseer', 'second'), 'test', 1);
  try {
    await migrate(second);
    await admitReaders(second, log);
    const [row] = await second`
      SELECT has_table_privilege('ann', 'overseer.measurement_views', 'SELECT') AS may`;
    expect(row?.may).toBe(true);
  } finally {
    await second.end({ timeout: 1 });
  }
});

test('readers - a store that may not make roles goes on without, and gives the rights once there is one', async () => {
  await stored.database.unsafe(`CREATE ROLE humble LOGIN PASSWORD 'secret'`);
  await stored.database`CREATE DATABASE humble OWNER humble`;
  const humble = connectPostgres(urlAs('humble', 'humble'), 'test', 2);
  const renamed = `${READER_ROLE}_renamed`;
  try {
    await migrate(humble);
    await stored.database.unsafe(`ALTER ROLE ${READER_ROLE} RENAME TO ${renamed}`);
    const catalogue = new Catalogue(humble, log);
    const need = { ...POINT, fields: [{ name: 'v', type: 'float' as const }], ns: false };
    await admitReaders(humble, log);
    await catalogue.ensure([need]);
    expect(catalogue.has(need)).toBe(true);
    await stored.database.unsafe(`ALTER ROLE ${renamed} RENAME TO ${READER_ROLE}`);
    await admitReaders(humble, log);
    const [row] = await humble`SELECT has_table_privilege('ann', 'db.room', 'SELECT') AS may`;
    expect(row?.may).toBe(true);
  } finally {
    await humble.end({ timeout: 1 });
  }
});

const definitionOf = async (view: string) => {
  const [row] = await stored.database`SELECT pg_get_viewdef(${view}::regclass) AS query`;
  return String(row?.query);
};

test('view renewal - a view of an older release joins by measurement afterwards, unless it is being read', async () => {
  const { database } = stored;
  const old = (name: string) => `
    CREATE OR REPLACE VIEW db.${name} AS SELECT p.time, s.tags, p.f${fieldIdOf(name)} AS temperature
    FROM ${stored.table({ ...POINT, measurement: name }).name} p LEFT JOIN overseer.series s ON s.id = p.series`;
  await stored.write({ ...POINT, measurement: 'hall' }, { ...POINT, measurement: 'porch' });
  await database.unsafe(`${old('hall')}; ${old('porch')}`).simple();
  await database.begin(async (longReader) => {
    await longReader`SELECT FROM db.porch`;
    await renewViews(database, log);
  });
  expect(await definitionOf('db.hall')).toContain('measurement_id');
  expect(await definitionOf('db.porch')).not.toContain('measurement_id');
  await renewViews(database, log);
  expect(await definitionOf('db.porch')).toContain('measurement_id');
  expect(await stateOf(reader, 'SELECT tags FROM db.porch')).toBe('done');
});

function fieldIdOf(measurement: string): number | undefined {
  return stored.table({ ...POINT, measurement }).fields.get('temperature')?.id;
}
