import {
  type Bucket,
  type BucketEntry,
  type Bus,
  CONTROL_BUCKET,
  DASHBOARDS_BUCKET,
  DEAD_STREAM,
  decodeWatermark,
  MessageError,
  POINTS_STREAM,
  pointsSubject,
  SCHEMA_BUCKET,
  STORED_STREAM,
  type StreamState,
  type Watermark,
  watermarkKey,
} from '@overseer/shared';
import { isPassing } from '../outages.ts';

/** Streams by what they are called in metrics; a bucket is a stream too. */
const STREAMS: Readonly<Record<string, string>> = {
  [POINTS_STREAM]: POINTS_STREAM,
  [STORED_STREAM]: STORED_STREAM,
  [DEAD_STREAM]: DEAD_STREAM,
  [SCHEMA_BUCKET]: `KV_${SCHEMA_BUCKET}`,
  [CONTROL_BUCKET]: `KV_${CONTROL_BUCKET}`,
  [DASHBOARDS_BUCKET]: `KV_${DASHBOARDS_BUCKET}`,
};
/** Whoever reads the metrics waits no longer for NATS, and gets what was known before. */
const LOOK_WAIT_MAX_MS = 2000;

export interface StreamLevel {
  readonly messages: number;
  readonly bytes: number;
  readonly bytesMax: number;
}

/** What of one partition is acknowledged and not stored. */
export interface PartitionLag {
  readonly messages: number;
  /** When the stream took the oldest of them, milliseconds since 1970; undefined when there are none. */
  readonly oldestAtMs: number | undefined;
}

export interface NatsLevelsParts {
  readonly bus: Bus;
  readonly control: Bucket;
  readonly partitions: number;
  /** How far a partition is stored that this store owns; undefined for others. */
  readonly watermarkOf: (partition: number) => Watermark | undefined;
}

/**
 * How full the streams are and how far the storing is behind, as NATS has it. It is looked at when the metrics are read, and needs no
 * PostgreSQL: it is when that is away that the lag grows. Every store tells it of all partitions, also of those that are nobody's.
 */
export class NatsLevels {
  readonly #parts: NatsLevelsParts;
  #streams: ReadonlyMap<string, StreamLevel> = new Map();
  #lags: ReadonlyMap<number, PartitionLag> = new Map();
  #looking: Promise<void> | undefined;

  constructor(parts: NatsLevelsParts) {
    this.#parts = parts;
  }

  /** By name; those of the last look while NATS does not answer. */
  async streams(): Promise<ReadonlyMap<string, StreamLevel>> {
    await this.#lookOnce();
    return this.#streams;
  }

  /** By partition, in the same way. */
  async lags(): Promise<ReadonlyMap<number, PartitionLag>> {
    await this.#lookOnce();
    return this.#lags;
  }

  /** One look serves all who ask meanwhile. */
  #lookOnce(): Promise<unknown> {
    if (!this.#parts.bus.connected) return Promise.resolve();
    this.#looking ??= this.#look()
      .catch((error: unknown) => {
        if (!isPassing(error)) throw error;
      })
      .finally(() => {
        this.#looking = undefined;
      });
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LOOK_WAIT_MAX_MS);
    return Promise.race([this.#looking, late]).finally(() => clearTimeout(timer));
  }

  async #look(): Promise<void> {
    const { bus, partitions } = this.#parts;
    const streams = new Map<string, StreamState>();
    for (const [name, stream] of Object.entries(STREAMS)) {
      const state = await bus.stream(stream);
      if (state) streams.set(name, state);
    }
    this.#streams = streams;
    const points = streams.get(POINTS_STREAM);
    const lags = new Map<number, PartitionLag>();
    for (let partition = 0; points && partition < partitions; partition++) {
      lags.set(partition, await this.#lagOf(partition, points));
    }
    this.#lags = lags;
  }

  async #lagOf(partition: number, points: StreamState): Promise<PartitionLag> {
    const { bus } = this.#parts;
    const position = await this.#positionOf(partition, points.created);
    const nothing: PartitionLag = { messages: 0, oldestAtMs: undefined };
    if (position >= points.lastSequence) return nothing;
    const subject = pointsSubject(partition);
    const oldest = await bus.nextMessage(POINTS_STREAM, subject, position + 1);
    if (!oldest) return nothing;
    const messages = await bus.pendingMessages(POINTS_STREAM, subject, position);
    return { messages, oldestAtMs: oldest.storedAtMs };
  }

  /** Up to where a partition is stored: the owner knows, of others' partitions the bucket has it. */
  async #positionOf(partition: number, stream: string): Promise<number> {
    const { control, watermarkOf } = this.#parts;
    const own = watermarkOf(partition);
    if (own?.stream === stream) return own.sequence;
    const told = readWatermark(await control.get(watermarkKey(partition)));
    return told?.stream === stream ? told.sequence : 0;
  }
}

/** One that can't be read is as good as none: another will take its place. */
function readWatermark(entry: BucketEntry | undefined): Watermark | undefined {
  try {
    return entry?.value && decodeWatermark(entry.value);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return undefined;
  }
}
