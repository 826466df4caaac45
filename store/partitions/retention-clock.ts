import type { Database } from '../postgres.ts';

/**
 * The time by which points are too old: the least of this process's clock, PostgreSQL's, and the newest point that was ever stored. What
 * expires can't be had back, so a clock that is ahead must not be enough: as much as is kept, back from the newest point, always stays.
 * The price: where nobody writes any more, nothing expires any more.
 * @returns milliseconds since 1970
 */
export async function readRetentionNowMs(database: Database): Promise<number> {
  const [row] = await database`
    SELECT extract(epoch FROM now())::float8 * 1e3 AS server_ms, max(time_max_ns)::float8 / 1e6 AS newest_ms
    FROM overseer.newest`;
  return Math.min(Date.now(), row?.server_ms, row?.newest_ms ?? Number.POSITIVE_INFINITY);
}
