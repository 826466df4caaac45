import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { MIGRATIONS_COUNT, MigrationError, migrate } from './migrations.ts';
import { connectPostgres, type Database } from './postgres.ts';

setDefaultTimeout(60_000);

const OLD = join(import.meta.dir, 'testing', 'fixtures', 'catalogue-2', 'database.sql');

let server: PostgresServer;
let database: Database;

beforeEach(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 2);
});
afterEach(async () => {
  await database.end({ timeout: 1 });
  await server.stop();
});

async function versions(): Promise<number[]> {
  const rows = await database`SELECT version FROM overseer.migrations ORDER BY version`;
  return rows.map(({ version }) => version);
}

/** Everything in the schema of the catalogue, columns included. */
async function structure(): Promise<string[]> {
  const rows = await database`
    SELECT concat_ws(' ', c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod)) AS line
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'overseer'::regnamespace ORDER BY 1`;
  return rows.map(({ line }) => line);
}

const all = Array.from({ length: MIGRATIONS_COUNT }, (_, i) => i + 1);

test('migrations - several processes that start at once migrate once', async () => {
  const others = Array.from({ length: 4 }, () => connectPostgres(server.url, 'test', 1));
  try {
    const reached = await Promise.all(others.map((other) => migrate(other)));
    expect(reached).toEqual(others.map(() => MIGRATIONS_COUNT));
    expect(await versions()).toEqual(all);
  } finally {
    await Promise.all(others.map((other) => other.end({ timeout: 1 })));
  }
});

test('migrations - an older catalogue becomes what a new one is', async () => {
  await database.unsafe(await Bun.file(OLD).text()).simple();
  expect(await versions()).toEqual([1, 2]);
  expect(await migrate(database)).toBe(MIGRATIONS_COUNT);
  expect(await versions()).toEqual(all);
  const upgraded = await structure();
  await database.unsafe('DROP SCHEMA overseer, points CASCADE');
  await migrate(database);
  expect(upgraded).toEqual(await structure());
});

test('migrations - one that fails in the middle leaves everything as it was', async () => {
  await database.unsafe(await Bun.file(OLD).text()).simple();
  // In the way of a table that a later one makes.
  await database`CREATE TABLE overseer.stores (obstacle int)`;
  const before = await structure();
  const failure = await migrate(database).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(String(failure)).toContain('already exists');
  expect(await versions()).toEqual([1, 2]);
  expect(await structure()).toEqual(before);
  await database`DROP TABLE overseer.stores`;
  expect(await migrate(database)).toBe(MIGRATIONS_COUNT);
});

test('migrations - a catalogue of a later release is left alone', async () => {
  await migrate(database);
  await database`INSERT INTO overseer.migrations (version) VALUES (${MIGRATIONS_COUNT + 1})`;
  const failure = await migrate(database).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(MigrationError);
  expect(String(failure)).toContain('start a later release');
});
