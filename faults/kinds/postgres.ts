import { waitUntil } from '@overseer/local/testing';
import postgres, { type Sql } from 'postgres';
import type { Cluster } from '../cluster/cluster.ts';
import type { Fault } from '../fault.ts';
import { whileCopying } from './copying.ts';

const HELD_MS_MIN = 500;
const HELD_MS_SPAN = 4000;
const HOLD_DEADLINE_MS = 20_000;

/**
 * Restarts PostgreSQL in the middle of a COPY.
 * @param how `fast` ends sessions and writes a checkpoint, `immediate` leaves all to the recovery.
 */
export function restartWhileCopying(how: 'fast' | 'immediate'): Fault {
  return {
    name: `restart-postgres-${how}`,
    strike: (cluster) =>
      cluster.hold(['postgres'], () =>
        whileCopying(cluster, () =>
          cluster.member('postgres').running.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT'),
        ),
      ),
  };
}

/** Stops the backend of a COPY: its store waits for it, holding its transaction. */
export const pauseBackend: Fault = {
  name: 'pause-backend',
  strike: (cluster, random) =>
    whileCopying(cluster, async (processId) => {
      process.kill(processId, 'SIGSTOP');
      try {
        await Bun.sleep(HELD_MS_MIN + random.below(HELD_MS_SPAN));
      } finally {
        process.kill(processId, 'SIGCONT');
      }
    }),
};

/** Kills the backend of a COPY: PostgreSQL takes all sessions down with it and recovers. */
export const killBackend: Fault = {
  name: 'kill-backend',
  strike: (cluster) =>
    whileCopying(cluster, async (processId) => {
      process.kill(processId, 'SIGKILL');
    }),
};

/** Takes every connection that PostgreSQL has, those of the stores too, and holds them. */
export const exhaustConnections: Fault = {
  name: 'exhaust-connections',
  async strike(cluster, random) {
    const held: Sql[] = [];
    try {
      const sql = await holdOne(cluster, held);
      if (!sql) throw new Error('PostgreSQL has no connection left before this fault took any');
      const max = Number((await sql`show max_connections`)[0]?.max_connections);
      await waitUntil(
        async () => {
          await sql`select pg_terminate_backend(pid) from pg_stat_activity
            where application_name like 'overseer-store%'`;
          while (await holdOne(cluster, held));
          return held.length >= max;
        },
        { what: 'every connection to be taken', deadlineMs: HOLD_DEADLINE_MS },
      );
      await Bun.sleep(HELD_MS_MIN + random.below(HELD_MS_SPAN));
    } finally {
      await Promise.all(held.map((sql) => sql.end({ timeout: 1 })));
    }
  },
};

/** @returns undefined when there is none left. */
async function holdOne(cluster: Cluster, held: Sql[]): Promise<Sql | undefined> {
  const { url } = cluster.member('postgres').running;
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => {} });
  try {
    await sql`select 1`;
  } catch (error) {
    await sql.end({ timeout: 1 });
    const isFull = error instanceof postgres.PostgresError && error.code === '53300';
    if (!isFull) throw error;
    return undefined;
  }
  held.push(sql);
  return sql;
}

/** Locks the positions, or a table with points and all its partitions, against everybody. */
export const lockTables: Fault = {
  name: 'lock-tables',
  async strike(cluster, random) {
    const heldMs = HELD_MS_MIN + random.below(HELD_MS_SPAN);
    const locksPoints = random.below(3) > 0;
    await cluster.withSql((sql) =>
      sql.begin(async (transaction) => {
        const tables = await transaction<{ name: string }[]>`
          select 'points.m' || id as name from overseer.measurements order by id`;
        const points = random.choice(tables.length > 0 ? [...tables] : [{ name: '' }]).name;
        const table = locksPoints && points ? points : 'overseer.progress';
        await transaction.unsafe(`lock table ${table} in access exclusive mode`);
        await Bun.sleep(heldMs);
      }),
    );
  },
};
