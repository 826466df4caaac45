import {
  type Bucket,
  type Bus,
  type Logger,
  POINTS_STREAM,
  pointsSubject,
  StreamReplacedError,
} from '@overseer/shared';
import { RowEncoder } from '@overseer/wasm';
import { BusiestSeries } from './busiest-series.ts';
import type { Catalogue } from './catalogue.ts';
import { putCollisions } from './collisions.ts';
import { DeadLetters } from './dead/dead-letters.ts';
import { ForgottenDropError, KnownDrops } from './deletion/known-drops.ts';
import { cutToStream } from './deletion/lost-messages.ts';
import { collectGarbage } from './garbage.ts';
import { GroupStorage, groupOfMessages, readGeneration } from './group-storage.ts';
import { type Claim, sessionName } from './leases.ts';
import { MessageQueue } from './message-queue.ts';
import type { OwnerLevels } from './metrics/owner-metrics.ts';
import type { StoreMetrics } from './metrics.ts';
import { isPassing } from './outages.ts';
import { Parking } from './parking/parking.ts';
import { ParkedRelease } from './parking/release.ts';
import type { StorageRoom } from './partitions/storage-room.ts';
import type { TimePartitions } from './partitions/time-partitions.ts';
import { Planner } from './planner.ts';
import { findPosition } from './position.ts';
import { connectPostgres, type Database, isOutage } from './postgres.ts';
import { SeriesCounts } from './series-counts.ts';
import { loadSeries } from './series-load.ts';
import { FencedError } from './transaction.ts';
import type { Watermarks } from './watermarks.ts';

/** Messages that the NATS client may hold for a partition: at most about 1 MB each. */
const PREFETCH_MESSAGES_MAX = 8;
const OUTPUT_BYTES = 2 * 2 ** 20;
/** Series that a store can hold in memory if it owns every partition, about 44 bytes each. */
const SERIES_MAX = 10_000_000;
const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 2000;
/** What the transaction under way may take when the owner is to stop: behind that somebody's lock may be, or a connection that is dead. */
const STOP_WAIT_MS = 5000;

export interface OwnerParts {
  readonly bus: Bus;
  readonly control: Bucket;
  readonly schema: Bucket;
  readonly catalogue: Catalogue;
  readonly partitions: TimePartitions;
  /** Holds up the storing while there is none. */
  readonly room: StorageRoom;
  readonly watermarks: Watermarks;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  readonly databaseUrl: string;
  /** Name of this process in the leases. */
  readonly owner: string;
  readonly installation: { readonly id: string; readonly seed: Uint8Array };
  readonly partitionCount: number;
  readonly groupBytesMax: number;
  readonly parkedBytesMax: number;
  /** Makes the streams that are missing. */
  readonly ensureStreams: () => Promise<void>;
}

/**
 * Owns one partition: reads its messages in order from the position in PostgreSQL and commits them in groups, each group with the
 * position. Outages are waited out; a fence ends it.
 */
export class PartitionOwner {
  readonly #parts: OwnerParts;
  readonly #claim: Claim;
  readonly #log: Logger;
  readonly #database: Database;
  readonly #stop = new AbortController();
  readonly #finished: Promise<void>;
  readonly #seriesCounts: SeriesCounts;
  readonly #deadLetters: DeadLetters;
  #encoder: RowEncoder | undefined;
  /** Of the stream that is read. */
  #storage: GroupStorage | undefined;
  /** Between the stream that is read and the storage. */
  #queue: MessageQueue | undefined;
  /** The last work on what is in hand; the next waits for it. */
  #work: Promise<unknown> = Promise.resolve();

  /** @param onFenced called when another process turned out to own the partition */
  constructor(parts: OwnerParts, claim: Claim, onFenced: () => void) {
    this.#parts = parts;
    this.#claim = claim;
    this.#log = parts.log.child({ partition: claim.partition });
    this.#deadLetters = new DeadLetters({ ...parts, log: this.#log, partition: claim.partition });
    this.#seriesCounts = new SeriesCounts(() => parts.catalogue.tables());
    const session = sessionName(parts.owner, claim.partition);
    this.#database = connectPostgres(parts.databaseUrl, session, 1);
    this.#finished = this.#run(onFenced);
  }

