import type { Logger } from '@overseer/shared';
import type { Table } from '../catalogue.ts';
import { retryLocked } from '../locks.ts';
import type { Database, Transaction } from '../postgres.ts';
import { attachPartition } from './attach.ts';
import { densityBefore } from './density.ts';
import { RetentionRules } from './retention.ts';
import { holds, type TimeRange } from './time-range.ts';
import { chooseRange, WIDTH_MIN_S } from './width.ts';

/** So far ahead of now there are partitions of whatever is being written: making one may have to wait for who reads the table. */
const AHEAD_S = 600;
/** Measurements without rows for longer get none. */
const IDLE_MAX_S = 3600;
/** What a value takes in a table, and a row beside its values: header, time and series. */
const VALUE_BYTES = 9;
const ROW_BYTES = 44;
/** Rows in hand that span less time may be of one moment. */
const HAND_SPAN_MIN_S = 10;

/** The rows for which partitions are made: how dense they lie tells how wide partitions of history are to be. */
export interface RowsInHand {
  readonly rows: number;
  /** How many of them must be merged. */
  readonly merged: number;
  readonly spanS: number;
}

/** Which partitions exist, and the making of those that are missing. */
export class TimePartitions {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #widthMaxS: number;
  readonly #retention: RetentionRules;
  /** Ranges of each table, sorted. */
  #ranges = new Map<number, readonly TimeRange[]>();
  /** Where the newest partition ends that is being removed from a table. */
  #removedToS = new Map<number, number>();
  #changes: Promise<unknown> = Promise.resolve();
  #version = 0;
  #made = 0;
  /** What was read last, as text. */
  #read = '';

  /**
   * @param widthMaxMs the widest that partitions near now become
   * @param retention  how long points are kept; for ever unless told
   */
  constructor(
    database: Database,
    log: Logger,
    widthMaxMs: number,
    retention = new RetentionRules(0),
  ) {
    this.#retention = retention;
    this.#database = database;
    this.#log = log;
    this.#widthMaxS = Math.max(WIDTH_MIN_S, Math.round(widthMaxMs / 1000));
  }

  /** Reads what exists and what is kept; again whenever another store may have made or removed some. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#retention.load(this.#database);
      const rows = await this.#database`
        SELECT measurement_id, from_s, to_s, removing FROM overseer.partitions
        ORDER BY measurement_id, from_s`;
      const read = JSON.stringify(rows, (_, value) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      if (read !== this.#read) this.#version++;
      this.#read = read;
      const ranges = new Map<number, TimeRange[]>();
      this.#removedToS = new Map();
      for (const { measurement_id: tableId, from_s, to_s, removing } of rows) {
        if (removing) this.#removedToS.set(tableId, Number(to_s));
        const known = ranges.get(tableId) ?? [];
        if (!removing) known.push({ fromS: Number(from_s), toS: Number(to_s) });
        ranges.set(tableId, known);
      }
      this.#ranges = ranges;
    });
  }

  /** Counts the changes that were read. */
  get version(): number {
    return this.#version;
  }

