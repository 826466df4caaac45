import type { Point } from '../testing/test-ingress.ts';
import type { Place } from './universe.ts';
import { textOf } from './values.ts';

/** Which message of which operation wrote something. */
export interface Origin {
  readonly operation: string;
  readonly sequence: number;
  readonly block: number;
}

/** A row as it must be, and who made it so. */
export interface ExpectedRow {
  readonly point: Point;
  /** By name; one that is missing is NULL. */
  readonly fields: Map<string, string>;
  /** Those since the last check, the oldest first. */
  readonly writes: { readonly origin: Origin; readonly fields: string }[];
}

/** Rows of one measurement by their keys. */
export type ExpectedTable = ReadonlyMap<string, ExpectedRow>;

/** What must be stored: of each series and time one row, in which the last write of each field wins. */
export class ExpectedRows {
  readonly #tables = new Map<string, Map<string, ExpectedRow>>();

  get tables(): Iterable<[key: string, table: ExpectedTable]> {
    return this.#tables;
  }

  get size(): number {
    let size = 0;
    for (const table of this.#tables.values()) size += table.size;
    return size;
  }

  /** The point is written; after all that were written before. */
  write(point: Point, origin: Origin): void {
    const table = this.#tables.get(tableKey(point)) ?? new Map<string, ExpectedRow>();
    this.#tables.set(tableKey(point), table);
    const key = rowKey(point.tags, point.timeNs);
    const row: ExpectedRow = table.get(key) ?? { point, fields: new Map(), writes: [] };
    table.set(key, row);
    const fields = Object.entries(point.fields).map(
      ([name, { value }]) => [name, textOf(value)] as const,
    );
    for (const [name, text] of fields) row.fields.set(name, text);
    row.writes.push({ origin, fields: fields.map((field) => field.join('=')).join(' ') });
  }

  /** The measurement is gone, with everything that was written to it. */
  drop(of: Pick<Place, 'database' | 'measurement'>): void {
    this.#tables.delete(tableKey(of));
  }

  /** Points are gone. */
  delete(isDeleted: (point: Point) => boolean): void {
    for (const table of this.#tables.values()) {
      for (const [key, { point }] of table) if (isDeleted(point)) table.delete(key);
    }
  }

  /** What was written so far was checked: its history is no longer of interest. */
  forgetHistory(): void {
    for (const table of this.#tables.values()) {
      for (const row of table.values()) row.writes.length = 0;
    }
  }
}

export function tableKey({ database, measurement }: Omit<Place, 'tags'>): string {
  return JSON.stringify([database, measurement]);
}

/** @returns database and measurement of a key */
export function tableOfKey(key: string): [database: string, measurement: string] {
  return JSON.parse(key);
}

/** A row of a measurement: its series and time, as text. */
export function rowKey(tags: Place['tags'], timeNs: bigint): string {
  return `${tagsText(tags)} ${timeNs}`;
}

/** Tags as text, in one order. */
export function tagsText(tags: Place['tags']): string {
  return JSON.stringify(Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
