import { BATCH_BYTES_MAX, BatchEncoder, pointsSubject } from '@overseer/shared';
import type { BodyProgress, LineParser, OpenBlock } from '@overseer/wasm';
import {
  ANNOUNCED_ENTRIES_MAX,
  type AnnouncedSeries,
  type Announcements,
} from './announcements.ts';
import { discardBody } from './body.ts';
import type { IngressMetrics, WriterLevels } from './metrics.ts';
import { OpenBatch } from './open-batch.ts';
import type { WantedField } from './schema.ts';
import type { WriteOutcome } from './write-answer.ts';

/** Reservations without progress that a write survives; more would mean that parser and schema disagree. */
const RESERVATIONS_IN_VAIN_MAX = 10;

/** Pieces of a body (512 KiB each) that are parsed before others are served: half a millisecond, or three of new series. */
const PIECES_AT_ONCE = 1;

/** Where batches go: the bus. */
export interface Publisher {
  /** Gives the sequence. @throws StreamFullError, BusUnavailableError */
  publish(subject: string, payload: Uint8Array): Promise<number>;
}

export interface WriterOptions {
  readonly parser: LineParser;
  readonly announcements: Announcements;
  /** Whose series ids the parser makes. */
  readonly installationId: string;
  readonly partitions: number;
  readonly publisher: Publisher;
  readonly metrics: IngressMetrics;
  /** Defines fields that no line had before. */
  readonly reserve: (wanted: readonly WantedField[]) => Promise<void>;
  /** How many checks of the stream have started. */
  readonly streamChecks: () => number;
  readonly coalesceMs: number;
  readonly publishInFlightMax: number;
}

