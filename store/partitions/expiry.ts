import type { ChangedEvent, Logger, Retention } from '@overseer/shared';
import { type Database, isLockTimeout, sqlState } from '../postgres.ts';
import { LoneRounds } from './lone-rounds.ts';
import { type NamedPartition, readRemoving, removePartition } from './removal.ts';
import { type Expired, markExpired, markOldest } from './retention.ts';
import type { StorageRoom } from './storage-room.ts';
import type { TimePartitions } from './time-partitions.ts';
import { NS_PER_S } from './time-range.ts';

const INTERVAL_MS = 15_000;
const LOCK = 0x4f56_5058;
/** Whoever uses a table for longer is waited for in the next round. */
const LOCK_WAIT_MS = 2000;
/** Partitions given up in one round for want of room. */
const GIVEN_UP_MAX = 16;

export interface ExpiryParts {
  readonly databaseUrl: string;
  readonly partitions: TimePartitions;
  readonly room: StorageRoom;
  /** Of databases that have none of their own. */
  readonly retention: Retention;
  /** Whether the oldest partitions go when there is little room. */
  readonly givesUpOldest: boolean;
  /** Told what is gone. */
  readonly onChange: (event: ChangedEvent) => void;
  readonly log: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** Removes partitions that are no longer kept: those of the past, and, where that is wanted, the oldest when there is little room. */
export class PartitionExpiry extends LoneRounds {
  readonly #parts: ExpiryParts;
  readonly #counts = { removed: 0, givenUp: 0, busy: 0, failed: 0 };

  constructor(parts: ExpiryParts) {
    const { databaseUrl, log, onFatal } = parts;
    super({
      databaseUrl,
      log,
      onFatal,
      name: 'removal of old partitions',
      lock: LOCK,
      intervalMs: INTERVAL_MS,
      session: { lock_timeout: LOCK_WAIT_MS },
    });
    this.#parts = parts;
  }

  /**
   * Partitions that this process has removed; marked to be, for want of room; and how often one could not be removed, because a long
   * transaction used its table, or for another reason.
   */
  get counts(): Readonly<{ removed: number; givenUp: number; busy: number; failed: number }> {
    return this.#counts;
  }

  protected async act(database: Database, signal: AbortSignal): Promise<void> {
    const { log, retention, givesUpOldest } = this.#parts;
    const expired = await markExpired(database, retention);
    for (const of of expired) log.info(wordsOf(of), 'points expired');
    const isGone = await this.#removeAndTell(expired, database, signal);
    if (isGone && givesUpOldest) await this.#makeRoom(database, signal);
  }

  /** Gives up the oldest partition, looks again, and so on; none while one is still there that is to go. */
  async #makeRoom(database: Database, signal: AbortSignal): Promise<void> {
    const { log, room } = this.#parts;
    for (let count = 0; count < GIVEN_UP_MAX; count++) {
      if (signal.aborted || room.state === 'ample') return;
      const oldest = await markOldest(database);
      if (oldest.length === 0) return;
      for (const of of oldest) {
        log.warn(wordsOf(of), 'the oldest points are given up: there is little room');
        this.#counts.givenUp += of.partitions;
      }
      if (!(await this.#removeAndTell(oldest, database, signal))) return;
      await room.measure();
    }
  }

  /** @returns false when some are still there */
  async #removeAndTell(
    expired: readonly Expired[],
    database: Database,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      return await this.#removeMarked(database, signal);
    } finally {
      // Not before: whoever hears of it asks again.
      for (const { db, measurement, beforeS } of expired) {
        const endNs = BigInt(beforeS) * NS_PER_S;
        this.#parts.onChange({ db, measurement, endNs, dropped: false });
      }
    }
  }

  /** @returns false when some are still there */
  async #removeMarked(database: Database, signal: AbortSignal): Promise<boolean> {
    const removing = await readRemoving(database);
    if (removing.length === 0) return true;
    // From now on nobody here writes to them.
    await this.#parts.partitions.load();
    const busy = new Set<number>();
    let gone = 0;
    for (const partition of removing) {
      if (signal.aborted) return false;
      if (busy.has(partition.tableId)) continue;
      const outcome = await this.#remove(database, partition);
      if (outcome === 'gone') gone++;
      else if (outcome === 'busy') busy.add(partition.tableId);
    }
    await this.#parts.partitions.load();
    return gone === removing.length;
  }

  /** What is not removed now is in a later round. */
  async #remove(
    database: Database,
    partition: NamedPartition,
  ): Promise<'gone' | 'busy' | 'failed'> {
    const { log } = this.#parts;
    const { name } = partition;
    try {
      await removePartition(database, partition);
      this.#counts.removed++;
      return 'gone';
    } catch (error) {
      // One must not keep the others.
      if (sqlState(error) === undefined) throw error;
      if (isLockTimeout(error)) {
        log.info({ name }, 'a long transaction holds up the removal of a partition, nothing else');
        this.#counts.busy++;
        return 'busy';
      }
      log.warn({ name, err: error }, 'a partition could not be removed; trying again');
      this.#counts.failed++;
      return 'failed';
    }
  }
}

const wordsOf = ({ db, measurement, beforeS, partitions }: Expired) => ({
  database: db,
  measurement,
  partitions,
  before: new Date(beforeS * 1000),
});
