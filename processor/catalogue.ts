import {
  ANSWER_PART_BYTES,
  type CataloguePart,
  type MeasurementSummary,
  type StoredTable,
} from '@overseer/shared';
import { floorMs } from './change.ts';
import type { MeasurementName, Snapshot } from './snapshot.ts';

/** Databases with the longest names still fit one message. */
const DATABASES_MAX = 4096;
/** About a kilobyte each. */
const MEASUREMENTS_MAX = 100_000;
/** With the longest names, and as many fields as ingress lets a measurement have, a summary still fits one message. */
const TAG_KEYS_MAX = 512;
/** What a summary takes besides its names: keys of the map, numbers. */
const SUMMARY_BYTES = 128;
/** What a field takes besides its name. */
const FIELD_BYTES = 32;
/** Length of a string before its bytes, at the most. */
const LENGTH_BYTES = 5;

/** A summary; its times move with every event. */
interface Entry extends MeasurementSummary {
  newestMs: number | null;
  lastWriteMs: number | null;
}

/** Databases and their measurements, in memory: what the store said last, and times from the events since. */
export class Catalogue {
  #databases: readonly string[] = [];
  #entries = new Map<string, Entry>();
  /** Databases, measurements and tag keys of the last snapshot of everything that were too many. */
  #leftOut = 0;

  get databaseCount(): number {
    return this.#databases.length;
  }

  get measurementCount(): number {
    return this.#entries.size;
  }

  get leftOut(): number {
    return this.#leftOut;
  }

  /** Takes the place of all by a snapshot of everything. */
  replace({ databases, measurements }: Snapshot): void {
    const before = this.#entries;
    this.#entries = new Map();
    this.#leftOut = this.#takeDatabases(databases);
    for (const summary of measurements) {
      this.#leftOut += this.#put(summary, before.get(keyOf(summary.db, summary.name)));
    }
  }

  /** Takes up a snapshot of some measurements; those of which it has nothing don't exist. */
  refresh(asked: readonly MeasurementName[], { databases, measurements }: Snapshot): void {
    this.#takeDatabases(databases);
    const missing = new Set(asked.map(([db, measurement]) => keyOf(db, measurement)));
    for (const summary of measurements) {
      const key = keyOf(summary.db, summary.name);
      missing.delete(key);
      this.#put(summary, this.#entries.get(key));
    }
    for (const key of missing) this.#entries.delete(key);
  }

  /** Forgets a measurement, or all of a database: what comes under the name is another one, with times of its own. */
  forget(db: string, measurement: string | undefined): void {
    if (measurement !== undefined) {
      this.#entries.delete(keyOf(db, measurement));
      return;
    }
    for (const [key, entry] of this.#entries) if (entry.db === db) this.#entries.delete(key);
    this.#databases = this.#databases.filter((name) => name !== db);
  }

  has(db: string, measurement: string): boolean {
    return this.#entries.has(keyOf(db, measurement));
  }

  /** Takes the times of an event. Gives whether the store must be asked for the rest: only it can tell what is new. */
  apply(table: StoredTable, committedAtMs: number): boolean {
    const entry = this.#entries.get(keyOf(table.database, table.measurement));
    if (!entry) return true;
    if (table.rows + table.merged > 0) {
      entry.newestMs = later(entry.newestMs, floorMs(table.timeMaxNs));
      entry.lastWriteMs = later(entry.lastWriteMs, committedAtMs);
    }
    const { fieldsNew, seriesNew, tagKeysNew } = table;
    return seriesNew > 0 || fieldsNew.length > 0 || tagKeysNew.length > 0;
  }

  /**
   * What it has, sorted, in parts of about ANSWER_PART_BYTES; at least one.
   * @param db only of this database; undefined: of all
   */
  *parts(db: string | undefined): Generator<CataloguePart, void, void> {
    const databases = this.#databases.filter((name) => db === undefined || name === db);
    let measurements: MeasurementSummary[] = [];
    let bytes = databases.reduce((sum, name) => sum + stringBytes(name), 0);
    let isFirst = true;
    for (const summary of this.#sorted(db)) {
      const summaryBytes = bytesOf(summary);
      if (bytes > 0 && bytes + summaryBytes > ANSWER_PART_BYTES) {
        yield partOf(measurements, isFirst ? databases : undefined);
        isFirst = false;
        measurements = [];
        bytes = 0;
      }
      // As it is now: while an answer waits to be taken, events move the times.
      measurements.push({ ...summary });
      bytes += summaryBytes;
    }
    if (isFirst || measurements.length > 0) {
      yield partOf(measurements, isFirst ? databases : undefined);
    }
  }

  #sorted(db: string | undefined): Entry[] {
    return [...this.#entries.values()]
      .filter((entry) => db === undefined || entry.db === db)
      .sort((a, b) => compare(a.db, b.db) || compare(a.name, b.name));
  }

  /** Gives how many are left out. */
  #takeDatabases(databases: readonly string[]): number {
    this.#databases = databases.slice(0, DATABASES_MAX).sort(compare);
    return databases.length - this.#databases.length;
  }

  /** Gives how many are left out: the measurement, or tag keys of it. */
  #put(summary: MeasurementSummary, known: Entry | undefined): number {
    const key = keyOf(summary.db, summary.name);
    if (this.#entries.size >= MEASUREMENTS_MAX && !this.#entries.has(key)) return 1;
    this.#entries.set(key, {
      ...summary,
      tagKeys: summary.tagKeys.slice(0, TAG_KEYS_MAX),
      // An event may have told more than the store knew when it was asked.
      newestMs: later(summary.newestMs, known?.newestMs ?? null),
      lastWriteMs: later(summary.lastWriteMs, known?.lastWriteMs ?? null),
    });
    return Math.max(0, summary.tagKeys.length - TAG_KEYS_MAX);
  }
}

/** NUL is refused at the door, so no two names make one key. */
const keyOf = (db: string, measurement: string) => `${db}\0${measurement}`;

function partOf(
  measurements: readonly MeasurementSummary[],
  databases: readonly string[] | undefined,
): CataloguePart {
  return { kind: 'catalogue', ...(databases && { databases }), measurements };
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const stringBytes = (text: string) => LENGTH_BYTES + Buffer.byteLength(text);

/** What a summary takes in a message, at the most. */
function bytesOf({ db, name, fields, tagKeys }: MeasurementSummary): number {
  let bytes = SUMMARY_BYTES + stringBytes(db) + stringBytes(name);
  for (const field of fields) bytes += FIELD_BYTES + stringBytes(field.name);
  for (const key of tagKeys) bytes += stringBytes(key);
  return bytes;
}