  /** Ends after the transaction under way, or without it when that takes long; rejects when the owner failed by a bug. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const deadline = setTimeout(() => void this.#database.end({ timeout: 0 }), STOP_WAIT_MS);
    await this.#finished.finally(() => clearTimeout(deadline));
  }

  get finished(): Promise<void> {
    return this.#finished;
  }

  get levels(): OwnerLevels {
    const index = this.#encoder?.index;
    return {
      queuedMessages: this.#queue?.messages ?? 0,
      queuedBytes: this.#queue?.bytes ?? 0,
      series: index?.size ?? 0,
      seriesMax: Math.floor(SERIES_MAX / this.#parts.partitionCount),
      seriesBytes: index?.memoryBytes ?? 0,
      encoderBytes: this.#encoder?.memoryBytes ?? 0,
    };
  }

  /** Something was dropped: what is told of the series need not wait for the next points. */
  async hearOfDrop(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#storage?.learnDrops();
    });
  }

  async #run(onFenced: () => void): Promise<void> {
    const { signal } = this.#stop;
    let waitMs = RETRY_FIRST_MS;
    while (!signal.aborted) {
      try {
        await this.#follow(() => {
          waitMs = RETRY_FIRST_MS;
        });
      } catch (error) {
        if (signal.aborted) break;
        if (error instanceof FencedError) {
          this.#log.warn({ err: error }, 'partition lost to another store');
          onFenced();
          break;
        }
        // Which reads all series anew.
        if (error instanceof ForgottenDropError) continue;
        if (!isPassing(error)) throw error;
        this.#parts.metrics.storing.stopped(isOutage(error) ? 'postgres' : 'nats');
        this.#log.warn({ err: error, waitMs }, 'storing stopped; trying again');
        // A stream may be gone: the one that is read, or one that is written to.
        if (!isOutage(error)) await this.#parts.ensureStreams();
        await Bun.sleep(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
      }
    }
    this.#deadLetters.close();
    await this.#database.end({ timeout: 1 });
  }

  /** From the position in PostgreSQL until something breaks. */
  async #follow(onCommit: () => void): Promise<void> {
    const { bus, groupBytesMax, installation, parkedBytesMax } = this.#parts;
    const points = await bus.stream(POINTS_STREAM);
    if (!points) throw new StreamReplacedError(`there is no stream ${POINTS_STREAM}`);
    // The one of the last round: what it knows of rows that were not committed is forgotten.
    const encoder = await this.#freshEncoder();
    const position = await findPosition(this.#ownParts, points);
    await cutToStream(this.#database, bus);
    const drops = new KnownDrops(this.#database);
    await drops.start(await readGeneration(this.#ownParts));
    // Another store may have owned the partition meanwhile, and changed tables.
    await this.#parts.catalogue.load();
    await this.#parts.partitions.load();
    await putCollisions(this.#database, this.#parts.control);
    const { partition } = this.#claim;
    const tableIds = await loadSeries(
      this.#database,
      encoder,
      partition,
      this.#parts.partitionCount,
    );
    this.#seriesCounts.clear();
    this.#seriesCounts.addEach(tableIds);
    const parking = new Parking({ ...this.#ownParts, partition, bytesMax: parkedBytesMax });
    await parking.load();
    const stream = points.created;
    const planner = new Planner({
      ...this.#ownParts,
      installation: installation.id,
      ...{ encoder, drops, parking, stream },
    });
    const storage = new GroupStorage(
      {
        ...this.#ownParts,
        ...{ encoder, planner, drops, parking, stream },
        deadLetters: this.#deadLetters,
        seriesCounts: this.#seriesCounts,
      },
      position,
    );
    storage.tell();
    this.#log.info({ position, series: encoder.index.size }, 'storing');
    const reading = new AbortController();
    const signal = AbortSignal.any([reading.signal, this.#stop.signal]);
    const queue = new MessageQueue(groupBytesMax);
    this.#queue = queue;
    const messages = bus.read(
      {
        stream: POINTS_STREAM,
        subject: pointsSubject(partition),
        created: points.created,
        position,
        messagesMax: PREFETCH_MESSAGES_MAX,
      },
      signal,
    );
    const filling = queue.fill(messages);
    const release = new ParkedRelease({
      ...this.#ownParts,
      ...{ partition, drops, parking, storage, groupBytesMax },
      inTurn: (action) => this.#inTurn(action),
    });
    const busiest = new BusiestSeries({
      ...this.#ownParts,
      index: encoder.index,
      planned: () => planner.drafts,
      committed: () => storage.commits,
      inTurn: (action) => this.#inTurn(action),
    });
    const besides = [release.run(signal), busiest.run(signal)];
    for (const work of besides) {
      work.catch(() => {
        reading.abort();
        queue.close();
      });
    }
    this.#storage = storage;
    try {
      for (;;) {
        const group = await queue.take();
        await this.#parts.room.wait(signal);
        await parking.waitForRoom(signal);
        if (!group || signal.aborted) break;
        await this.#inTurn(() => storage.store(groupOfMessages(group)));
        collectGarbage(group.reduce((bytes, { payload }) => bytes + payload.length, 0));
        onCommit();
      }
    } finally {
      this.#storage = undefined;
      this.#queue = undefined;
      reading.abort();
      queue.close();
      // The next round has the same encoder.
      await Promise.allSettled([...besides, this.#work]);
      parking.close();
    }
    await filling;
    await Promise.all(besides);
  }

  /** One after another: the encoder is for one run at a time. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#work.then(action);
    this.#work = turn.catch(() => undefined);
    return turn;
  }

  /** What is this owner's, and what it shares with others. */
  get #ownParts() {
    return { ...this.#parts, database: this.#database, log: this.#log, claim: this.#claim };
  }

  async #freshEncoder(): Promise<RowEncoder> {
    const { installation, groupBytesMax, partitionCount } = this.#parts;
    this.#encoder ??= await RowEncoder.create({
      seed: installation.seed,
      // Room for a group, and for copies of blocks that are taken apart twice: for keys that can't have their id, then for series
      // that are taken up again. Blocks may be tiny, and each copy is a batch.
      limits: {
        messagesBytes: groupBytesMax * 3 + 2 * 2 ** 20,
        outputBytes: OUTPUT_BYTES,
        seriesMax: Math.floor(SERIES_MAX / partitionCount),
      },
    });
    this.#encoder.index.clear();
    return this.#encoder;
  }
}
