import type { ChangedEvent, Logger, Retention } from '@overseer/shared';
import { type Database, isLockTimeout } from '../postgres.ts';
import { LoneRounds } from './lone-rounds.ts';
import { type NamedPartition, readRemoving, removePartition } from './removal.ts';
import { type Expired, markExpired, markOldest } from './retention.ts';
import type { StorageRoom } from './storage-room.ts';
import type { TimePartitions } from './time-partitions.ts';

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
export class PartitionExpiry {
  readonly #parts: ExpiryParts;
  readonly #rounds: LoneRounds;
  #removed = 0;

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
    const { databaseUrl, log, onFatal } = parts;
    this.#rounds = new LoneRounds(
      {
        databaseUrl,
        log,
        onFatal,
        name: 'removal of old partitions',
        lock: LOCK,
        intervalMs: INTERVAL_MS,
        session: { lock_timeout: LOCK_WAIT_MS },
      },
      async (database, signal) => {
        this.#tell(await markExpired(database, parts.retention));
        await this.#removeMarked(database, signal);
        await this.#makeRoom(database, signal);
      },
    );
  }

  /** Partitions that this process has removed. */
  get removed(): number {
    return this.#removed;
  }

  start(): void {
    this.#rounds.start();
  }

  stop(): Promise<void> {
    return this.#rounds.stop();
  }

  /** One round now. */
  round(): Promise<void> {
    return this.#rounds.round();
  }

  async #makeRoom(database: Database, signal: AbortSignal): Promise<void> {
    const { givesUpOldest, room } = this.#parts;
    if (!givesUpOldest) return;
    for (let count = 0; count < GIVEN_UP_MAX && room.state !== 'ample'; count++) {
      const oldest = await markOldest(database);
      if (oldest.length === 0 || signal.aborted) return;
      this.#tell(oldest);
      await this.#removeMarked(database, signal);
      await room.measure();
    }
  }

  #tell(expired: readonly Expired[]): void {
    for (const { db, measurement, beforeS, partitions } of expired) {
      const before = new Date(beforeS * 1000);
      this.#parts.log.info({ database: db, measurement, partitions, before }, 'points expired');
      const endNs = BigInt(beforeS) * 1_000_000_000n;
      this.#parts.onChange({ db, measurement, endNs, dropped: false });
    }
  }

  async #removeMarked(database: Database, signal: AbortSignal): Promise<void> {
    const removing = await readRemoving(database);
    if (removing.length === 0) return;
    // From now on nobody here writes to them.
    await this.#parts.partitions.load();
    const busy = new Set<number>();
    for (const partition of removing) {
      if (signal.aborted) return;
      if (busy.has(partition.tableId)) continue;
      if (!(await this.#remove(database, partition))) busy.add(partition.tableId);
    }
    await this.#parts.partitions.load();
  }

  /** @returns false when somebody uses the table for long: it is finished in a later round */
  async #remove(database: Database, partition: NamedPartition): Promise<boolean> {
    try {
      await removePartition(database, partition);
      this.#removed++;
      return true;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      this.#parts.log.info(
        { partition: partition.name },
        'a long transaction holds up the removal of a partition, and nothing else',
      );
      return false;
    }
  }
}
