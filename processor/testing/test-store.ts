import {
  type AnswerWriter,
  type Bus,
  CHANGED_SUBJECT,
  type ChangedEvent,
  CONTROL_BUCKET,
  connectBus,
  createLogger,
  encodeChangedEvent,
  encodeStoredEvent,
  type MeasurementSummary,
  QUERY_QUEUE,
  querySubject,
  type SnapshotQuery,
  STORED_STREAM,
  type StoredEvent,
  type StoredTable,
  serveAnswers,
  storedSubject,
} from '@overseer/shared';

const MEBIBYTE = 1024 ** 2;
const STORED_BYTES_MAX = 16 * MEBIBYTE;
/** Measurements in a part of a snapshot; few, so that tests see several parts. */
const PART_MEASUREMENTS = 2;

/** A measurement's part of a transaction, as a test writes it; what is missing is nothing new. */
export type TestTable = Partial<StoredTable> & Pick<StoredTable, 'measurement'>;

/** The database of tables that name none. */
export const DATABASE = 'test';

/** Does on NATS what the store does, at the word of a test: events, and snapshots of what they told. */
export class TestStore {
  readonly bus: Bus;
  /** Snapshots asked for, in order: the measurements, or undefined for all. */
  readonly asked: SnapshotQuery['measurements'][] = [];
  readonly #catalogue = new Map<string, MeasurementSummary>();
  readonly #positions = new Map<number, { stream: string; sequence: number; commits: number }>();
  /** What POINTS is called now. */
  #stream = 'points/1';
  #stopServing: (() => void) | undefined;
  /** Answers wait for it. */
  #gate: Promise<void> = Promise.resolve();

  private constructor(bus: Bus) {
    this.bus = bus;
  }

  static async connect(url: string): Promise<TestStore> {
    const log = createLogger('test');
    log.level = 'fatal';
    return new TestStore(await connectBus({ url, name: 'test', log }));
  }

  /** Makes the stream and the bucket, and answers questions. */
  async prepare(): Promise<void> {
    await this.makeStream();
    await this.serve();
  }

  async makeStream(bytesMax = STORED_BYTES_MAX): Promise<void> {
    await this.bus.bucket(CONTROL_BUCKET, { replicas: 1, bytesMax: MEBIBYTE });
    await this.bus.ensureStream({
      name: STORED_STREAM,
      subjects: ['stored.*'],
      storage: 'memory',
      discard: 'old',
      bytesMax,
      replicas: 1,
    });
  }

