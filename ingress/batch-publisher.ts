import {
  BATCH_BYTES_MAX,
  BatchEncoder,
  type MessageHeaders,
  POINTS_SUBJECTS,
  pointsSubject,
} from '@overseer/shared';
import {
  detached,
  inSpan,
  messagingAttributes,
  SpanKind,
  traceHeaders,
} from '@overseer/shared/tracing';
import type { LineParser, OpenBlock } from '@overseer/wasm';
import type { AnnouncedSeries, Announcements } from './announcements.ts';
import type { BatchMetrics } from './batch-metrics.ts';
import type { OpenBatch } from './open-batch.ts';

/** Where batches go: the bus. */
export interface Publisher {
  /** Gives the sequence. @throws StreamFullError, BusUnavailableError */
  publish(subject: string, payload: Uint8Array, headers?: MessageHeaders): Promise<number>;
}

export interface BatchPublisherOptions {
  readonly parser: LineParser;
  readonly announcements: Announcements;
  readonly publisher: Publisher;
  readonly metrics: BatchMetrics;
  /** Whose series ids the parser makes. */
  readonly installationId: string;
  /** Whether the stores of the stream read packed columns: version 2 of the batch format. */
  readonly packs: () => boolean;
  /** How many checks of the stream have started. */
  readonly streamChecks: () => number;
  readonly inFlightMax: number;
  /** Called before the rows of a batch leave the parser: later ones are of another batch. */
  readonly onTake: (batch: OpenBatch) => void;
}

interface Message {
  readonly payload: Uint8Array;
  readonly announced: readonly AnnouncedSeries[];
}

/**
 * Takes batches out of the parser and publishes them, in the order in which they were queued. While `inFlightMax` publishes are
 * under way, batches wait in the parser and grow; only urgent ones go beyond it, by one a partition.
 *
 * A batch that is not full waits while another of its partition is under way, as Nagle's algorithm has it (RFC 896): each message
 * costs a sync of the disk, so what comes meanwhile had better share the next one.
 */
export class BatchPublisher {
  readonly #options: BatchPublisherOptions;
  /** At most one a partition. */
  readonly #due: OpenBatch[] = [];
  readonly #inFlightByPartition: number[];
  /** Encoders whose message is acknowledged. Those of failed publishes are left to NATS, which may still hold the message. */
  readonly #encoders: BatchEncoder[] = [];
  #inFlight = 0;

  constructor(options: BatchPublisherOptions) {
    this.#options = options;
    this.#inFlightByPartition = Array.from({ length: options.parser.partitions }, () => 0);
  }

  /** Batches that wait for a place. */
  get waiting(): number {
    return this.#due.length;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /**
   * Publishes the batch as soon as there is a place for it.
   * @param urgent whether it may go although it is not full
   */
  queue(batch: OpenBatch, urgent = false): void {
    if (!batch.due) {
      batch.due = true;
      this.#due.push(batch);
    }
    batch.urgent ||= urgent;
    const { inFlightMax, parser } = this.#options;
    // Those of others, too, and those that come after: not in the trace of the request that filled this one.
    detached(() => this.#publishDue(urgent ? inFlightMax + parser.partitions : inFlightMax));
  }

  /** Forgets the batches that wait. */
  clear(): void {
    this.#due.length = 0;
  }

  #publishDue(inFlightMax: number): void {
    while (this.#inFlight < inFlightMax) {
      const next = this.#due.findIndex((batch) => this.#mayGo(batch));
      const [batch] = next < 0 ? [] : this.#due.splice(next, 1);
      if (!batch) return;
      void this.#publish(batch);
    }
  }

  #mayGo({ partition, urgent }: OpenBatch): boolean {
    if (urgent || this.#inFlightByPartition[partition] === 0) return true;
    const { parser } = this.#options;
    return parser.pending(partition).bytes >= parser.limits.openBytesTarget;
  }

  async #publish(batch: OpenBatch): Promise<void> {
    const { announcements, metrics, streamChecks } = this.#options;
    const encoder = this.#encoders.pop() ?? new BatchEncoder();
    const { payload, announced } = this.#take(batch, encoder);
    for (const series of announced) announcements.sent(series);
    const startedAt = performance.now();
    let outcome: 'stored' | 'failed' = 'failed';
    this.#count(batch, 1);
    try {
      const sequence = await this.#send(batch, payload);
      for (const series of announced) {
        announcements.acknowledged(batch.partition, sequence, series, streamChecks());
      }
      this.#encoders.push(encoder);
      outcome = 'stored';
      batch.settle();
    } catch (error) {
      for (const series of announced) announcements.lost(series);
      batch.settle(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#count(batch, -1);
      metrics.settled(outcome, (performance.now() - startedAt) / 1000);
      this.#publishDue(this.#options.inFlightMax);
    }
  }

  /** Gives the sequence. The message carries the trace of the first request of it that is recorded. */
  #send({ partition, origins, requests }: OpenBatch, payload: Uint8Array): Promise<number> {
    const { publisher } = this.#options;
    const subject = pointsSubject(partition);
    if (origins.length === 0) return publisher.publish(subject, payload);
    const attributes = messagingAttributes({
      name: 'publish',
      type: 'send',
      subject,
      template: POINTS_SUBJECTS,
      partition,
      bodyBytes: payload.length,
    });
    return inSpan(
      `publish ${POINTS_SUBJECTS}`,
      { kind: SpanKind.PRODUCER, origins, attributes },
      async (span) => {
        const sequence = await publisher.publish(subject, payload, traceHeaders(span));
        span?.setAttributes({
          'messaging.message.id': String(sequence),
          'overseer.batch.requests': requests,
        });
        return sequence;
      },
    );
  }

  #count({ partition }: OpenBatch, change: 1 | -1): void {
    this.#inFlight += change;
    this.#inFlightByPartition[partition] =
      (this.#inFlightByPartition[partition] as number) + change;
  }

  /** Moves the rows of a batch from the parser into a message in the encoder's memory. */
  #take(batch: OpenBatch, encoder: BatchEncoder): Message {
    const { parser, metrics, installationId, packs, onTake } = this.#options;
    onTake(batch);
    const blocks = parser.take(batch.partition, { pack: packs() });
    const payload = encoder.encode({ installation: installationId, blocks });
    const announced = blocks.flatMap(freshSeries);
    parser.reset(batch.partition);
    if (payload.length > BATCH_BYTES_MAX) {
      throw new Error(`a batch has ${payload.length} bytes, the limit is ${BATCH_BYTES_MAX}`);
    }
    batch.take();
    metrics.taken(batch, payload.length);
    return { payload, announced };
  }
}

/** The series that a block announces for the first time, in memory of their own. */
function freshSeries({ announced, database }: OpenBlock): AnnouncedSeries[] {
  if (!announced || announced.fresh.length === 0) return [];
  return [{ database, entries: announced.fresh.slice(), generation: announced.generation }];
}
