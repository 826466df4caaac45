import {
  ANSWER_PART_BYTES,
  type CatalogueMeasurement,
  type CataloguePart,
  type CatalogueQuery,
  encodeShape,
  floorMs,
  type MeasurementShape,
  type MeasurementSummary,
  type StoredEvent,
  type StoredTable,
  type TimeWindow,
} from '@overseer/shared';

import { EventJournal } from './event-journal.ts';
import { Coverage } from './positions.ts';
import { RecentWrites } from './recent-writes.ts';
import type { MeasurementName, Snapshot } from './snapshot.ts';

/** Databases with the longest names still fit one message. */
const DATABASES_MAX = 4096;
/** About a kilobyte each. */
export const MEASUREMENTS_MAX = 100_000;
/** With the longest names, and as many fields as ingress lets a measurement have, a summary still fits one message. */
const TAG_KEYS_MAX = 512;
/** What a summary takes besides its names: keys of the map, numbers. */
const SUMMARY_BYTES = 320;
/** Length of a string before its bytes, at the most. */
const LENGTH_BYTES = 5;

/** A summary; its times and rows move with every event. */
interface Entry extends Omit<MeasurementSummary, keyof MeasurementShape> {
  /** Encoded once for all answers. */
  readonly shape: Uint8Array;
  newestMs: number | null;
  lastWriteMs: number | null;
  rows: number;
  merged: number;
  /** Which events the store had counted when it gave the summary. */
  coverage: Coverage;
}

/** Databases and their measurements, in memory: what the store said last, with times and rows from the events since. */
export class Catalogue {
  #databases: readonly string[] = [];
  #entries = new Map<string, Entry>();
  /** All of them in the order of answers; undefined: there are others by now. */
  #inOrder: readonly Entry[] | undefined;
  #seriesNewWindow: TimeWindow = { fromMs: 0, toMs: 0 };
  /** Databases, measurements and tag keys of the last snapshot of everything that were too many. */
  #leftOut = 0;
  /** Events that come while the store is asked for a snapshot. */
  readonly journal = new EventJournal();
  readonly recent = new RecentWrites(keyOf);

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
  replace(snapshot: Snapshot): void {
    const before = this.#entries;
    this.#entries = new Map();
    this.#inOrder = undefined;
    this.#leftOut = this.#takeDatabases(snapshot);
    const put = this.#putter(snapshot);
    for (const summary of snapshot.measurements) {
      this.#leftOut += put(summary, before.get(keyOf(summary.db, summary.name)));
    }
  }

  /** Takes up a snapshot of some measurements; those of which it has nothing don't exist. */
  refresh(asked: readonly MeasurementName[], snapshot: Snapshot): void {
    this.#takeDatabases(snapshot);
    const missing = new Set(asked.map(([db, measurement]) => keyOf(db, measurement)));
    const put = this.#putter(snapshot);
    for (const summary of snapshot.measurements) {
      const key = keyOf(summary.db, summary.name);
      missing.delete(key);
      put(summary, this.#entries.get(key));
    }
    for (const key of missing) this.#delete(key);
  }

  /** Forgets a measurement, or all of a database: what comes under the name is another one, with times of its own. */
  forget(db: string, measurement: string | undefined): void {
    if (measurement !== undefined) {
      this.#forget(keyOf(db, measurement));
      return;
    }
    for (const [key, entry] of this.#entries) if (entry.db === db) this.#forget(key);
    this.#databases = this.#databases.filter((name) => name !== db);
  }

  has(db: string, measurement: string): boolean {
    return this.#entries.has(keyOf(db, measurement));
  }

  /**
   * Takes times and rows of an event, each of which must come once.
   * @param onNew called for each measurement of which the store must be asked: only it can tell what is new
   */
  apply(event: StoredEvent, onNew: (db: string, measurement: string) => void): void {
    this.journal.add(event);
    this.recent.add(event);
    for (const table of event.tables) {
      const { database, measurement, fieldsNew, seriesNew, tagKeysNew } = table;
      const entry = this.#entries.get(keyOf(database, measurement));
      if (entry) countRows(entry, table, event);
      const hasNew = seriesNew > 0 || fieldsNew.length > 0 || tagKeysNew.length > 0;
      if (!entry || hasNew) onNew(database, measurement);
    }
  }

  /**
   * What it has, sorted, in parts of about ANSWER_PART_BYTES; at least one.
   * @param query only of this database, of this measurement; undefined: of all
   */
  *parts({ db, measurement }: CatalogueQuery, nowMs: number): Generator<CataloguePart, void, void> {
    const databases = this.#databases.filter((name) => db === undefined || name === db);
    const recentWindows = this.recent.windows(nowMs);
    const head = { databases, recentWindows, seriesNewWindow: this.#seriesNewWindow };
    let measurements: CatalogueMeasurement[] = [];
    let bytes = databases.reduce((sum, name) => sum + stringBytes(name), 0);
    let isFirst = true;
    for (const entry of this.#sorted(db, measurement)) {
      const summaryBytes = bytesOf(entry);
      if (bytes > 0 && bytes + summaryBytes > ANSWER_PART_BYTES) {
        yield { kind: 'catalogue', ...(isFirst && head), measurements };
        isFirst = false;
        measurements = [];
        bytes = 0;
      }
      // As it is now: while an answer waits to be taken, events move times and rows.
      const { coverage: _, ...summary } = entry;
      const recentRows = this.recent.within(keyOf(entry.db, entry.name), recentWindows);
      measurements.push({ ...summary, recentRows });
      bytes += summaryBytes;
    }
    if (isFirst || measurements.length > 0) {
      yield { kind: 'catalogue', ...(isFirst && head), measurements };
    }
  }

  #sorted(db: string | undefined, measurement: string | undefined): readonly Entry[] {
    this.#inOrder ??= [...this.#entries.values()].sort(
      (a, b) => compare(a.db, b.db) || compare(a.name, b.name),
    );
    if (db === undefined && measurement === undefined) return this.#inOrder;
    return this.#inOrder.filter(
      (entry) => entry.db === (db ?? entry.db) && entry.name === (measurement ?? entry.name),
    );
  }

