import {
  BATCH_VERSION,
  type Batch,
  type Bucket,
  type Bus,
  CONTROL_BUCKET,
  collisionKey,
  connectBus,
  createLogger,
  decodeBatch,
  decodeFields,
  encodeCollision,
  encodeInstallation,
  encodeRetentions,
  encodeWatermark,
  type Field,
  FORMAT_METADATA,
  INSTALLATION_KEY,
  type Installation,
  PARTITIONS_METADATA,
  POINTS_STREAM,
  pointsSubject,
  RETENTIONS_KEY,
  type Retentions,
  SCHEMA_BUCKET,
  type StreamState,
  schemaKey,
  watermarkKey,
} from '@overseer/shared';

const MEBIBYTE = 1024 ** 2;
const BUCKET = { replicas: 1, bytesMax: 16 * MEBIBYTE };

export interface StoredBatch {
  readonly partition: number;
  readonly sequence: number;
  readonly batch: Batch;
}

/** Does on NATS what the store does, at the word of a test, and reads what ingress has published. */
export class TestStore {
  readonly bus: Bus;

  private constructor(bus: Bus) {
    this.bus = bus;
  }

  static async connect(url: string): Promise<TestStore> {
    const log = createLogger('test');
    log.level = 'fatal';
    return new TestStore(await connectBus({ url, name: 'test', log }));
  }

  /** Makes all that ingress needs to be ready. */
  async prepare(options: { partitions?: number; bytesMax?: number } = {}): Promise<void> {
    await this.makeBuckets();
    await this.makeStream(options);
    await this.announceInstallation({ id: '0123abcd', seed: new Uint8Array(16).fill(1) });
  }

  async makeBuckets(): Promise<void> {
    await this.bus.bucket(SCHEMA_BUCKET, BUCKET);
    await this.bus.bucket(CONTROL_BUCKET, BUCKET);
  }

  makeStream(
    options: { partitions?: number; bytesMax?: number; format?: number; storage?: 'memory' } = {},
  ): Promise<StreamState> {
    const { partitions = 2, bytesMax = 64 * MEBIBYTE, format = BATCH_VERSION } = options;
    return this.bus.ensureStream({
      name: POINTS_STREAM,
      subjects: ['points.*'],
      storage: options.storage ?? 'file',
      discard: 'new',
      bytesMax,
      replicas: 1,
      metadata: { [PARTITIONS_METADATA]: String(partitions), [FORMAT_METADATA]: String(format) },
    });
  }

  async announceInstallation(installation: Installation): Promise<void> {
    const control = await this.#control();
    await control.put(INSTALLATION_KEY, encodeInstallation(installation));
  }

  /** Says that everything in the stream is stored. */
  async advanceWatermarks(): Promise<void> {
    const { created, lastSequence, partitions } = await this.#stream();
    const control = await this.#control();
    for (let partition = 0; partition < partitions; partition++) {
      const watermark = { stream: created, sequence: lastSequence };
      await control.put(watermarkKey(partition), encodeWatermark(watermark));
    }
  }

  async announceRetentions(retentions: Retentions): Promise<void> {
    const control = await this.#control();
    await control.put(RETENTIONS_KEY, encodeRetentions(retentions));
  }

  async reportCollision(series: bigint, check: bigint): Promise<void> {
    const control = await this.#control();
    await control.put(collisionKey(series), encodeCollision(check));
  }

  /** Fields of a measurement as the schema bucket has them. */
  async fields(database: string, measurement: string): Promise<Field[]> {
    const bucket = await this.bus.bucket(SCHEMA_BUCKET);
    const entry = await bucket.get(schemaKey(database, measurement));
    return entry?.value ? decodeFields(entry.value) : [];
  }

  async forget(database: string, measurement: string): Promise<void> {
    const bucket = await this.bus.bucket(SCHEMA_BUCKET);
    await bucket.delete(schemaKey(database, measurement));
  }

  /** Every batch in the stream, by partition and in order. */
  async batches(): Promise<StoredBatch[]> {
    const stream = await this.#stream();
    const all: StoredBatch[] = [];
    for (let partition = 0; partition < stream.partitions; partition++) {
      all.push(...(await this.#batchesOf(stream, partition)));
    }
    return all;
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  async #batchesOf(stream: StreamState, partition: number): Promise<StoredBatch[]> {
    const subject = pointsSubject(partition);
    const batches: StoredBatch[] = [];
    const reading = new AbortController();
    let next = await this.bus.nextSequence(POINTS_STREAM, subject, 1);
    if (next === undefined) return batches;
    const source = {
      stream: POINTS_STREAM,
      subject,
      created: stream.created,
      position: 0,
      messagesMax: 16,
    };
    const messages = this.bus.read(source, reading.signal);
    for await (const { sequence, payload } of messages) {
      batches.push({ partition, sequence, batch: decodeBatch(Uint8Array.from(payload)) });
      next = await this.bus.nextSequence(POINTS_STREAM, subject, sequence + 1);
      if (next === undefined) break;
    }
    return batches;
  }

  async #stream(): Promise<StreamState & { partitions: number }> {
    const state = await this.bus.stream(POINTS_STREAM);
    if (!state) throw new Error('the stream was not made');
    return { ...state, partitions: Number(state.metadata[PARTITIONS_METADATA]) };
  }

  #control(): Promise<Bucket> {
    return this.bus.bucket(CONTROL_BUCKET);
  }
}
