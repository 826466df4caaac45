import type { Announcements } from '@overseer/shared/batch';
import {
  ENTRY_CHECK,
  ENTRY_ID,
  ENTRY_NEWEST,
  ENTRY_TABLE,
  SERIES_ADDED,
  SERIES_COLLISION,
  SERIES_FORGED,
  SERIES_FULL,
  SERIES_KNOWN,
  TOP_BYTES,
  TOP_COUNT,
  TOP_ITEM_BYTES,
  TOP_ITEMS,
  TOP_ROWS,
  TOP_TABLE,
} from './assembly/rows/layout.ts';
import type { LoadedMessage, RowsKernel } from './rows-kernel.ts';

/** Newest time of a series that has no rows: every time is newer. */
export const NO_ROWS_NS = -(2n ** 63n);

const ID_BITS = 64;
/** Three lists of u32. */
const LISTS_BYTES = 3 * 4;
/** Table of series that are about to be forgotten; tables are numbered from 1, by an int4. */
const NO_TABLE = 2 ** 32 - 1;

/** What is known of one series. */
export interface IndexedSeries {
  /** Second hash of the key, by which two keys with one id are told apart. */
  readonly check: bigint;
  /** No row of the series is newer: nanoseconds since 1970. */
  readonly newestNs: bigint;
  /** Number of the table that its rows are in. */
  readonly table: number;
}

/** Many series at once; position i of each column is one series. */
export interface SeriesColumns {
  readonly ids: BigUint64Array;
  readonly checks: BigUint64Array;
  readonly newestNs: BigInt64Array;
  readonly tables: Uint32Array;
}

/** What became of announced series; positions in the announcement. */
export interface AnnouncedSeries {
  readonly added: Uint32Array;
  /** Checks of the added ones. */
  readonly addedChecks: BigUint64Array;
  /** Their id belongs to another key: two keys with one hash. */
  readonly collisions: Uint32Array;
  /** Checks of those. */
  readonly collisionChecks: BigUint64Array;
  /** Their id is not the hash of their key. */
  readonly forged: Uint32Array;
}

/** The series of one table that had the most rows. */
export interface BusiestOfTable {
  readonly table: number;
  /** Of all its series. */
  readonly rows: number;
  /** Most rows first. */
  readonly series: readonly { readonly id: bigint; readonly rows: number }[];
}

export interface BusiestSeries {
  /** In no order. */
  readonly tables: readonly BusiestOfTable[];
  /** Series with rows whose tables found no room. */
  readonly leftOut: number;
}

/** Another series than this would be one too many. */
export class SeriesLimitError extends Error {
  override name = 'SeriesLimitError';
}

/** The series that the store knows, by id, in wasm memory: a hash table without an object a series. */
export class SeriesIndex {
  private readonly idMask: bigint;

  constructor(
    private readonly kernel: RowsKernel,
    idBits: number,
  ) {
    if (!(idBits >= 1 && idBits <= ID_BITS)) throw new Error(`idBits is ${idBits}, not 1 to 64`);
    this.idMask = (1n << BigInt(idBits)) - 1n;
  }

  get size(): number {
    return this.kernel.exports.seriesCount();
  }

  /** Bytes that the series take in wasm memory. */
  get memoryBytes(): number {
    return this.kernel.exports.indexBytes();
  }

  get seriesMax(): number {
    return this.kernel.limits.seriesMax;
  }

  /** Id and check of a canonical key. */
  hashes(key: Uint8Array): { id: bigint; check: bigint } {
    this.kernel.writeKey(key);
    const { hashKey, checkKey } = this.kernel.exports;
    return {
      id: BigInt.asUintN(64, hashKey(key.length)) & this.idMask,
      check: BigInt.asUintN(64, checkKey(key.length)),
    };
  }

  get(id: bigint): IndexedSeries | undefined {
    const entry = this.kernel.exports.findEntry(id);
    if (entry === 0) return undefined;
    const { view } = this.kernel;
    return {
      check: view.getBigUint64(entry + ENTRY_CHECK, true),
      newestNs: view.getBigInt64(entry + ENTRY_NEWEST, true),
      table: view.getUint32(entry + ENTRY_TABLE, true),
    };
  }