  #forget(key: string): void {
    this.#delete(key);
    this.recent.forget(key);
  }

  #delete(key: string): void {
    this.#entries.delete(key);
    this.#inOrder = undefined;
  }

  /** Gives how many are left out. */
  #takeDatabases({ databases, seriesNewWindow }: Snapshot): number {
    this.#seriesNewWindow = seriesNewWindow;
    this.#databases = databases.slice(0, DATABASES_MAX).sort(compare);
    return databases.length - this.#databases.length;
  }

  /** Gives what puts summaries of a snapshot, which gives how much is left out: the measurement, or tag keys of it. */
  #putter({ positions }: Snapshot) {
    const coverage = new Coverage(positions);
    const since = this.journal.since(coverage, keyOf);
    return (summary: MeasurementSummary, known: Entry | undefined): number => {
      const key = keyOf(summary.db, summary.name);
      if (this.#entries.size >= MEASUREMENTS_MAX && !this.#entries.has(key)) return 1;
      const behind = since?.get(key);
      // What came meanwhile is not known: counted on as it was, until the store is asked again.
      const counted = since ? undefined : known;
      const { fields, tagKeys, tagValueCounts, ...figures } = summary;
      this.#inOrder = undefined;
      this.#entries.set(key, {
        ...figures,
        shape: encodeShape({
          fields,
          tagKeys: tagKeys.slice(0, TAG_KEYS_MAX),
          tagValueCounts: tagValueCounts.slice(0, TAG_KEYS_MAX),
        }),
        // An event may have told more than the store knew when it was asked.
        newestMs: later(summary.newestMs, known?.newestMs ?? null),
        lastWriteMs: later(summary.lastWriteMs, known?.lastWriteMs ?? null),
        rows: counted?.rows ?? summary.rows + (behind?.rows ?? 0),
        merged: counted?.merged ?? summary.merged + (behind?.merged ?? 0),
        coverage: counted?.coverage ?? coverage,
      });
      return Math.max(0, tagKeys.length - TAG_KEYS_MAX);
    };
  }
}

function countRows(
  entry: Entry,
  { rows, merged, timeMaxNs }: StoredTable,
  event: StoredEvent,
): void {
  if (rows + merged === 0) return;
  entry.newestMs = later(entry.newestMs, floorMs(timeMaxNs));
  entry.lastWriteMs = later(entry.lastWriteMs, event.committedAtMs);
  if (entry.coverage.has(event)) return;
  entry.rows += rows + merged;
  entry.merged += merged;
}

/** NUL is refused at the door, so no two names make one key. */
const keyOf = (db: string, measurement: string) => `${db}\0${measurement}`;

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const stringBytes = (text: string) => LENGTH_BYTES + Buffer.byteLength(text);

/** What an entry takes in a message, at the most. */
function bytesOf({ db, name, shape }: Entry): number {
  return SUMMARY_BYTES + stringBytes(db) + stringBytes(name) + shape.length;
}