  /**
   * Reads anew, forgetting what is no partition any more: somebody may have taken it away by hand.
   * @returns whether something is other than it was at that version
   */
  async changedSince(version: number): Promise<boolean> {
    await this.#database`
      DELETE FROM overseer.partitions p WHERE NOT removing
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('points.' || p.name))`;
    await this.load();
    return this.#version !== version;
  }

  /** Rows of the table before this time, seconds since 1970, are not kept: their partitions are gone, or about to go. */
  keptFromS(table: Table): number {
    const removedS = this.#removedToS.get(table.id) ?? Number.NEGATIVE_INFINITY;
    return Math.max(this.#retention.keptFromS(table), removedS);
  }

  /** How many this process has made. */
  get made(): number {
    return this.#made;
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
    return range && holds(range, timeS) ? range : undefined;
  }

  /**
   * Makes the partitions that these times (seconds since 1970) need.
   * @param hand the rows of which they are
   */
  ensure(table: Table, timesS: readonly number[], hand?: RowsInHand): Promise<void> {
    return this.#inTurn(() => this.#make(table, timesS, hand));
  }

  /** One after another: what was read last is what is remembered. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#changes.then(action);
    this.#changes = turn.catch(() => undefined);
    return turn;
  }

  /** Makes the partitions that come next for tables that were written to lately. */
  async makeAhead(tables: Iterable<Table>): Promise<void> {
    const written = await this.#database`
      SELECT DISTINCT measurement_id FROM overseer.newest
      WHERE written_at > now() - ${IDLE_MAX_S} * interval '1 second'`;
    const busy = new Set(written.map((row) => Number(row.measurement_id)));
    const nowS = Math.floor(Date.now() / 1000);
    for (const table of tables) {
      if (!busy.has(table.id)) continue;
      let last = this.find(table.id, nowS);
      while (last && last.toS < nowS + AHEAD_S) {
        const nextS: number = last.toS;
        if (!this.find(table.id, nextS)) await this.ensure(table, [nextS]);
        last = this.find(table.id, nextS);
      }
    }
  }

  async #make(table: Table, timesS: readonly number[], hand?: RowsInHand): Promise<void> {
    const missingS = timesS.filter((timeS) => !this.find(table.id, timeS));
    if (missingS.length === 0) return;
    missingS.sort((a, b) => a - b);
    const ranges = await retryLocked(this.#database, this.#log, async (transaction) => {
      // Apart from the read: a statement that waited for the lock would still see what was there before it waited.
      const held =
        await transaction`SELECT FROM overseer.measurements WHERE id = ${table.id} FOR UPDATE`;
      // Dropped meanwhile: whoever has rows for it learns of that when he stores them.
      if (held.length === 0) return [];
      return await this.#attachMissing(transaction, table, missingS, hand);
    });
    // Only now: before the commit, a row of another owner would be sent to a partition that it can't see.
    this.#remember(table, ranges);
  }

  #remember(table: Table, ranges: readonly TimeRange[]): void {
    this.#ranges.set(
      table.id,
      ranges.toSorted((a, b) => a.fromS - b.fromS),
    );
  }

  /** All ranges of the table, with those that it made. */
  async #attachMissing(
    transaction: Transaction,
    table: Table,
    missingS: readonly number[],
    hand: RowsInHand | undefined,
  ): Promise<TimeRange[]> {
    const { known, removing } = await readRanges(transaction, table.id);
    const nowS = Math.floor(Date.now() / 1000);
    const handBytesPerS = hand ? density(table, hand) : 0;
    let made = 0;
    for (const timeS of missingS) {
      // Nobody writes there: what is removed was older than it may be.
      if (known.some((range) => holds(range, timeS))) continue;
      if (removing.some((range) => holds(range, timeS))) continue;
      const range = chooseRange(timeS, {
        nowS,
        widthMaxS: this.#widthMaxS,
        ranges: [...known, ...removing],
        made,
        before: await densityBefore(transaction, table.id, timeS, nowS),
        handBytesPerS,
      });
      // Each group of rows that is merged into history would read what those before it wrote.
      const indexed = range.toS <= nowS && (hand?.merged ?? 0) > 0;
      await attachPartition(transaction, table, range, indexed);
      this.#made++;
      known.push(range);
      made++;
    }
    return known;
  }
}

function density(table: Table, { rows, spanS }: RowsInHand): number {
  const bytes = rows * (ROW_BYTES + table.fields.size * VALUE_BYTES);
  return bytes / Math.max(spanS, HAND_SPAN_MIN_S);
}

async function readRanges(
  transaction: Transaction,
  tableId: number,
): Promise<{ known: TimeRange[]; removing: TimeRange[] }> {
  const rows = await transaction`
    SELECT from_s, to_s, removing FROM overseer.partitions WHERE measurement_id = ${tableId}`;
  const known: TimeRange[] = [];
  const removing: TimeRange[] = [];
  for (const row of rows) {
    const range = { fromS: Number(row.from_s), toS: Number(row.to_s) };
    (row.removing ? removing : known).push(range);
  }
  return { known, removing };
}
