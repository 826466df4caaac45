import { startPipeline } from '../pipeline.ts';
import type { WriteServer } from './write-server.ts';

/** A run takes seconds; one that takes this long has stalled. */
const COMMIT_DEADLINE_MS = 5 * 60_000;

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
    async diskBytes() {
      await pipeline.sql.unsafe('vacuum analyze');
      const [row] = await pipeline.sql<{ bytes: number }[]>`
        select pg_database_size(current_database())::float8 as bytes`;
      return row?.bytes ?? 0;
    },
    async countLines(database, measurement) {
      const { sql } = pipeline;
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
