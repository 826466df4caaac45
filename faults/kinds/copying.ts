import { waitUntil } from '@overseer/local/testing';
import type { Cluster } from '../cluster/cluster.ts';

/** So slow that the next COPY lasts seconds. */
const TRICKLE_BYTES_PER_SECOND = 16 * 1024;
const COPY_DEADLINE_MS = 30_000;

/** Slows the stores' links to PostgreSQL down until one is in the middle of a COPY. */
export async function whileCopying(
  cluster: Cluster,
  action: (backendProcessId: number) => Promise<void>,
): Promise<void> {
  const links = cluster.stores.map((store) => cluster.link(store, 'postgres'));
  try {
    for (const link of links) link.slow({ delayMs: 0, bytesPerSecond: TRICKLE_BYTES_PER_SECOND });
    await action(await cluster.withSql((sql) => findCopying(sql)));
  } finally {
    for (const link of links) link.heal();
  }
}

async function findCopying(sql: Parameters<Parameters<Cluster['withSql']>[0]>[0]): Promise<number> {
  return await waitUntil(
    async () => {
      const [backend] = await sql<{ pid: number }[]>`
        select pid from pg_stat_progress_copy where command = 'COPY FROM' and bytes_processed > 0`;
      return backend?.pid;
    },
    { what: 'a store to be in the middle of a COPY', deadlineMs: COPY_DEADLINE_MS },
  );
}
