import { waitUntil } from '@overseer/local/testing';
import { type Pipeline, startPipeline } from '../pipeline.ts';
import type { WriteServer } from './write-server.ts';

/** A run takes seconds; one that takes this long has stalled. */
const COMMIT_DEADLINE_MS = 5 * 60_000;
/** A partition is sealed when it has been quiet for some minutes. */
const SETTLE_DEADLINE_MS = 20 * 60_000;
/** Partitions that begin within the last day may be those of now. */
const SEALED_AGE_SECONDS = 86_400;

/**
 * Ingress, NATS, store and PostgreSQL: until the rows are committed.
 * @param settings of the services, where they are not the usual ones
 */
export async function startOverseer(
  name = 'overseer',
  settings: Readonly<Record<string, string>> = {},
): Promise<WriteServer> {
  const pipeline = await startPipeline(settings);
  const linesByDatabase = new Map<string, number>();
  return {
    name,
    version: pipeline.versions,
    promise: 'in the stream, synced to the disk; rows in PostgreSQL soon after',
    get processes() {
      return pipeline.processes;
    },
    share: 1,
    writeUrl: (database) => `${pipeline.ingressUrl}/write?db=${encodeURIComponent(database)}`,
    createDatabase: (database) => createDatabase(pipeline.ingressUrl, database),
    isStoredLater: true,
    stored(database, lines) {
      const expected = (linesByDatabase.get(database) ?? 0) + lines;
      linesByDatabase.set(database, expected);
      return pipeline.commits.reach(database, expected, COMMIT_DEADLINE_MS);
    },
    resume: async () => {
      await pipeline.sql.unsafe('checkpoint');
    },
    async settle() {
      await waitUntil(async () => (await countUnsealed(pipeline)) === 0, {
        what: 'partitions to be sealed',
        deadlineMs: SETTLE_DEADLINE_MS,
      });
    },
    async diskBytes() {
      await pipeline.sql.unsafe('vacuum analyze');
      const [row] = await pipeline.sql<{ bytes: number }[]>`
        select pg_database_size(current_database())::float8 as bytes`;
      return row?.bytes ?? 0;
    },
    async countLines(database, measurement) {
      const { sql } = pipeline;
      const view = `${escapeIdentifier(database)}.${escapeIdentifier(measurement)}`;
      const [found] = await sql`select to_regclass(${view}) is not null as exists`;
      // It is made with the first line of the measurement.
      if (!found?.exists) return 0;
      const [row] = await sql<{ lines: number }[]>`
        select count(*)::float8 as lines from ${sql(database)}.${sql(measurement)}`;
      return row?.lines ?? 0;
    },
    async crash() {
      await Promise.all(pipeline.running.map((process) => process.kill('SIGKILL')));
    },
    async restart() {
      const [nats, postgres, store, ingress] = pipeline.running;
      await Promise.all([nats?.restart(), postgres?.restart()]);
      await Promise.all([store?.restart(), ingress?.restart()]);
    },
    // Its parts would take each other for dead. It is idle when all rows are committed.
    pause: async () => {},
    [Symbol.asyncDispose]: () => pipeline[Symbol.asyncDispose](),
  };
}

const escapeIdentifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Partitions of the past that have not got their index yet. */
async function countUnsealed({ sql }: Pipeline): Promise<number> {
  const [row] = await sql<{ open: number }[]>`
    select count(*)::int as open from overseer.partitions
    where sealed_at is null and from_s < extract(epoch from now()) - ${SEALED_AGE_SECONDS}`;
  return row?.open ?? 0;
}

/** As InfluxDB 1.x has it, and whoever speaks its dialect. */
export async function createDatabase(url: string, database: string): Promise<void> {
  const response = await fetch(`${url}/query`, {
    method: 'POST',
    body: new URLSearchParams({ q: `CREATE DATABASE "${database}"` }),
  });
  const text = await response.text();
  if (!response.ok || text.includes('"error"'))
    throw new Error(`CREATE DATABASE was answered ${response.status}: ${text.slice(0, 300)}`);
}
