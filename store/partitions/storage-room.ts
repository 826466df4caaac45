import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { type Logger, SettingError } from '@overseer/shared';
import { type Database, isOutage } from '../postgres.ts';

const INTERVAL_MS = 10_000;
/** At full speed 100 MB come in a second, and the WAL besides. */
const INTERVAL_NARROW_MS = 1000;
/** The first mark: time to do something. */
const NARROW_SHARE = 0.9;
const NARROW_FREE_FACTOR = 2;
/** Storing goes on when so much is free again, so that it does not stop and go with every row. */
const AGAIN_SHARE = 0.98;
const AGAIN_FREE_FACTOR = 1.25;

export interface RoomLimits {
  /** What the database may have; Infinity: no limit. */
  readonly bytesMax: number;
  /** Where PostgreSQL's disk can be asked for its free space; undefined: it can't. */
  readonly folder: string | undefined;
  readonly freeBytesMin: number;
}

/** `narrow`: less than one would like, `full`: nothing more may be stored. */
export type RoomState = 'ample' | 'narrow' | 'full';

/** @throws SettingError for a folder that is not there */
export function checkDatabaseFolder(folder: string | undefined): void {
  if (folder === undefined || statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new SettingError(
    `DATABASE_FOLDER is "${folder}"; valid is the path of a folder on the disk of PostgreSQL, or nothing when that is elsewhere`,
  );
}

/** Watches how much room PostgreSQL has, and holds up whoever stores before there is none: it would stop everything, itself included. */
export class StorageRoom {
  readonly #database: Database;
  readonly #limits: RoomLimits;
  readonly #log: Logger;
  #state: RoomState = 'ample';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #waiting = Promise.withResolvers<void>();
  #bytes = 0;
  #freeBytes = Number.POSITIVE_INFINITY;

  constructor(database: Database, limits: RoomLimits, log: Logger) {
    this.#database = database;
    this.#limits = limits;
    this.#log = log;
  }

  get state(): RoomState {
    return this.#state;
  }

  /** Of the database when it was last measured; 0 as long as there is no limit. */
  get bytes(): number {
    return this.#bytes;
  }

  /** On its disk; Infinity when that can't be asked. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** Whether room would be ample still if so much more were taken, by what was measured last. */
  fits(bytes: number): boolean {
    const { bytesMax, freeBytesMin } = this.#limits;
    return (
      this.#bytes + bytes < bytesMax * NARROW_SHARE &&
      this.#freeBytes - bytes >= freeBytesMin * NARROW_FREE_FACTOR
    );
  }

  /** Measures, and goes on doing so. */
  async start(): Promise<void> {
    try {
      await this.measure();
    } catch (error) {
      if (!isOutage(error)) throw error;
      this.#log.warn({ err: error }, 'the size of the database is not known; trying again');
    }
    if (this.#stopped) return;
    const waitMs = this.#state === 'ample' ? INTERVAL_MS : INTERVAL_NARROW_MS;
    this.#timer = setTimeout(() => void this.start(), waitMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#waiting.resolve();
  }

  /** Resolves as soon as there is room, or the signal is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    // Asked before every transaction: mostly there is nothing to wait for.
    if (this.#state !== 'full') return;
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    signal.addEventListener('abort', stop);
    try {
      while (this.#state === 'full' && !this.#stopped && !signal.aborted) {
        await Promise.race([this.#waiting.promise, aborted]);
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Looks how much room there is now. @throws what PostgreSQL throws */
  async measure(): Promise<RoomState> {
    const { bytesMax, folder } = this.#limits;
    if (bytesMax !== Number.POSITIVE_INFINITY) {
      const [row] = await this
        .#database`SELECT pg_database_size(current_database())::float8 AS bytes`;
      this.#bytes = row?.bytes;
    }
    if (folder) {
      const { bavail, bsize } = await statfs(folder);
      this.#freeBytes = bavail * bsize;
    }
    this.#change(this.#stateNow());
    return this.#state;
  }

  #stateNow(): RoomState {
    const { bytesMax, freeBytesMin } = this.#limits;
    const wasFull = this.#state === 'full';
    const shareMax = wasFull ? AGAIN_SHARE : 1;
    const freeMin = freeBytesMin * (wasFull ? AGAIN_FREE_FACTOR : 1);
    if (this.#bytes >= bytesMax * shareMax || this.#freeBytes < freeMin) return 'full';
    return this.fits(0) ? 'ample' : 'narrow';
  }

  #change(state: RoomState): void {
    if (state === this.#state) return;
    const wasFull = this.#state === 'full';
    this.#state = state;
    const room = { bytes: this.#bytes, freeBytes: this.#freeBytes };
    if (state === 'full') {
      this.#log.error(
        room,
        'PostgreSQL has no room for more points: they wait in the stream, and clients are told to try again when that is full; ' +
          'keep points for a shorter time, or give it more room (DATABASE_BYTES_MAX, its disk)',
      );
    } else if (state === 'narrow') {
      this.#log.warn(room, 'PostgreSQL will soon have no room for more points');
    } else {
      this.#log.info(room, 'PostgreSQL has room again');
    }
    if (wasFull) {
      this.#waiting.resolve();
      this.#waiting = Promise.withResolvers<void>();
    }
  }
}
