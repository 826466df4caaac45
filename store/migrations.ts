import catalogue from './migrations/001-catalogue.sql' with { type: 'text' };
import queries from './migrations/002-queries.sql' with { type: 'text' };
import deletion from './migrations/003-deletion.sql' with { type: 'text' };
import partitions from './migrations/004-partitions.sql' with { type: 'text' };
import ownership from './migrations/005-ownership.sql' with { type: 'text' };
import parking from './migrations/006-parking.sql' with { type: 'text' };
import writes from './migrations/007-writes.sql' with { type: 'text' };
import readers from './migrations/008-readers.sql' with { type: 'text' };
import type { Database, Transaction } from './postgres.ts';

/** In order, each applied once; one that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  catalogue,
  queries,
  deletion,
  partitions,
  ownership,
  parking,
  writes,
  readers,
];

/** Version of the catalogue that this release works with. */
export const MIGRATIONS_COUNT = MIGRATIONS.length;

/** A table that is there while a backup is being restored: what the database has until then is not whole. */
export const UNFINISHED_RESTORE = 'overseer.unfinished_restore';

/** Any fixed number: the advisory lock under which one process migrates. */
const MIGRATION_LOCK = 0x4f56_5345;

/** The database was migrated by a later release than this one, or a restore into it was not finished. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

export interface MigrateOptions {
  /** Version to stop at; that of this release, if it is not given. */
  readonly version?: number;
  /** Called by a restore, for a database that nobody else uses. */
  readonly isRestoring?: boolean;
}

/**
 * Brings the catalogue to this release's version, all at once or not at all; several processes may do it at once.
 * @returns the version that it has now
 * @throws MigrationError
 */
export async function migrate(
  database: Database,
  { version: wanted = MIGRATIONS_COUNT, isRestoring = false }: MigrateOptions = {},
): Promise<number> {
  return database.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    if (!isRestoring) await checkRestored(transaction);
    await transaction`CREATE SCHEMA IF NOT EXISTS overseer`;
    await transaction`
      CREATE TABLE IF NOT EXISTS overseer.migrations (
        version int PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`;
    const [row] = await transaction`
      SELECT coalesce(max(version), 0) AS version FROM overseer.migrations`;
    const version = Number(row?.version);
    if (version > MIGRATIONS_COUNT) {
      throw new MigrationError(
        `the database has version ${version}, this release knows ${MIGRATIONS_COUNT}: start a later release`,
      );
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < version || index >= wanted) continue;
      await transaction.unsafe(sql).simple();
      await transaction`INSERT INTO overseer.migrations (version) VALUES (${index + 1})`;
    }
    return Math.max(version, wanted);
  });
}

async function checkRestored(transaction: Transaction): Promise<void> {
  const [row] = await transaction`
    SELECT to_regclass(${UNFINISHED_RESTORE}) IS NOT NULL AS is_unfinished`;
  if (!row?.is_unfinished) return;
  throw new MigrationError(
    'a backup is being restored into the database, or its restore was interrupted: wait for its end, ' +
      'or repeat it with "overseer restore --replace"',
  );
}
