import { activeSpan, inSpan } from '@overseer/shared/tracing';
import {
  type BodyOptions,
  type BodyProgress,
  type LineParser,
  type ParseStatus,
  startBody,
} from '@overseer/wasm';
import { BatchPublisher, type BatchPublisherOptions } from './batch-publisher.ts';
import { discardBody } from './body.ts';
import type { WriterLevels } from './metrics.ts';
import { type ObstacleParts, Obstacles } from './obstacles.ts';
import { OpenBatch } from './open-batch.ts';
import { OpenWrite } from './open-write.ts';
import type { Turns } from './turns.ts';
import type { WriteOutcome } from './write-answer.ts';

/** Pieces of a body that are parsed in one turn. */
const PIECES_AT_ONCE = 1;

export interface WriterOptions extends Omit<BatchPublisherOptions, 'onTake'>, ObstacleParts {
  /** Told of an exception within the parser, whose memory is in doubt then: the process must not go on. */
  readonly onFailure: (error: unknown) => void;
  /** Throws when what the parser knows of a database is no longer true. */
  readonly checkDatabase: (database: string) => void;
  /** How long the first row of a batch waits for more. */
  readonly coalesceMs: number;
  /** Whose body is parsed next. */
  readonly turns: Turns;
}

/** Whose a body is, and where its points go. */
export interface BodySource {
  readonly client: string;
  readonly database: string;
}

/**
 * Turns bodies into batches. The rows of all requests go into one parser, whose open blocks of a partition are published when they
 * are full or have waited `coalesceMs`; a request is done when every batch with rows of it is acknowledged.
 *
 * Each partition has one open batch and all go over one connection, so the rows of a series are published as they arrived.
 */
export class Writer {
  readonly #options: WriterOptions;
  readonly #parser: LineParser;
  readonly #publisher: BatchPublisher;
  /** By partition; undefined while a partition has no rows. */
  readonly #open: (OpenBatch | undefined)[];
  #writes = 0;
  #timer: Timer | undefined;
  #abandoned: Error | undefined;

  constructor(options: WriterOptions) {
    const { parser } = options;
    this.#options = options;
    this.#parser = parser;
    this.#open = Array.from({ length: parser.partitions }, () => undefined);
    const onTake = ({ partition }: OpenBatch) => {
      this.#open[partition] = undefined;
    };
    this.#publisher = new BatchPublisher({ ...options, onTake });
  }

  get levels(): WriterLevels {
    return {
      writes: this.#writes,
      publishesInFlight: this.#publisher.inFlight,
      batchesWaiting: this.#publisher.waiting,
      announcementsPending: this.#options.announcements.pendingEntries,
      ...this.#parser.stats(),
    };
  }

  /**
   * Parses a body, in turns with those of other clients, and waits until its rows are stored in the stream. Nobody may use the
   * body afterwards.
   * @throws StreamFullError, BusUnavailableError, UnavailableError: some rows may be stored, the whole body is to be sent again
   */
  async write(source: BodySource, body: Uint8Array, options: BodyOptions): Promise<WriteOutcome> {
    const progress = startBody(options);
    const write = new OpenWrite(activeSpan()?.spanContext());
    this.#writes++;
    try {
      await inSpan('parse', {}, () => this.#parse(source, body, progress, write));
      // Errors of lines are told in words of the body.
      if (progress.errors.length === 0) discardBody(body);
      for (const batch of write.batches) {
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
    this.#publisher.clear();
    for (const batch of this.#open) batch?.settle(error);
    this.#open.fill(undefined);
  }

  async #parse(
    { client, database }: BodySource,
    body: Uint8Array,
    progress: BodyProgress,
    write: OpenWrite,
  ): Promise<void> {
    const obstacles = new Obstacles(this.#options, database, progress);
    for (;;) {
      const turn = this.#options.turns.take(client, body.length - progress.offset);
      if (turn) await turn;
      this.#throwFailure(write);
      this.#options.checkDatabase(database);
      obstacles.tellVerdicts();
      const status = this.#parseTurn(database, body, progress, write);
      if (status === 'done') return;
      if (status === 'unknown-fields' || status === 'new-series') await obstacles.clear(status);
      else if (status !== 'paused') await status;
    }
  }

  /**
   * Parses without others in between.
   * @returns a promise when a partition has to be published before parsing can go on
   */
  #parseTurn(
    database: string,
    body: Uint8Array,
    progress: BodyProgress,
    write: OpenWrite,
  ): Exclude<ParseStatus, 'full'> | Promise<void> {
    const { seriesLimits } = this.#options;
    const { newSeries } = this.#parser;
    for (;;) {
      const allowed = seriesLimits.allowance(database);
      newSeries.allowed = allowed;
      const status = this.#parsePiece(body, progress, write);
      const taken = allowed - newSeries.allowed;
      if (taken > 0) seriesLimits.took(taken);
      if (status !== 'full') return status;
      const room = this.#makeRoom(this.#parser.fullPartition());
      if (room) return room;
      this.#throwFailure(write);
    }
  }

  #parsePiece(body: Uint8Array, progress: BodyProgress, write: OpenWrite): ParseStatus {
    try {
      const status = this.#parser.parse(body, progress, PIECES_AT_ONCE);
      this.#join(write);
      return status;
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  /** Those who wait for a batch that failed, or for a writer that was given up, needn't parse on. */
  #throwFailure(write: OpenWrite): void {
    if (this.#abandoned) throw this.#abandoned;
    for (const { error } of write.batches) if (error) throw error;
  }

  /** Makes the request wait for the batches that its last lines went to. */
  #join(write: OpenWrite): void {
    for (let touched = this.#parser.touched(); touched !== 0; touched &= touched - 1) {
      const partition = 31 - Math.clz32(touched & -touched);
      const batch = this.#open[partition] ?? new OpenBatch(partition);
      this.#open[partition] = batch;
      write.join(batch);
      this.#timer ??= setTimeout(() => this.#onTimer(), this.#options.coalesceMs);
    }
  }

  #onTimer(): void {
    this.#timer = undefined;
    for (const batch of this.#open) if (batch) this.#publisher.queue(batch);
  }

  /**
   * Publishes a partition that parsing can't go on with.
   * @returns what to wait for, undefined when parsing can go on at once
   */
  #makeRoom(partition: number): Promise<void> | undefined {
    const batch = this.#open[partition];
    if (!batch) {
      // Nothing but blocks without rows.
      this.#parser.reset(partition);
      return undefined;
    }
    const isFull = this.#parser.pending(partition).bytes >= this.#parser.limits.openBytesTarget;
    // Else the parser wants its partitions empty, one after the other, to start its series cache over. If others came in between
    // with more rows, that would never be.
    this.#publisher.queue(batch, !isFull);
    return !isFull && batch.isTaken ? undefined : batch.taken;
  }
}
