import type { Logger } from '@overseer/shared';
import {
  type Database,
  identifier,
  isLockTimeout,
  sqlState,
  type Transaction,
} from '../postgres.ts';

/** Partitions that go in one transaction: each is a few locks. */
const PARTITIONS_AT_ONCE = 8;
/** Nobody new comes to a table that is no more in the catalogue: who waits here waits for its last readers alone. */
const LOCK_WAIT_MS = 500;

/**
 * Removes tables, views and schemas of what was dropped. Those that somebody still reads are left for the next time.
 * @returns whether all are gone
 */
export async function removeTables(
  database: Database,
  log: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  let isDone = true;
  const tables = await database`
    SELECT measurement_id FROM overseer.dropped_tables WHERE NOT removed ORDER BY measurement_id`;
  for (const { measurement_id: id } of tables) {
    if (signal.aborted) return false;
    isDone = (await removeTable(database, id, signal)) && isDone;
  }
  const schemas = await database`
    SELECT d.id, d.schema_name FROM overseer.dropped d
    WHERE d.schema_name IS NOT NULL
      AND NOT EXISTS (SELECT FROM overseer.dropped_tables t WHERE t.dropped_id = d.id AND NOT t.removed)`;
  for (const { id, schema_name: schema } of schemas) {
    isDone = (await removeSchema(database, id, schema, log)) && isDone;
  }
  return isDone;
}

/** Its partitions first, also those that were taken off it and are no partitions any more. */
async function removeTable(database: Database, id: number, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    if (signal.aborted) return false;
    const partitions = await database`
      SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'points'::regnamespace AND relkind = 'r' AND relname LIKE ${`m${id}\\_%`}
      ORDER BY relname LIMIT ${PARTITIONS_AT_ONCE}`;
    if (partitions.length === 0) break;
    const names = partitions.map(({ name }) => `points.${identifier(name)}`);
    const isGone = await unlessLocked(database, async (transaction) => {
      await transaction.unsafe(`DROP TABLE IF EXISTS ${names.join(', ')}`);
    });
    if (!isGone) return false;
  }
  return unlessLocked(database, async (transaction) => {
    // With its view, and what others built on that.
    await transaction.unsafe(`DROP TABLE IF EXISTS points.m${id} CASCADE`);
    await transaction`
      UPDATE overseer.dropped_tables SET removed = true WHERE measurement_id = ${id}`;
  });
}

/** What others put into it stays, and it with that. */
async function removeSchema(
  database: Database,
  id: bigint,
  schema: string,
  log: Logger,
): Promise<boolean> {
  return unlessLocked(database, async (transaction) => {
    try {
      await transaction.savepoint((savepoint) =>
        savepoint.unsafe(`DROP SCHEMA IF EXISTS ${identifier(schema)}`),
      );
    } catch (error) {
      if (isLockTimeout(error) || !isDependedOn(error)) throw error;
      log.warn(
        { schema, err: error },
        'the schema of a dropped database holds what Overseer did not make; it was renamed and left',
      );
    }
    await transaction`UPDATE overseer.dropped SET schema_name = NULL WHERE id = ${id}`;
  });
}

const DEPENDENT_OBJECTS = '2BP01';

const isDependedOn = (error: unknown) => sqlState(error) === DEPENDENT_OBJECTS;

/** @returns false when somebody held a lock for too long */
async function unlessLocked(
  database: Database,
  action: (transaction: Transaction) => Promise<void>,
): Promise<boolean> {
  try {
    await database.begin(async (transaction) => {
      await transaction.unsafe(`SET LOCAL lock_timeout = ${LOCK_WAIT_MS}`);
      await action(transaction);
    });
    return true;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    return false;
  }
}
