import { defaultPostgresSettings } from '@overseer/local/postgres-settings';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import type { Sql } from 'postgres';

/**
 * Starts an empty PostgreSQL with the settings that users get, durable. The one for tests doesn't
 * wait for the disk, so its figures would be of another database.
 */
export function startDurablePostgres(): Promise<PostgresServer> {
  return startPostgres({ ...defaultPostgresSettings, fsync: 'on' });
}

/** Version of the server, such as `18.1`. */
export async function postgresVersion(sql: Sql): Promise<string> {
  const [row] = await sql<{ server_version: string }[]>`show server_version`;
  return row?.server_version.split(' ')[0] ?? 'unknown';
}
