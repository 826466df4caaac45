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
    processes: pipeline.processes,
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
