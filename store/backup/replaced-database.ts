import { UNFINISHED_RESTORE } from '../migrations.ts';
import { type Database, identifier, type Transaction } from '../postgres.ts';
import { RestoreError } from './restore-error.ts';

/** Any fixed number: the advisory lock under which one restore runs. */
const RESTORE_LOCK = 0x4f56_5348;
/** A transaction locks each table that it drops, and PostgreSQL has room for some thousands of locks. */
const TABLES_AT_ONCE = 200;

/**
 * Makes sure that nobody else uses the database, and that nothing of Overseer is in it that is not to be replaced.
 * @param locking holds the lock of restores until it ends
 * @throws RestoreError
 */
export async function checkDatabase(locking: Transaction, isReplacing: boolean): Promise<void> {
  const [lock] = await locking`SELECT pg_try_advisory_xact_lock(${RESTORE_LOCK}) AS is_taken`;
  if (!lock?.is_taken) throw new RestoreError('another restore is at work on this database');
  const stores = await locking`
    SELECT DISTINCT client_addr::text AS address FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'overseer-store%'`;
  if (stores.length > 0) {
    const addresses = stores.map(({ address }) => address ?? 'this machine').join(', ');
    throw new RestoreError(
      `a store is using this database (from ${addresses}): stop every store, then restore`,
    );
  }
  if (isReplacing) return;
  const [row] = await locking`
    SELECT count(*)::int AS schemas FROM pg_namespace WHERE nspname IN ('overseer', 'points')`;
  if (row?.schemas > 0) {
    throw new RestoreError(
      'Overseer has data in this database already: restore into an empty one, or replace what is there with --replace',
    );
  }
}

/** Drops everything that Overseer made, a few tables at a time; what was interrupted goes on from where it was. */
export async function removeEverything(database: Database): Promise<void> {
  const schemas = await schemasOf(database);
  await database
    .unsafe(
      `CREATE SCHEMA IF NOT EXISTS overseer;
       CREATE TABLE IF NOT EXISTS ${UNFINISHED_RESTORE} (begun_at timestamptz DEFAULT now())`,
    )
    .simple();
  for (const schema of schemas) {
    await database.unsafe(`DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE`);
  }
  for (;;) {
    const tables = await database`
      SELECT oid::regclass::text AS name FROM pg_class
      WHERE relnamespace = to_regnamespace('points') AND relkind IN ('r', 'p')
      ORDER BY relkind DESC LIMIT ${TABLES_AT_ONCE}`;
    if (tables.length === 0) break;
    const names = tables.map(({ name }) => name).join(', ');
    await database.unsafe(`DROP TABLE IF EXISTS ${names} CASCADE`);
  }
  await database
    .unsafe(`DROP SCHEMA IF EXISTS points CASCADE; DROP SCHEMA overseer CASCADE`)
    .simple();
}

/** Of databases: those with the views. */
async function schemasOf(database: Database): Promise<string[]> {
  const [found] = await database`SELECT to_regclass('overseer.databases') IS NOT NULL AS is_there`;
  if (!found?.is_there) return [];
  const rows = await database`SELECT schema_name FROM overseer.databases`;
  return rows.map(({ schema_name }) => String(schema_name));
}