/**
 * Turns bodies into batches. The rows of all requests go into one parser, whose open blocks of a partition are published when they
 * are full or have waited `coalesceMs`; a request is done when every batch with rows of it is acknowledged. While as many
 * publishes are under way as may be, batches wait and grow, and a full partition holds up those who have rows for it.
 *
 * Each partition has one open batch and all go over one connection, so the rows of a series are published as they arrived.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #parser: LineParser;
  readonly #open: (OpenBatch | undefined)[];
  /** Batches that wait for a free place among the publishes, at most one a partition. */
  readonly #due: OpenBatch[] = [];
  /** Encoders whose message is acknowledged. Those of failed publishes are left to NATS, which may still hold the message. */
  readonly #encoders: BatchEncoder[] = [];
  #writes = 0;
  #publishes = 0;
  #timer: Timer | undefined;
  #abandoned: Error | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#parser = options.parser;
    this.#open = Array.from({ length: options.partitions }, () => undefined);
  }

  get levels(): WriterLevels {
    return {
      writes: this.#writes,
      publishesInFlight: this.#publishes,
      publishesInFlightMax: this.#options.publishInFlightMax,
      announcementsPending: this.#options.announcements.pendingEntries,
      announcementsPendingMax: ANNOUNCED_ENTRIES_MAX,
      ...this.#parser.stats(),
    };
  }

  /**
   * Parses a body and waits until its rows are stored in the stream. Nobody may use the body afterwards.
   * @throws StreamFullError, BusUnavailableError, UnavailableError: some rows may be stored, the whole body is to be sent again
   */
  async write(progress: BodyProgress, body: Uint8Array): Promise<WriteOutcome> {
    const batches = new Set<OpenBatch>();
    this.#writes++;
    try {
      await this.#parse(progress, body, batches);
      // Errors of lines are told in words of the body.
      if (progress.errors.length === 0) discardBody(body);
      for (const batch of batches) {
        const error = await batch.settled;
        if (error) throw error;
      }
    } finally {
      this.#writes--;
    }
    return progress;
  }

  /** Gives up what is not yet published: all who wait for it get the error. */
  abandon(error: Error): void {
    this.#abandoned = error;
    clearTimeout(this.#timer);
    this.#due.length = 0;
    for (const batch of this.#open) batch?.settle(error);
    this.#open.fill(undefined);
  }

  async #parse(progress: BodyProgress, body: Uint8Array, batches: Set<OpenBatch>): Promise<void> {
    let reservationsInVain = 0;
    for (;;) {
      const before = progress.offset;
      const status = this.#parser.parse(body, progress, PIECES_AT_ONCE);
      this.#join(batches);
      if (status === 'done') return;
      if (status === 'paused') {
        await nextTurn();
      } else if (status === 'full') {
        await this.#makeRoom(this.#parser.fullPartition());
      } else {
        reservationsInVain = progress.offset > before ? 0 : reservationsInVain + 1;
        if (reservationsInVain > RESERVATIONS_IN_VAIN_MAX) {
          throw new Error(`fields stay unknown at byte ${progress.offset} of a body`);
        }
        await this.#options.reserve(this.#parser.unknownFields());
      }
      this.#throwFailure(batches);
    }
  }

  /** Those who wait for a batch that failed, or for a writer that was given up, needn't parse on. */
  #throwFailure(batches: Set<OpenBatch>): void {
    if (this.#abandoned) throw this.#abandoned;
    for (const { error } of batches) if (error) throw error;
  }

  /** Makes the request wait for the batches that its last lines went to. */
  #join(batches: Set<OpenBatch>): void {
    for (let touched = this.#parser.touched(); touched !== 0; touched &= touched - 1) {
      const partition = 31 - Math.clz32(touched & -touched);
      const batch = this.#open[partition] ?? new OpenBatch(partition);
      this.#open[partition] = batch;
      if (batches.has(batch)) continue;
      batches.add(batch);
      batch.requests++;
      this.#timer ??= setTimeout(() => this.#onTimer(), this.#options.coalesceMs);
    }
  }

  #onTimer(): void {
    this.#timer = undefined;
    for (const batch of this.#open) if (batch) this.#queue(batch);
    this.#publishDue();
  }

  /** Publishes a full partition, once there is a place, and lets others be served before its request goes on. */
  async #makeRoom(partition: number): Promise<void> {
    const batch = this.#open[partition];
    if (!batch) throw new Error(`partition ${partition} is full of rows that nobody waits for`);
    this.#queue(batch);
    this.#publishDue();
    await batch.taken;
    await nextTurn();
  }

  #queue(batch: OpenBatch): void {
    if (batch.due) return;
    batch.due = true;
    this.#due.push(batch);
  }

  #publishDue(): void {
    while (this.#publishes < this.#options.publishInFlightMax) {
      const batch = this.#due.shift();
      if (!batch) return;
      void this.#publish(batch);
    }
  }

  async #publish(batch: OpenBatch): Promise<void> {
    const { publisher, metrics, announcements, streamChecks } = this.#options;
    const encoder = this.#encoders.pop() ?? new BatchEncoder();
    const { message, announced } = this.#take(batch, encoder);
    const startedAt = performance.now();
    this.#publishes++;
    try {
      const sequence = await publisher.publish(pointsSubject(batch.partition), message);
      for (const series of announced) {
        announcements.acknowledged(batch.partition, sequence, series, streamChecks());
      }
      this.#encoders.push(encoder);
      metrics.batches.inc({ outcome: 'stored' });
      batch.settle();
    } catch (error) {
      for (const { entries, generation } of announced) {
        this.#parser.announceAgain(entries, generation);
      }
      metrics.batches.inc({ outcome: 'failed' });
      batch.settle(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#publishes--;
      metrics.publishSeconds.observe((performance.now() - startedAt) / 1000);
      this.#publishDue();
    }
  }

  /** Takes a batch out of the parser, as a message in the encoder's memory. */
  #take(
    batch: OpenBatch,
    encoder: BatchEncoder,
  ): { message: Uint8Array; announced: AnnouncedSeries[] } {
    const { installationId, metrics } = this.#options;
    const blocks = this.#parser.take(batch.partition);
    const message = encoder.encode({ installation: installationId, blocks });
    const announced = blocks.flatMap(freshSeries);
    this.#parser.reset(batch.partition);
    this.#open[batch.partition] = undefined;
    batch.take();
    if (message.length > BATCH_BYTES_MAX) {
      throw new Error(`a batch has ${message.length} bytes, the limit is ${BATCH_BYTES_MAX}`);
    }
    metrics.batchBytes.observe(message.length);
    metrics.batchRequests.observe(batch.requests);
    return { message, announced };
  }
}

/** The series that a block announces for the first time, in memory of their own. */
function freshSeries({ announced }: OpenBlock): AnnouncedSeries[] {
  if (!announced || announced.fresh.length === 0) return [];
  return [{ entries: announced.fresh.slice(), generation: announced.generation }];
}

/** Resolves after the event loop has served what came in meanwhile. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
