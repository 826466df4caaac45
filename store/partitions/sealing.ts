import type { Logger } from '@overseer/shared';
import type { Database } from '../postgres.ts';

/** A partition whose time has been over for so long is sealed, */
const PAST_MIN_S = 600;
/** once nothing has come for so long: it may be history that is being written. */
const QUIET_MIN_MS = 180_000;
/** Looked at in one round; the newest first, because they are asked for most. */
const LOOKED_AT_MAX = 1000;

/** A partition that is to be sealed. */
export interface Unsealed {
  readonly name: string;
  readonly hasNs: boolean;
  readonly bytes: number;
}

interface Seen {
  readonly bytes: number;
  readonly atMs: number;
}

/** Finds partitions of the past that nobody writes to any more: by their size, which costs writers nothing. */
export class QuietPartitions {
  readonly #quietMinMs: number;
  #seen = new Map<string, Seen>();

  constructor(quietMinMs = QUIET_MIN_MS) {
    this.#quietMinMs = quietMinMs;
  }

  /** Those whose size has been the same in every look for long enough. */
  async find(database: Database): Promise<Unsealed[]> {
    const pastS = Math.floor(Date.now() / 1000) - PAST_MIN_S;
    const rows = await database`
      SELECT p.name, m.has_ns,
        coalesce(pg_relation_size(to_regclass('points.' || p.name)), 0)::float8 AS bytes
      FROM overseer.partitions p JOIN overseer.measurements m ON m.id = p.measurement_id
      WHERE p.sealed_at IS NULL AND NOT p.removing AND p.to_s <= ${pastS}
      ORDER BY p.to_s DESC LIMIT ${LOOKED_AT_MAX}`;
    const nowMs = Date.now();
    const seen = new Map<string, Seen>();
    const quiet: Unsealed[] = [];
    for (const { name, has_ns: hasNs, bytes } of rows) {
      const before = this.#seen.get(name);
      const since = before && before.bytes === bytes ? before : { bytes, atMs: nowMs };
      seen.set(name, since);
      if (nowMs - since.atMs >= this.#quietMinMs) quiet.push({ name, hasNs, bytes });
    }
    this.#seen = seen;
    return quiet;
  }
}

/**
 * Gives a partition its index by series and time, and what queries gain from: statistics, and pages known to be visible to all. Writers
 * are never held up: rows that are late go on coming, and into the index. Can be interrupted anywhere and called again.
 *
 * @param database not in a transaction; its sessions say how much memory an index may take (maintenance_work_mem), and wait for locks as
 *                 long as it takes, because what waits here holds up nobody
 */
export async function sealPartition(
  database: Database,
  { name, hasNs }: Unsealed,
  log: Logger,
): Promise<void> {
  const index = `${name}_series_time`;
  const [existing] = await database`
    SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(${`points.${index}`})`;
  if (existing && !existing.valid) {
    log.info({ partition: name }, 'building an index again that was interrupted');
    await database.unsafe(`DROP INDEX CONCURRENTLY IF EXISTS points.${index}`);
  }
  const columns = hasNs ? 'series, time, ns' : 'series, time';
  await database.unsafe(
    `CREATE INDEX CONCURRENTLY IF NOT EXISTS ${index} ON points.${name} (${columns})`,
  );
  // What was turned off while it was filled: late rows are vacuumed and analyzed by the defaults.
  await database.unsafe(
    `ALTER TABLE points.${name} RESET (autovacuum_vacuum_insert_threshold, autovacuum_analyze_scale_factor)`,
  );
  await database.unsafe(`VACUUM (FREEZE, ANALYZE) points.${name}`);
  await database`UPDATE overseer.partitions SET sealed_at = now() WHERE name = ${name}`;
}
