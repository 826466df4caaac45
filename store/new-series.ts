import type { AnnouncedKeys } from './announced-series.ts';
import type { SeriesRow } from './plan.ts';
import { type TagKeys, tagsJsonBytesMax, writeTagsJson } from './tags-json.ts';

const CAPACITY_FIRST = 64 * 1024;
/** More is given back when they are registered. */
const CAPACITY_KEPT_MAX = 16 * 2 ** 20;
/** Of what the client is given at a time: smaller and larger chunks take no less CPU time. */
const CHUNK_BYTES = 256 * 1024;

/**
 * A tuple of binary COPY:
 *
 *     0         2           6      14           18        26           30       34         38          39
 *     ├ int16 4 ┼ int32 8 ──┼ id ──┼ int32 8 ───┼ check ──┼ int32 4 ───┼ table ─┼ length ──┼ version ─┼ JSON …
 *                             int8                int8                   int4     int32      byte 1
 *
 * `length` is that of version and JSON.
 */
const ID_AT = 6;
const CHECK_AT = 18;
const TABLE_AT = 30;
const TAGS_LENGTH_AT = 34;
const TAGS_AT = 39;
const COLUMN_COUNT = 4;
const JSONB_VERSION = 1;

/** Which columns the tuples have. */
export const NEW_SERIES_COLUMNS = 'id, "check", measurement_id, tags';

/** Positions of tuples are this many bits of what they are sorted by; a number has 53, and the first half of an id takes 32. */
const POSITION_BITS = 21;
const SORTED_MAX = 2 ** POSITION_BITS;

/** Series that are to be registered, in memory of its own, as PostgreSQL is to have them: without an object or a string each. */
export class NewSeries {
  #tuples: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Where each tuple begins. */
  readonly #starts: number[] = [];

  get size(): number {
    return this.#starts.length;
  }

  add({ id, check, tableId, tags }: SeriesRow): void {
    const json = Buffer.from(tags);
    const start = this.#begin(json.length, tableId);
    const tuples = this.#tuples;
    tuples.writeBigInt64BE(id, start + ID_AT);
    tuples.writeBigInt64BE(check, start + CHECK_AT);
    json.copy(tuples, start + TAGS_AT);
    this.#end(start, start + TAGS_AT + json.length);
  }

  /**
   * Adds announced series.
   * @param positions of the series in the announcement
   * @param checks    of these series
   * @param tagKeys   gets the keys of their tags
   */
  addAnnounced(
    announced: AnnouncedKeys,
    positions: Uint32Array,
    checks: BigUint64Array,
    tableId: number,
    tagKeys: TagKeys,
  ): void {
    const checkBytes = new Uint8Array(checks.buffer, checks.byteOffset, checks.byteLength);
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      const from = announced.startOf(position);
      const to = announced.endOf(position);
      const start = this.#begin(tagsJsonBytesMax(to - from), tableId);
      const tuples = this.#tuples;
      copyReversed(announced.ids, position * 8, tuples, start + ID_AT);
      copyReversed(checkBytes, i * 8, tuples, start + CHECK_AT);
      this.#end(start, writeTagsJson(tuples, start + TAGS_AT, announced.keys, from, to, tagKeys));
    }
  }

  /** Leaves out the series of these tables. */
  forget(tableIds: ReadonlySet<number>): void {
    const kept = this.#starts.filter((start) => !tableIds.has(this.#tableAt(start)));
    this.#starts.splice(0, this.#starts.length, ...kept);
  }

  clear(): void {
    this.#starts.length = 0;
    this.#length = 0;
    if (this.#tuples.length > CAPACITY_KEPT_MAX) this.#tuples = Buffer.alloc(0);
  }

  /** How many there are of each table. */
  countByTable(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const start of this.#starts) {
      const tableId = this.#tableAt(start);
      counts.set(tableId, (counts.get(tableId) ?? 0) + 1);
    }
    return counts;
  }

  rows(): SeriesRow[] {
    return this.#starts.map((start) => ({
      id: this.#tuples.readBigInt64BE(start + ID_AT),
      check: this.#tuples.readBigInt64BE(start + CHECK_AT),
      tableId: this.#tableAt(start),
      tags: this.#tuples.toString('utf8', start + TAGS_AT, this.#endOf(start)),
    }));
  }

  /**
   * All of them as tuples of binary COPY, in chunks that are overwritten when the next one is asked for; in the order of the index, so
   * that each of its pages is visited once.
   */
  *chunks(): Generator<Uint8Array> {
    let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let length = 0;
    for (const start of this.#sortedStarts()) {
      const end = this.#endOf(start);
      if (length > 0 && length + end - start > chunk.length) {
        yield chunk.subarray(0, length);
        length = 0;
      }
      if (end - start > chunk.length) chunk = Buffer.allocUnsafe(end - start);
      length += this.#tuples.copy(chunk, length, start, end);
    }
    yield chunk.subarray(0, length);
  }

  /** By the first halves of their ids: numbers are sorted many times faster than what has to be compared by a function. */
  *#sortedStarts(): Generator<number> {
    for (let first = 0; first < this.size; first += SORTED_MAX) {
      const starts = this.#starts.slice(first, first + SORTED_MAX);
      const keys = Float64Array.from(
        starts,
        (start, position) => this.#tuples.readInt32BE(start + ID_AT) * SORTED_MAX + position,
      ).sort();
      for (const key of keys) {
        const position = key - Math.floor(key / SORTED_MAX) * SORTED_MAX;
        yield starts[position] as number;
      }
    }
  }

  /** Makes room for a tuple and writes what all have. @returns its start */
  #begin(jsonBytesMax: number, tableId: number): number {
    const start = this.#length;
    const needed = start + TAGS_AT + jsonBytesMax;
    if (needed > this.#tuples.length) this.#grow(needed);
    const tuples = this.#tuples;
    tuples.writeInt16BE(COLUMN_COUNT, start);
    tuples.writeInt32BE(8, start + ID_AT - 4);
    tuples.writeInt32BE(8, start + CHECK_AT - 4);
    tuples.writeInt32BE(4, start + TABLE_AT - 4);
    tuples.writeInt32BE(tableId, start + TABLE_AT);
    return start;
  }

  #end(start: number, end: number): void {
    this.#tuples.writeInt32BE(end - start - TAGS_LENGTH_AT - 4, start + TAGS_LENGTH_AT);
    this.#tuples[start + TAGS_AT - 1] = JSONB_VERSION;
    this.#starts.push(start);
    this.#length = end;
  }

  #grow(capacity: number): void {
    const grown = Buffer.allocUnsafe(Math.max(capacity, 2 * this.#tuples.length, CAPACITY_FIRST));
    this.#tuples.copy(grown, 0, 0, this.#length);
    this.#tuples = grown;
  }

  #tableAt(start: number): number {
    return this.#tuples.readInt32BE(start + TABLE_AT);
  }

  #endOf(start: number): number {
    return start + TAGS_LENGTH_AT + 4 + this.#tuples.readInt32BE(start + TAGS_LENGTH_AT);
  }
}

/** Eight bytes from little-endian to big-endian. */
function copyReversed(source: Uint8Array, from: number, target: Uint8Array, to: number): void {
  for (let i = 0; i < 8; i++) target[to + i] = source[from + 7 - i] as number;
}
