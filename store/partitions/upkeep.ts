import type { ChangedEvent, Logger, Retentions } from '@overseer/shared';
import type { Table } from '../catalogue.ts';
import { observeUpkeep } from '../metrics/upkeep-metrics.ts';
import type { StoreMetrics } from '../metrics.ts';
import { isPassing } from '../outages.ts';
import type { Database } from '../postgres.ts';
import { PartitionExpiry } from './expiry.ts';
import { RetentionRules } from './retention.ts';
import { PartitionSealing } from './sealing.ts';
import { StorageRoom } from './storage-room.ts';
import { TimePartitions } from './time-partitions.ts';

const MAKE_AHEAD_INTERVAL_MS = 15_000;

export interface PartitionSettings {
  readonly databaseUrl: string;
  readonly partitionWidthMs: number;
  /** 0: for ever. */
  readonly retentionMs: number;
  /** 0: no limit. */
  readonly databaseBytesMax: number;
  readonly databaseFolder: string | undefined;
  readonly databaseFreeBytesMin: number;
  readonly whenFull: 'wait' | 'drop-oldest';
}

export interface UpkeepParts {
  readonly database: Database;
  readonly settings: PartitionSettings;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  /** What there may be rows for. */
  readonly tables: () => Iterable<Table>;
  /** Told again and again how long points are kept. */
  readonly onRetentions: (retentions: Retentions) => Promise<void>;
  /** Told what is gone. */
  readonly onChange: (event: ChangedEvent) => void;
  readonly onFatal: (error: unknown) => void;
}

/** Time partitions with all that keeps them in order: made ahead, sealed, removed in time, and watched for the room that they take. */
export class PartitionUpkeep {
  readonly partitions: TimePartitions;
  readonly room: StorageRoom;
  readonly retention: RetentionRules;
  readonly #parts: UpkeepParts;
  readonly #expiry: PartitionExpiry;
  readonly #sealing: PartitionSealing;
  #ahead: ReturnType<typeof setInterval> | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    const { database, log, onChange, onFatal, settings } = parts;
    const { databaseUrl, databaseBytesMax } = settings;
    this.retention = new RetentionRules(settings.retentionMs);
    this.partitions = new TimePartitions(database, log, settings.partitionWidthMs, this.retention);
    const limits = {
      bytesMax: databaseBytesMax === 0 ? Number.POSITIVE_INFINITY : databaseBytesMax,
      folder: settings.databaseFolder,
      freeBytesMin: settings.databaseFreeBytesMin,
    };
    this.room = new StorageRoom(database, limits, log);
    const { partitions, room } = this;
    this.#sealing = new PartitionSealing({ databaseUrl, room, log, onFatal });
    this.#expiry = new PartitionExpiry({
      databaseUrl,
      partitions,
      room,
      log,
      onChange,
      onFatal,
      retention: this.retention.default,
      givesUpOldest: settings.whenFull === 'drop-oldest',
    });
  }

  /** Partitions must have been loaded. */
  async start(): Promise<void> {
    observeUpkeep(this.#parts.metrics.meter, this.#parts.settings, {
      partitions: this.partitions,
      room: this.room,
      sealing: this.#sealing,
      expiry: this.#expiry,
    });
    await this.room.start();
    this.#expiry.start();
    this.#sealing.start();
    await this.#lookAhead();
    this.#ahead = setInterval(() => void this.#lookAhead(), MAKE_AHEAD_INTERVAL_MS);
  }

  /** Breaks off what is under way; another store or the next start takes it up. */
  async stop(): Promise<void> {
    clearInterval(this.#ahead);
    this.room.stop();
    await Promise.all([this.#expiry.stop(), this.#sealing.stop()]);
  }

  async #lookAhead(): Promise<void> {
    const { database, metrics, onRetentions, tables } = this.#parts;
    try {
      // Another store may have been told of it.
      await this.retention.load(database);
      await onRetentions(this.retention.longest);
      await this.partitions.makeAhead(tables());
      await metrics.postgres.look(database);
    } catch (error) {
      if (!isPassing(error)) this.#parts.onFatal(error);
      else this.#parts.log.warn({ err: error }, 'partitions not looked after; trying again');
    }
  }
}
