import type { Logger } from '@overseer/shared';
import type { Table } from '../catalogue.ts';
import { retryLocked } from '../locks.ts';
import type { Database, Transaction } from '../postgres.ts';
import { attachPartition } from './attach.ts';
import { chooseRange } from './choose-range.ts';
import { holds, type TimeRange } from './time-range.ts';

/** Which partitions exist, and the making of those that are missing. */
export class TimePartitions {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #widthS: number;
  /** Ranges of each table, sorted. */
  readonly #ranges = new Map<number, readonly TimeRange[]>();
  #changes: Promise<unknown> = Promise.resolve();

  constructor(database: Database, log: Logger, widthMs: number) {
    this.#database = database;
    this.#log = log;
    this.#widthS = Math.max(3600, Math.round(widthMs / 1000));
  }

  /** Reads what exists; again whenever another store may have made some. */
  load(): Promise<void> {
    return this.#inTurn(() => this.#read());
  }

  async #read(): Promise<void> {
    const rows = await this.#database`
      SELECT measurement_id, from_s, to_s FROM overseer.partitions ORDER BY measurement_id, from_s`;
    const loaded = new Map<number, TimeRange[]>();
    for (const row of rows) {
      const ranges = loaded.get(row.measurement_id) ?? [];
      ranges.push({ fromS: Number(row.from_s), toS: Number(row.to_s) });
      loaded.set(row.measurement_id, ranges);
    }
    for (const [tableId, ranges] of loaded) this.#ranges.set(tableId, ranges);
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
    return this.#inTurn(() => this.#make(table, timesS));
  }

  /** One after another: what was read last is what is remembered. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#changes.then(action);
    this.#changes = turn.catch(() => undefined);
    return turn;
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
    const ranges = await retryLocked(this.#database, this.#log, async (transaction) => {
      // Apart from the read: a statement that waited for the lock would still see what was there before it waited.
      await transaction`SELECT FROM overseer.measurements WHERE id = ${table.id} FOR UPDATE`;
      const known = await readRanges(transaction, table.id);
      for (const timeS of timesS) {
        if (known.some((range) => holds(range, timeS))) continue;
        const range = chooseRange(known, timeS, this.#widthS);
        await attachPartition(transaction, table, range);
        known.push(range);
      }
      return known;
    });
    // Only now: before the commit, a row of another owner would be sent to a partition that it can't see.
    this.#ranges.set(
      table.id,
      ranges.toSorted((a, b) => a.fromS - b.fromS),
    );
  }
}

async function readRanges(transaction: Transaction, tableId: number): Promise<TimeRange[]> {
  const rows = await transaction`
    SELECT from_s, to_s FROM overseer.partitions WHERE measurement_id = ${tableId}`;
  return rows.map((row) => ({ fromS: Number(row.from_s), toS: Number(row.to_s) }));
}