  async serve(): Promise<void> {
    const log = createLogger('test');
    const subject = querySubject('snapshot');
    this.#stopServing = serveAnswers(
      this.bus,
      subject,
      { queue: QUERY_QUEUE, openMax: 8, log },
      (request, answer) => this.#answer(request, answer),
    );
    await this.bus.flush();
  }

  stopServing(): void {
    this.#stopServing?.();
    this.#stopServing = undefined;
  }

  /** Lets answers, of the moment when they were asked for, wait until the result is called. */
  holdAnswers(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  /** Commits, and tells it as the store does. */
  async commit(tables: readonly TestTable[], partition = 0): Promise<StoredEvent> {
    const event = this.commitUntold(tables, partition);
    await this.tell(event);
    return event;
  }

  /** Commits without a word, like a store that dies in between. */
  commitUntold(tables: readonly TestTable[], partition = 0): StoredEvent {
    return this.#commit(tables, partition, 1 + Math.floor(Math.random() * 5));
  }

  /** Commits rows that were parked, without a word: no position moves. */
  releaseUntold(tables: readonly TestTable[], partition = 0): StoredEvent {
    return this.#commit(tables, partition, 0);
  }

  async tell(event: StoredEvent): Promise<void> {
    await this.bus.publish(storedSubject(event.partition), encodeStoredEvent(event));
  }

  /** From now on positions are of another POINTS, from its start. */
  replacePoints(): void {
    this.#stream = `points/${crypto.randomUUID()}`;
  }

  /** What PostgreSQL has, beyond what events tell. */
  set(summary: MeasurementSummary): void {
    this.#catalogue.set(`${summary.db}\0${summary.name}`, summary);
  }

  drop(db: string, name: string): void {
    this.#catalogue.delete(`${db}\0${name}`);
  }

  get summaries(): MeasurementSummary[] {
    const keys = [...this.#catalogue.keys()].sort();
    return keys.flatMap((key) => this.#catalogue.get(key) ?? []);
  }

  /** Drops a measurement, or the whole database, and says so. */
  dropTold(db: string, measurement?: string): void {
    for (const [key, summary] of this.#catalogue) {
      if (summary.db === db && (measurement ?? summary.name) === summary.name) {
        this.#catalogue.delete(key);
      }
    }
    this.change({ db, ...(measurement !== undefined && { measurement }), dropped: true });
  }

  /** Says that something was deleted. */
  change(event: ChangedEvent): void {
    this.bus.send(CHANGED_SUBJECT, encodeChangedEvent(event));
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  async #answer(request: Readonly<Record<string, unknown>>, answer: AnswerWriter) {
    const { measurements } = request as SnapshotQuery;
    this.asked.push(measurements);
    const wanted = measurements?.map(([db, name]) => `${db}\0${name}`);
    const summaries = this.summaries.filter(
      ({ db, name }) => !wanted || wanted.includes(`${db}\0${name}`),
    );
    const positions = [...this.#positions].map(([partition, position]) => ({
      partition,
      ...position,
    }));
    const databases = [...new Set(this.summaries.map(({ db }) => db))];
    const seriesNewWindow = { fromMs: 0, toMs: Date.now() };
    const first = { kind: 'snapshot', positions, databases, seriesNewWindow };
    await this.#gate;
    await answer.send({ ...first, measurements: summaries.slice(0, PART_MEASUREMENTS) });
    for (let i = PART_MEASUREMENTS; i < summaries.length; i += PART_MEASUREMENTS) {
      const measurements = summaries.slice(i, i + PART_MEASUREMENTS);
      await answer.send({ kind: 'snapshot', measurements });
    }
    return { kind: 'end', warnings: [], stats: { series: 0, samples: 0, bytes: 0, seconds: 0 } };
  }

  #commit(tables: readonly TestTable[], partition: number, messages: number): StoredEvent {
    const position = this.#positions.get(partition);
    const from = position?.stream === this.#stream ? position.sequence : 0;
    const to = from + messages;
    const commit = (position?.commits ?? 0) + 1;
    const stream = this.#stream;
    this.#positions.set(partition, { stream, sequence: to, commits: commit });
    const stored = tables.map(wholeTable);
    const committedAtMs = Date.now();
    for (const table of stored) this.#remember(table, committedAtMs);
    return { partition, stream, from, to, committedAtMs, commit, tables: stored };
  }

  #remember(table: StoredTable, committedAtMs: number): void {
    const { database: db, measurement: name } = table;
    const known = this.#catalogue.get(`${db}\0${name}`);
    const tagKeys = new Set([...(known?.tagKeys ?? []), ...table.tagKeysNew]);
    const seriesCount = (known?.seriesCount ?? 0) + table.seriesNew;
    const firstWriteMs = known?.firstWriteMs ?? committedAtMs;
    this.set({
      db,
      name,
      fields: [...(known?.fields ?? []), ...table.fieldsNew],
      tagKeys: [...tagKeys].sort(),
      tagValueCounts: Array.from(tagKeys, () => seriesCount),
      seriesCount,
      seriesNew: seriesCount,
      newestMs: Math.max(known?.newestMs ?? -Infinity, Number(table.timeMaxNs / 1_000_000n)),
      firstWriteMs,
      lastWriteMs: committedAtMs,
      rows: (known?.rows ?? 0) + table.rows + table.merged,
      merged: (known?.merged ?? 0) + table.merged,
      countedSinceMs: firstWriteMs,
    });
  }
}

function wholeTable(table: TestTable): StoredTable {
  return {
    database: DATABASE,
    rows: 1,
    merged: 0,
    seriesNew: 0,
    timeMinNs: 1_000_000n,
    timeMaxNs: 1_000_000n,
    fieldsNew: [],
    tagKeysNew: [],
    ...table,
  };
}