  /**
   * Adds one series. A known one stays as it is.
   * @throws SeriesLimitError when there are too many
   */
  add(id: bigint, series: IndexedSeries): 'added' | 'known' | 'collision' {
    const { addSeries } = this.kernel.exports;
    const status = addSeries(id, series.check, series.table, series.newestNs);
    switch (status) {
      case SERIES_ADDED:
        return 'added';
      case SERIES_KNOWN:
        return 'known';
      case SERIES_COLLISION:
        return 'collision';
      default:
        throw this.fullError();
    }
  }

  /**
   * Adds many series, as a store does that starts with those of the database.
   * @returns how many were new
   * @throws SeriesLimitError when there are too many, Error when an id has two checks: the catalogue is damaged
   */
  addAll(series: SeriesColumns): number {
    const { kernel } = this;
    kernel.releaseMessages();
    // Columns pass through the room of the messages: 28 bytes a series, and one for what became of it.
    const chunk = Math.min(Math.floor(kernel.limits.messagesBytes / 32), series.ids.length);
    const ids = kernel.messagesAt;
    const checks = ids + chunk * 8;
    const newests = checks + chunk * 8;
    const tables = newests + chunk * 8;
    const statuses = tables + chunk * 4;
    let added = 0;
    for (let from = 0; from < series.ids.length; from += chunk) {
      const to = Math.min(from + chunk, series.ids.length);
      kernel.writeColumn(ids, series.ids.subarray(from, to));
      kernel.writeColumn(checks, series.checks.subarray(from, to));
      kernel.writeColumn(newests, series.newestNs.subarray(from, to));
      kernel.writeColumn(tables, series.tables.subarray(from, to));
      const { addSeriesColumns } = kernel.exports;
      added += addSeriesColumns(ids, checks, newests, tables, to - from, statuses);
      const results = kernel.bytes.subarray(statuses, statuses + to - from);
      if (results.includes(SERIES_FULL)) throw this.fullError();
      const collision = results.indexOf(SERIES_COLLISION);
      if (collision >= 0) throw new Error(`series ${series.ids[from + collision]} has two checks`);
    }
    return added;
  }

  /**
   * Adds the series that a block announces, after checking that each id is the hash of its key. Series known already are passed
   * over; new ones have no rows.
   *
   * @param prefix `database NUL measurement`, the start of the canonical keys
   * @param table  number of the measurement's table
   * @throws SeriesLimitError when there are too many; then none was added
   */
  announce(
    message: LoadedMessage,
    announced: Announcements,
    prefix: Uint8Array,
    table: number,
  ): AnnouncedSeries {
    const { kernel } = this;
    kernel.assertLoaded(message);
    const count = announced.ids.length / 8;
    const ids = message.pointerTo(announced.ids);
    if (
      this.size + count > this.seriesMax &&
      this.size + kernel.exports.unknownSeriesCount(ids, count) > this.seriesMax
    ) {
      throw this.limitError();
    }
    kernel.writeKey(prefix);
    kernel.exports.announceSeries(
      prefix.length,
      ids,
      message.pointerTo(announced.ends),
      message.pointerTo(announced.keys),
      count,
      table,
      this.idMask,
    );
    return this.announcedSeries(count);
  }

  /** Reads what `announceSeries` left in the lists: the checks in the first two, statuses in the third. */
  private announcedSeries(count: number): AnnouncedSeries {
    const { kernel } = this;
    const statuses = kernel.bytes.subarray(kernel.listPointer(2), kernel.listPointer(2) + count);
    if (statuses.includes(SERIES_FULL)) throw this.memoryError();
    const positions = (status: number) => {
      const found: number[] = [];
      for (let i = statuses.indexOf(status); i >= 0; i = statuses.indexOf(status, i + 1)) {
        found.push(i);
      }
      return Uint32Array.from(found);
    };
    const checks = (of: Uint32Array) =>
      BigUint64Array.from(of, (i) => kernel.view.getBigUint64(kernel.listPointer(0) + i * 8, true));
    const added = positions(SERIES_ADDED);
    const collisions = positions(SERIES_COLLISION);
    return {
      added,
      addedChecks: checks(added),
      collisions,
      collisionChecks: checks(collisions),
      forged: positions(SERIES_FORGED),
    };
  }

