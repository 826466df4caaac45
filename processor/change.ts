import {
  type ChangedEvent,
  ceilMs,
  floorMs,
  joinRanges,
  type RangeMs,
  type StoredEvent,
  type StoredTable,
  type Update,
} from '@overseer/shared';

/** Times that points can have. */
const TIME_MIN_NS = -(2n ** 63n);
const TIME_MAX_NS = 2n ** 63n - 1n;

type Told = 'kind' | 'fromMs' | 'toMs' | 'seriesMin';

/** What happened to one measurement, in one transaction or several. */
export interface Change extends Omit<Update, Told> {
  /**
   * Series that one transaction wrote to, the most of each partition. No two partitions have a series in common, so their sum is no
   * more than all.
   */
  readonly seriesByPartition: ReadonlyMap<number, number>;
}

/**
 * What one transaction did to one measurement.
 * @param isKnown whether the catalogue has the measurement; an event need not tell that it is new
 */
export function changeOf(
  table: StoredTable,
  { partition, committedAtMs }: Pick<StoredEvent, 'partition' | 'committedAtMs'>,
  isKnown: boolean,
): Change {
  const rows = table.rows + table.merged;
  const whole: RangeMs = [floorMs(table.timeMinNs), ceilMs(table.timeMaxNs)];
  // Rows are of one series at least, and of as many as they are at the most.
  const { series: seriesMin = Math.min(rows, 1), series: seriesMax = rows } = table;
  return {
    db: table.database,
    measurement: table.measurement,
    ranges: rows > 0 ? joinRanges(table.ranges ?? [whole]) : [],
    rows,
    lateRows: table.merged,
    seriesByPartition: new Map([[partition, seriesMin]]),
    seriesMax,
    seriesNew: table.seriesNew,
    fieldsNew: !isKnown || table.fieldsNew.length > 0,
    deleted: false,
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
    ranges: [[floorMs(startNs ?? TIME_MIN_NS), ceilMs(endNs ?? TIME_MAX_NS)]],
    rows: 0,
    lateRows: 0,
    seriesByPartition: new Map(),
    seriesMax: 0,
    seriesNew: 0,
    // Who holds the fields must ask for them again.
    fieldsNew: dropped,
    deleted: true,
    committedAtMs: nowMs,
  };
}

/** Two changes of one measurement as one. */
export function mergeChanges(a: Change, b: Change): Change {
  const seriesByPartition = new Map(a.seriesByPartition);
  for (const [partition, series] of b.seriesByPartition) {
    seriesByPartition.set(partition, Math.max(seriesByPartition.get(partition) ?? 0, series));
  }
  return {
    db: a.db,
    measurement: a.measurement,
    ranges: joinRanges([...a.ranges, ...b.ranges]),
    rows: a.rows + b.rows,
    lateRows: a.lateRows + b.lateRows,
    seriesByPartition,
    seriesMax: a.seriesMax + b.seriesMax,
    seriesNew: a.seriesNew + b.seriesNew,
    fieldsNew: a.fieldsNew || b.fieldsNew,
    deleted: a.deleted || b.deleted,
    committedAtMs: Math.max(a.committedAtMs, b.committedAtMs),
  };
}

/** What listeners are told of a change. */
export function updateOf({ seriesByPartition, ...change }: Change): Update {
  return {
    kind: 'update',
    ...change,
    // Without ranges an empty one at the present, which harms nobody.
    fromMs: change.ranges[0]?.[0] ?? change.committedAtMs,
    toMs: change.ranges.at(-1)?.[1] ?? change.committedAtMs,
    seriesMin: seriesByPartition.values().reduce((sum, series) => sum + series, 0),
  };
}
