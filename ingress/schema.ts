import {
  type Bucket,
  type BucketEntry,
  type Bus,
  databaseKey,
  decodeFields,
  decodeSchemaKey,
  encodeFields,
  type Field,
  type FieldType,
  type Logger,
  RevisionError,
  SCHEMA_BUCKET,
  schemaKey,
} from '@overseer/shared';
import { DATABASES_MAX, DeclaredDatabases } from './declared-databases.ts';
import { RequestError, UnavailableError } from './errors.ts';
import type { Readiness } from './readiness.ts';
import { quoted } from './write-parameters.ts';

/** Fields of one measurement; PostgreSQL could hold about as many in a row. */
export const FIELDS_PER_MEASUREMENT_MAX = 1000;
/** Measurements of one request that are reserved at the same time. */
const RESERVATIONS_AT_ONCE_MAX = 16;
/** Every lost race means that another ingress made progress on the same measurement. */
const ATTEMPTS_MAX = 20;
const ATTEMPT_WAIT_MS = 5;
const RACE_RETRY_SECONDS = 1;
/** The bucket tells of a change within milliseconds, unless NATS has gone. */
const CATCH_UP_MAX_MS = 5000;

/** A field that a line has and the schema has not. */
export interface WantedField extends Field {
  readonly database: string;
  readonly measurement: string;
}

export interface Measurement {
  readonly database: string;
  readonly measurement: string;
  readonly fields: ReadonlyMap<string, FieldType>;
}

interface Entry extends Measurement {
  readonly revision: number;
}

export interface SchemaLimits {
  readonly measurementsPerDatabaseMax: number;
  /** Up to FIELDS_PER_MEASUREMENT_MAX. */
  readonly fieldsPerMeasurementMax: number;
}

export interface SchemaListener {
  /** The fields of a measurement that are known now: the new and the old. */
  onFields(measurement: Measurement): void;
  /** A measurement was dropped, or is another of the same name: what was known of it is void. */
  onForgotten(measurement: Measurement): void;
}

/**
 * The types of all fields, as the schema bucket has them. A new field is reserved by compare-and-set on its
 * measurement's entry, so that of several ingresses one wins and the others adopt its type.
 */
export class Schema {
  readonly #bus: Bus;
  readonly #readiness: Readiness;
  readonly #listener: SchemaListener;
  readonly #limits: SchemaLimits;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  readonly #declared = new DeclaredDatabases();
  readonly #measurementCounts = new Map<string, number>();
  /** By database: ends of the reservations under way of measurements that are not known. */
  readonly #newcomers = new Map<string, Set<Promise<void>>>();
  /** The reservation under way of a measurement; the next one waits for it. */
  readonly #reserving = new Map<string, Promise<void>>();
  /** The highest revision that the watch has shown. */
  #revision = 0;
  /** Those who wait for a revision. */
  readonly #catchingUp = new Set<() => void>();
  /** Keys that the watch has shown since it started over; undefined once it has shown them all. */
  #seen: Set<string> | undefined = new Set();
  #bucket: Promise<Bucket> | undefined;

  constructor(
    bus: Bus,
    readiness: Readiness,
    listener: SchemaListener,
    limits: SchemaLimits,
    log: Logger,
  ) {
    this.#bus = bus;
    this.#readiness = readiness;
    this.#listener = listener;
    this.#limits = limits;
    this.#log = log;
  }