  /** Says that a series, if it is there, may have rows up to this time. */
  raiseNewest(id: bigint, newestNs: bigint): void {
    const entry = this.kernel.exports.findEntry(id);
    if (entry === 0) return;
    const { view } = this.kernel;
    if (view.getBigInt64(entry + ENTRY_NEWEST, true) < newestNs) {
      view.setBigInt64(entry + ENTRY_NEWEST, newestNs, true);
    }
  }

  /**
   * Which series of each table most rows were classified of since the last call. Late and rejected rows count too; a row that is classified
   * twice counts twice.
   */
  takeBusiest(): BusiestSeries {
    const { kernel } = this;
    const slotBits = Math.floor(Math.log2((kernel.listLengthMax * LISTS_BYTES) / TOP_BYTES));
    const leftOut = kernel.exports.takeBusiest(slotBits);
    const { view } = kernel;
    const tables: BusiestOfTable[] = [];
    for (let slot = 0; slot < 2 ** slotBits; slot++) {
      const at = kernel.listPointer(0) + slot * TOP_BYTES;
      const table = view.getUint32(at + TOP_TABLE, true);
      if (table === 0) continue;
      const series = Array.from({ length: view.getUint32(at + TOP_COUNT, true) }, (_, i) => {
        const item = at + TOP_ITEMS + i * TOP_ITEM_BYTES;
        const entry = view.getUint32(item + 4, true);
        return {
          id: view.getBigUint64(entry + ENTRY_ID, true),
          rows: view.getUint32(item, true),
        };
      });
      tables.push({ table, rows: Number(view.getBigUint64(at + TOP_ROWS, true)), series });
    }
    return { tables, leftOut };
  }

  /** Forgets the series of one of `partitions` partitions (a power of two). @returns how many there were */
  removePartition(partition: number, partitions: number): number {
    const width = 2n ** 64n / BigInt(partitions);
    const first = width * BigInt(partition);
    return this.kernel.exports.removeSeriesRange(first, first + width - 1n);
  }

  /** Forgets the series of these tables. @returns how many there were */
  removeTables(tables: Iterable<number>): number {
    const { kernel } = this;
    const sorted = Uint32Array.from(new Set(tables)).sort();
    let removed = 0;
    for (let from = 0; from < sorted.length; from += kernel.listLengthMax) {
      const part = sorted.subarray(from, from + kernel.listLengthMax);
      kernel.writeColumn(kernel.listPointer(0), part);
      removed += kernel.exports.removeTables(kernel.listPointer(0), part.length);
    }
    return removed;
  }

  /** Forgets these series; those that it doesn't have are passed over. @returns how many there were */
  removeAll(ids: Iterable<bigint>): number {
    const { findEntry } = this.kernel.exports;
    const { view } = this.kernel;
    for (const id of ids) {
      const entry = findEntry(id);
      if (entry !== 0) view.setUint32(entry + ENTRY_TABLE, NO_TABLE, true);
    }
    return this.removeTables([NO_TABLE]);
  }

  clear(): void {
    this.kernel.exports.clearIndex(this.seriesMax);
  }

  private fullError(): Error {
    return this.size < this.seriesMax ? this.memoryError() : this.limitError();
  }

  private limitError(): SeriesLimitError {
    return new SeriesLimitError(
      `at most ${this.seriesMax} series are allowed: write fewer distinct tag values, or raise the limit`,
    );
  }

  private memoryError(): Error {
    return new Error(`the host gives no memory for more than ${this.size} series`);
  }
}
