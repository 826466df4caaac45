import type { Meter } from '@overseer/shared';
import type { Database } from '../postgres.ts';

/** Of time partitions. */
type State = 'hot' | 'unsealed' | 'sealed' | 'removing';

interface Levels {
  readonly partitions: Readonly<Record<State, number>>;
  readonly connections: number;
  readonly connectionsMax: number;
  readonly spilledBytes: number;
  readonly deadlocks: number;
}

/**
 * What PostgreSQL tells of itself and of the time partitions. It is asked now and then, not when the metrics are read: they must not wait
 * for it.
 */
export class PostgresLevels {
  #levels: Levels | undefined;

  constructor(meter: Meter) {
    meter.observedGauges(
      'time_partitions',
      'Time partitions of all measurements by state: hot (of the present and future), past and not yet sealed, sealed, being removed',
      'state',
      () => Object.entries(this.#levels?.partitions ?? {}),
    );
    meter.observedGauge(
      'postgres_sessions',
      'Sessions of PostgreSQL, those of other programs included',
      () => this.#levels?.connections,
    );
    meter.observedGauge(
      'postgres_sessions_max',
      'Limit of overseer_store_postgres_sessions',
      () => this.#levels?.connectionsMax,
    );
    meter.observedCounter(
      'postgres_spilled_bytes_total',
      'Bytes that PostgreSQL wrote to temporary files, such as those of sorts of an export, in this database',
      () => this.#levels?.spilledBytes ?? 0,
    );
    meter.observedCounter(
      'postgres_deadlocks_total',
      'Deadlocks in this database',
      () => this.#levels?.deadlocks ?? 0,
    );
  }

  /** Looks again. @throws what PostgreSQL throws; the levels stay what they were */
  async look(database: Database): Promise<void> {
    const nowS = Math.floor(Date.now() / 1000);
    const [row] = await database`
      SELECT hot::float8, unsealed::float8, sealed::float8, removing::float8,
        temp_bytes::float8, deadlocks::float8,
        (SELECT sum(numbackends) FROM pg_stat_database)::float8 AS sessions,
        current_setting('max_connections')::float8 AS sessions_max
      FROM (
        SELECT count(*) FILTER (WHERE NOT removing AND sealed_at IS NULL AND to_s > ${nowS}) AS hot,
          count(*) FILTER (WHERE NOT removing AND sealed_at IS NULL AND to_s <= ${nowS}) AS unsealed,
          count(*) FILTER (WHERE NOT removing AND sealed_at IS NOT NULL) AS sealed,
          count(*) FILTER (WHERE removing) AS removing
        FROM overseer.partitions
      ) partitions, pg_stat_database
      WHERE datname = current_database()`;
    if (!row) return;
    const { hot, unsealed, sealed, removing } = row;
    this.#levels = {
      partitions: { hot, unsealed, sealed, removing },
      connections: row.sessions,
      connectionsMax: row.sessions_max,
      spilledBytes: row.temp_bytes,
      deadlocks: row.deadlocks,
    };
  }
}