  /** Follows the bucket; the schema requirement is satisfied whenever all of it is known. */
  start(): void {
    this.#bus.watchBucket(SCHEMA_BUCKET, {
      onEntry: (entry) => this.#onEntry(entry),
      onReady: () => this.#onReady(),
      onRestart: () => this.#onRestart(),
    });
  }

  get measurements(): Iterable<Measurement> {
    return this.#entries.values();
  }

  /** Names of all databases that were created or written to, sorted. */
  databases(): string[] {
    const names = new Set([...this.#declared.names(), ...this.#measurementCounts.keys()]);
    return [...names].sort();
  }

  /** How many the database has that has most. */
  get measurementsOfLargest(): number {
    return Math.max(0, ...this.#measurementCounts.values());
  }

  /** @throws RequestError when the database is new, and one too many */
  checkDatabase(name: string): void {
    if (this.#measurementCounts.has(name)) return;
    const databases = this.databases();
    if (databases.length < DATABASES_MAX || databases.includes(name)) return;
    throw new RequestError(
      400,
      `databases are limited to ${DATABASES_MAX}; ${quoted(name)} would be one more`,
      {},
      { reason: 'databases_max' },
    );
  }

  /** Names of the measurements of a database, sorted. */
  measurementsOf(database: string): string[] {
    const entries = [...this.#entries.values()].filter((entry) => entry.database === database);
    return entries.map(({ measurement }) => measurement).sort();
  }

  /**
   * Makes a database known everywhere, unless it is.
   * @throws RequestError when there are too many, BusUnavailableError
   */
  async createDatabase(name: string): Promise<void> {
    if (this.databases().includes(name)) return;
    this.checkDatabase(name);
    const key = databaseKey(name);
    const bucket = await this.#openBucket();
    const revision = await bucket.put(key, encodeFields([]));
    this.#declared.adopt(key, name, revision);
  }

  /**
   * Waits until everything is known that the bucket has by now.
   * @throws UnavailableError, BusUnavailableError
   */
  async catchUp(): Promise<void> {
    const bucket = await this.#openBucket();
    const revision = await bucket.lastRevision();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const look = () => this.#revision >= revision && resolve(true);
    const deadline = setTimeout(resolve, CATCH_UP_MAX_MS, false);
    this.#catchingUp.add(look);
    look();
    const isKnown = await promise;
    clearTimeout(deadline);
    this.#catchingUp.delete(look);
    if (isKnown) return;
    throw new UnavailableError(
      'not_ready',
      'ingress has not heard yet of what was changed in the schema; ask again',
      RACE_RETRY_SECONDS,
    );
  }

  /**
   * Reserves fields that lines have and nobody has defined. Afterwards each is known with the type of whoever came
   * first; those beyond a limit stay unknown.
   * @throws UnavailableError, BusUnavailableError
   */
  async reserve(wanted: readonly WantedField[]): Promise<void> {
    const groups = Map.groupBy(wanted, (field) => schemaKey(field.database, field.measurement));
    const queue = groups.entries();
    const worker = async () => {
      for (const [key, fields] of queue) await this.#reserveInTurn(key, fields);
    };
    const workers = Math.min(groups.size, RESERVATIONS_AT_ONCE_MAX);
    await Promise.all(Array.from({ length: workers }, worker));
  }

  async #reserveInTurn(key: string, fields: readonly WantedField[]): Promise<void> {
    const before = this.#reserving.get(key);
    const turn = (async () => {
      // Who came before answers for its own failure.
      await before?.catch(() => undefined);
      const database = fields[0]?.database ?? '';
      const reserve = () => this.#reserveMeasurement(key, fields);
      await (this.#entries.has(key) ? reserve() : this.#ifThereIsRoom(database, reserve));
    })();
    this.#reserving.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#reserving.get(key) === turn) this.#reserving.delete(key);
    }
  }

  async #reserveMeasurement(key: string, wanted: readonly WantedField[]): Promise<void> {
    const first = wanted[0];
    if (!first) return;
    const { database, measurement } = first;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const entry = this.#entries.get(key);
      const fields = withFields(entry?.fields, wanted, this.#limits.fieldsPerMeasurementMax);
      if (fields.size === (entry?.fields.size ?? 0)) return;
      const value = encodeFields(Array.from(fields, ([name, type]) => ({ name, type })));
      const bucket = await this.#openBucket();
      try {
        const revision = entry
          ? await bucket.update(key, value, entry.revision)
          : await bucket.create(key, value);
        // The watch may already have shown what somebody else has put on top of it.
        if (this.#isNews({ key, revision })) {
          this.#adopt(key, { database, measurement, fields, revision });
        }
        return;
      } catch (error) {
        if (!(error instanceof RevisionError)) throw error;
      }
      await Bun.sleep(ATTEMPT_WAIT_MS * attempt);
      const current = await bucket.get(key);
      if (current && this.#isNews(current)) this.#adoptOrForget(current);
    }
    throw new UnavailableError(
      'fields_contended',
      'the fields of a measurement are being defined by many at once; send the points again',
      RACE_RETRY_SECONDS,
    );
  }

  /**
   * Reserves a new measurement unless its database is full. Those under way count as well: many requests may bring new ones at the same
   * time, and the last ones wait until it is known whether there is room for them.
   */
  async #ifThereIsRoom(database: string, reserve: () => Promise<void>): Promise<void> {
    const underWay = this.#newcomers.get(database) ?? new Set();
    this.#newcomers.set(database, underWay);
    for (;;) {
      const room = this.#limits.measurementsPerDatabaseMax - this.#measurementCount(database);
      if (room <= 0) return;
      if (underWay.size < room) break;
      await Promise.race(underWay);
    }
    const { promise: end, resolve } = Promise.withResolvers<void>();
    underWay.add(end);
    try {
      await reserve();
    } finally {
      underWay.delete(end);
      resolve();
    }
  }

  #measurementCount(database: string): number {
    return this.#measurementCounts.get(database) ?? 0;
  }

  #openBucket(): Promise<Bucket> {
    this.#bucket ??= this.#bus.bucket(SCHEMA_BUCKET).catch((error: unknown) => {
      this.#bucket = undefined;
      throw error;
    });
    return this.#bucket;
  }

  #onRestart(): void {
    this.#seen = new Set();
    this.#revision = 0;
    this.#bucket = undefined;
    this.#readiness.miss('schema', 'the schema bucket is being read again');
  }

  #onReady(): void {
    const seen = this.#seen ?? new Set();
    for (const key of [...this.#entries.keys(), ...this.#declared.keys()]) {
      if (!seen.has(key)) this.#forget(key);
    }
    this.#seen = undefined;
    this.#readiness.satisfy('schema');
  }

  #onEntry(entry: BucketEntry): void {
    if (entry.value) this.#seen?.add(entry.key);
    // While the watch starts over, what it shows is right whatever its revision: a bucket made anew counts from one again.
    if (this.#seen || this.#isNews(entry)) this.#adoptOrForget(entry);
    this.#revision = Math.max(this.#revision, entry.revision);
    for (const look of this.#catchingUp) look();
  }

  /** Whether an entry is newer than what is known: the watch, a look at the bucket and our own writes overtake each other. */
  #isNews({ key, revision }: Pick<BucketEntry, 'key' | 'revision'>): boolean {
    return revision > (this.#entries.get(key)?.revision ?? this.#declared.revision(key));
  }

  #adoptOrForget(entry: BucketEntry): void {
    const { key } = entry;
    if (!entry.value) {
      this.#forget(key);
      return;
    }
    let adopted: Entry;
    try {
      const { database, measurement } = decodeSchemaKey(key);
      if (measurement === undefined) {
        this.#declared.adopt(key, database, entry.revision);
        return;
      }
      const fields = new Map(decodeFields(entry.value).map(({ name, type }) => [name, type]));
      adopted = { database, measurement, fields, revision: entry.revision };
    } catch (error) {
      // Its measurement stays as it was known; reservations fail until the store has reconciled the bucket.
      this.#log.error({ key, err: error }, 'an entry of the schema bucket is not readable');
      return;
    }
    this.#adopt(key, adopted);
  }

  #adopt(key: string, entry: Entry): void {
    const known = this.#entries.get(key);
    if (known && !contains(entry.fields, known.fields)) this.#forget(key);
    if (!this.#entries.has(key)) this.#count(entry.database, 1);
    this.#entries.set(key, entry);
    this.#listener.onFields(entry);
  }

  #forget(key: string): void {
    this.#declared.forget(key);
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#count(entry.database, -1);
    this.#listener.onForgotten(entry);
  }

  #count(database: string, change: 1 | -1): void {
    const count = this.#measurementCount(database) + change;
    if (count === 0) this.#measurementCounts.delete(database);
    else this.#measurementCounts.set(database, count);
  }
}

/** The known fields and, up to the limit, those wanted; a known type stays. */
function withFields(
  known: ReadonlyMap<string, FieldType> | undefined,
  wanted: readonly Field[],
  fieldsMax: number,
): Map<string, FieldType> {
  const fields = new Map(known);
  for (const { name, type } of wanted) {
    if (fields.size >= fieldsMax) break;
    if (!fields.has(name)) fields.set(name, type);
  }
  return fields;
}

/** Whether every field of `part` is in `all` with its type. */
function contains(
  all: ReadonlyMap<string, FieldType>,
  part: ReadonlyMap<string, FieldType>,
): boolean {
  for (const [name, type] of part) if (all.get(name) !== type) return false;
  return true;
}
