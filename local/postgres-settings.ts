/** The embedded server's settings. One that a measurement made says so beside it. */

export type PostgresSettings = Readonly<Record<string, string>>;

/** Written into postgresql.conf at every start. What `ALTER SYSTEM` sets goes before it. */
export const defaultPostgresSettings: PostgresSettings = {
  max_connections: '60',
  // For the store, who is a superuser here: logins that read share the others, and can't keep it out.
  superuser_reserved_connections: '35',
  shared_buffers: '256MB',
  // What reads a measurement of a thousand time partitions without bounds locks each of them, and their indexes.
  max_locks_per_transaction: '256',
  // Fewer checkpoints: each makes the first change of every page write the whole page to the WAL.
  max_wal_size: '4GB',
  min_wal_size: '1GB',
  checkpoint_timeout: '15min',
  // The embedded build has neither lz4 nor zstd.
  wal_compression: 'pglz',
  // Partitions only ever gain rows until they are sealed: vacuum for inserts seldom, and not a page twice.
  autovacuum_vacuum_insert_scale_factor: '0.5',
  // The catalogue's busiest rows (positions, newest times) are updated many times a second.
  autovacuum_naptime: '20s',
  // Just-in-time compilation costs more than it saves on queries that take milliseconds.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * For tests: as the default, but nothing waits for the disk. A killed process loses nothing by that, a power
 * failure would. `full_page_writes` stays on: a page written while its writer is killed can be torn.
 */
export const testPostgresSettings: PostgresSettings = {
  ...defaultPostgresSettings,
  fsync: 'off',
  shared_buffers: '64MB',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
};

/** The text of a postgresql.conf. */
export function formatPostgresSettings(settings: PostgresSettings): string {
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  return `# Written at every start. Settings of your own: ALTER SYSTEM SET … wins over these.\n${lines.join('\n')}\n`;
}
