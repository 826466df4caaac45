import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@overseer/shared';
import { type Database, isTableMissing } from '../postgres.ts';
import { seriesIndex, seriesIndexName } from './attach.ts';
import { LoneRounds } from './lone-rounds.ts';
import type { StorageRoom } from './storage-room.ts';

const INTERVAL_MS = 15_000;
const LOCK = 0x4f56_5053;
/** For building an index, in KiB; beyond it PostgreSQL sorts on disk. */
const INDEX_MEMORY_KIB = 64 * 1024;
/** After each, as a part of the time that it took: half a core is left to who writes. */
const PAUSE_SHARE = 1;

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

export interface SealingParts {
  readonly databaseUrl: string;
  readonly room: StorageRoom;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
  readonly quiet?: QuietPartitions;
}

/** Seals partitions of the past, one after the other and not without a pause. */
export class PartitionSealing extends LoneRounds {
  readonly #parts: SealingParts;
  readonly #quiet: QuietPartitions;
  readonly #work = { partitions: 0, bytes: 0, seconds: 0 };

  constructor(parts: SealingParts) {
    const { databaseUrl, log, onFatal } = parts;
    super({
      databaseUrl,
      log,
      onFatal,
      name: 'sealing of partitions',
      lock: LOCK,
      intervalMs: INTERVAL_MS,
      session: {
        maintenance_work_mem: INDEX_MEMORY_KIB,
        // One core is enough to take from the others.
        max_parallel_maintenance_workers: 0,
      },
    });
    this.#parts = parts;
    this.#quiet = parts.quiet ?? new QuietPartitions();
  }

  /** Partitions that this process has sealed, their rows' bytes, and the time it took. */
  get work(): Readonly<{ partitions: number; bytes: number; seconds: number }> {
    return this.#work;
  }

  protected async act(database: Database, signal: AbortSignal): Promise<void> {
    const { room } = this.#parts;
    for (const partition of await this.#quiet.find(database)) {
      if (signal.aborted) return;
      // The index, and the files to sort it, take up to as much as the rows, if those are narrow.
      if (!room.fits(partition.bytes)) continue;
      const startedAt = performance.now();
      try {
        await sealPartition(database, partition, this.#parts.log, signal);
        this.#work.partitions++;
        this.#work.bytes += partition.bytes;
        this.#work.seconds += (performance.now() - startedAt) / 1000;
      } catch (error) {
        // It was removed meanwhile.
        if (!isTableMissing(error)) throw error;
      }
      await room.measure();
      await pause((performance.now() - startedAt) * PAUSE_SHARE, undefined, { signal });
    }
  }
}

/**
 * Gives a partition its index by series and time, and what queries gain from: statistics, and pages known to be visible to all. Writers
 * are never held up: rows that are late go on coming, and into the index. Can be interrupted anywhere and called again.
 *
 * @param database not in a transaction; its sessions wait for locks as long as it takes, because what waits here holds up nobody
 * @param signal   breaks it off
 */
export async function sealPartition(
  database: Database,
  { name, hasNs }: Unsealed,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const run = async (statement: string) => {
    signal.throwIfAborted();
    const pending = database.unsafe(statement);
    const cancel = () => pending.cancel();
    signal.addEventListener('abort', cancel);
    try {
      await pending;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
  const index = seriesIndexName(name);
  const [existing] = await database`
    SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(${`points.${index}`})`;
  if (existing && !existing.valid) {
    log.info({ partition: name }, 'building an index again that was interrupted');
    await run(`DROP INDEX CONCURRENTLY IF EXISTS points.${index}`);
  }
  await run(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${seriesIndex(name, hasNs)}`);
  // What was turned off while it was filled: late rows are vacuumed and analyzed by the defaults.
  await run(
    `ALTER TABLE points.${name} RESET (autovacuum_vacuum_insert_threshold, autovacuum_analyze_scale_factor)`,
  );
  await run(`VACUUM (FREEZE, ANALYZE) points.${name}`);
  await database`UPDATE overseer.partitions SET sealed_at = now() WHERE name = ${name}`;
}
