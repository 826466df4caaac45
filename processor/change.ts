import type { ChangedEvent, StoredTable, Update } from '@overseer/shared';

const NS_PER_MS = 1_000_000n;
/** Times that points can have. */
const TIME_MIN_NS = -(2n ** 63n);
const TIME_MAX_NS = 2n ** 63n - 1n;

/** Milliseconds at or before a time in nanoseconds. */
export function floorMs(timeNs: bigint): number {
  const ms = timeNs / NS_PER_MS;
  return Number(ms * NS_PER_MS > timeNs ? ms - 1n : ms);
}

/** Milliseconds at or after a time in nanoseconds. */
export function ceilMs(timeNs: bigint): number {
  return -floorMs(-timeNs);
}

/** What happened to one measurement: what an update tells. */
export type Change = Omit<Update, 'kind'>;

/**
 * What one transaction did to one measurement.
 * @param isKnown whether the catalogue has the measurement; an event need not tell that it is new
 */
export function changeOf(table: StoredTable, committedAtMs: number, isKnown: boolean): Change {
  const rows = table.rows + table.merged;
  return {
    db: table.database,
    measurement: table.measurement,
    // Without rows there is no range; an empty one at the present harms nobody.
    fromMs: rows > 0 ? floorMs(table.timeMinNs) : committedAtMs,
    toMs: rows > 0 ? ceilMs(table.timeMaxNs) : committedAtMs,
    rows,
    seriesNew: table.seriesNew,
    fieldsNew: !isKnown || table.fieldsNew.length > 0,
    committedAtMs,
  };
}

/** What a deletion did to one measurement: whatever was told of the range may be otherwise. */
export function changeOfDeletion(
  { db, startNs, endNs, dropped }: ChangedEvent,
  measurement: string,
  nowMs: number,
): Change {
  return {
    db,
    measurement,
    fromMs: floorMs(startNs ?? TIME_MIN_NS),
    toMs: ceilMs(endNs ?? TIME_MAX_NS),
    rows: 0,
    seriesNew: 0,
    // Who holds the fields must ask for them again.
    fieldsNew: dropped,
    committedAtMs: nowMs,
  };
}

/** Two changes of one measurement as one. */
export function mergeChanges(a: Change, b: Change): Change {
  return {
    db: a.db,
    measurement: a.measurement,
    fromMs: Math.min(a.fromMs, b.fromMs),
    toMs: Math.max(a.toMs, b.toMs),
    rows: a.rows + b.rows,
    seriesNew: a.seriesNew + b.seriesNew,
    fieldsNew: a.fieldsNew || b.fieldsNew,
    committedAtMs: Math.max(a.committedAtMs, b.committedAtMs),
  };
}
