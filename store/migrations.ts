import catalogue from './migrations/001-catalogue.sql' with { type: 'text' };
import queries from './migrations/002-queries.sql' with { type: 'text' };
import deletion from './migrations/003-deletion.sql' with { type: 'text' };
import partitions from './migrations/004-partitions.sql' with { type: 'text' };
import ownership from './migrations/005-ownership.sql' with { type: 'text' };
import type { Database } from './postgres.ts';

/** In order, each applied once; one that was released is never changed. */
const MIGRATIONS: readonly string[] = [catalogue, queries, deletion, partitions, ownership];

/** Any fixed number: the advisory lock under which one process migrates. */
const MIGRATION_LOCK = 0x4f56_5345;

/** The database was migrated by a later release than this one. */
export class MigrationError extends Error {
  override name = 'MigrationError';
}

/** Brings the catalogue to this release's version; several processes may do it at once. @throws MigrationError */
export async function migrate(database: Database): Promise<number> {
  return database.begin(async (transaction) => {
    await transaction`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    await transaction`CREATE SCHEMA IF NOT EXISTS overseer`;
    await transaction`
      CREATE TABLE IF NOT EXISTS overseer.migrations (
        version int PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`;
    const [row] = await transaction`
      SELECT coalesce(max(version), 0) AS version FROM overseer.migrations`;
    const version = Number(row?.version);
    if (version > MIGRATIONS.length) {
      throw new MigrationError(
        `the database has version ${version}, this release knows ${MIGRATIONS.length}: start a later release`,
      );
    }
    for (const [index, sql] of MIGRATIONS.entries()) {
      if (index < version) continue;
      await transaction.unsafe(sql).simple();
      await transaction`INSERT INTO overseer.migrations (version) VALUES (${index + 1})`;
    }
    return MIGRATIONS.length;
  });
}
