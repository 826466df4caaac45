import type { Logger } from '@overseer/shared';
import type { Table } from './catalogue.ts';
import { retryLocked } from './locks.ts';
import type { Database } from './postgres.ts';

/** Half open, in seconds since 1970. */
export interface TimeRange {
  readonly fromS: number;
  readonly toS: number;
}

const DAY_S = 86_400;
/** Widths that divide each other, so that aligned ranges nest; the last ones are four weeks and 52 weeks. */
const WIDTHS_S = [3600, DAY_S, 28 * DAY_S, 13 * 28 * DAY_S] as const;
/** Nearer to now than this, partitions have the configured width; further away ever wider ones, so that stray times make few. */
const NEAR_S = 7 * DAY_S;
const FAR_S = 366 * DAY_S;

/**
 * A partition that is being filled gains nothing by being vacuumed for its inserts, again and again, each time from its first page: the
 * workers took a quarter of a core while rows came in at full speed. Rewritten rows are still vacuumed away.
 */
const STORAGE = 'autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 1';

/** Which partitions exist, and the making of those that are missing. */
export class TimePartitions {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #widthS: number;
  /** Ranges of each table, sorted. */
  readonly #ranges = new Map<number, TimeRange[]>();
  #changes: Promise<unknown> = Promise.resolve();

  constructor(database: Database, log: Logger, widthMs: number) {
    this.#database = database;
    this.#log = log;
    this.#widthS = Math.max(3600, Math.round(widthMs / 1000));
  }

  async load(): Promise<void> {
    const rows = await this.#database`
      SELECT measurement_id, from_s, to_s FROM overseer.partitions ORDER BY measurement_id, from_s`;
    this.#ranges.clear();
    for (const row of rows) {
      this.#add(row.measurement_id, { fromS: Number(row.from_s), toS: Number(row.to_s) });
    }
  }

  get size(): number {
    let size = 0;
    for (const ranges of this.#ranges.values()) size += ranges.length;
    return size;
  }

  /** The partition that holds this time, if it exists. */
  find(tableId: number, timeS: number): TimeRange | undefined {
    const ranges = this.#ranges.get(tableId) ?? [];
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle] as TimeRange).toS <= timeS) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low];
    return range && range.fromS <= timeS ? range : undefined;
  }

  /** Makes the partitions that these times (seconds since 1970) need. */
  ensure(table: Table, timesS: readonly number[]): Promise<void> {
    const change = this.#changes.then(() => this.#make(table, timesS));
    this.#changes = change.catch(() => undefined);
    return change;
  }

  /** Makes the partition after the present one of tables that were written to lately. */
  async makeAhead(tables: Iterable<Table>): Promise<void> {
    const nowS = Math.floor(Date.now() / 1000);
    for (const table of tables) {
      const current = this.find(table.id, nowS);
      if (current && !this.find(table.id, current.toS)) await this.ensure(table, [current.toS]);
    }
  }

  async #make(table: Table, timesS: readonly number[]): Promise<void> {
    if (timesS.every((timeS) => this.find(table.id, timeS))) return;
    // Another store may have made some: what counts is the record.
    await retryLocked(this.#database, this.#log, async (transaction) => {
      const rows = await transaction`
        SELECT from_s, to_s FROM overseer.partitions
        WHERE measurement_id = (SELECT id FROM overseer.measurements WHERE id = ${table.id} FOR UPDATE)
        ORDER BY from_s`;
      this.#ranges.set(
        table.id,
        rows.map((row) => ({ fromS: Number(row.from_s), toS: Number(row.to_s) })),
      );
      for (const timeS of timesS) {
        if (this.find(table.id, timeS)) continue;
        const range = this.#choose(table.id, timeS);
        const name = `m${table.id}_${range.fromS}`.replace('-', 'n');
        // Made apart and attached: PARTITION OF would lock the whole table against readers and writers.
        await transaction
          .unsafe(`
          CREATE TABLE points.${name} (LIKE ${table.name} INCLUDING DEFAULTS INCLUDING STORAGE)
            WITH (${STORAGE});
          ALTER TABLE ${table.name} ATTACH PARTITION points.${name}
            FOR VALUES FROM (${timestamp(range.fromS)}) TO (${timestamp(range.toS)})`)
          .simple();
        await transaction`
          INSERT INTO overseer.partitions (measurement_id, name, from_s, to_s)
          VALUES (${table.id}, ${name}, ${range.fromS}, ${range.toS})`;
        this.#add(table.id, range);
      }
    }).catch(async (error) => {
      // What was rolled back must not be believed.
      this.#ranges.delete(table.id);
      throw error;
    });
  }

  /** The widest aligned range for this time that fits its distance from now and touches no existing one. */
  #choose(tableId: number, timeS: number): TimeRange {
    const distanceS = Math.abs(timeS - Date.now() / 1000);
    const near = distanceS < NEAR_S;
    const widths = near
      ? [this.#widthS]
      : WIDTHS_S.slice(0, distanceS < FAR_S ? 3 : 4).toReversed();
    const ranges = this.#ranges.get(tableId) ?? [];
    for (const width of [...widths, ...WIDTHS_S.toReversed()]) {
      const fromS = Math.floor(timeS / width) * width;
      const range = { fromS, toS: fromS + width };
      if (!ranges.some((other) => other.fromS < range.toS && range.fromS < other.toS)) return range;
    }
    return gapAround(ranges, timeS);
  }

  #add(tableId: number, range: TimeRange): void {
    const ranges = this.#ranges.get(tableId) ?? [];
    ranges.push(range);
    ranges.sort((a, b) => a.fromS - b.fromS);
    this.#ranges.set(tableId, ranges);
  }
}

/** The hour around this time, cut where other partitions begin or end. */
function gapAround(ranges: readonly TimeRange[], timeS: number): TimeRange {
  let fromS = Math.floor(timeS / 3600) * 3600;
  let toS = fromS + 3600;
  for (const range of ranges) {
    if (range.toS <= timeS) fromS = Math.max(fromS, range.toS);
    if (range.fromS > timeS) toS = Math.min(toS, range.fromS);
  }
  return { fromS, toS };
}

/** Seconds since 1970 as a literal that doesn't depend on the session's settings and knows years before 1. */
export function timestamp(timeS: number): string {
  return `'${new Date(timeS * 1000).toISOString()}'`;
}
