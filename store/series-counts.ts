import type { Table } from './catalogue.ts';

/** How many series of one partition each database has registered: what ingress holds limits against. */
export class SeriesCounts {
  readonly #tables: () => Iterable<Table>;
  readonly #byTable = new Map<number, number>();
  readonly #byDatabase = new Map<string, number>();
  /** Databases by the id of a measurement. */
  readonly #databases = new Map<number, string>();

  /** @param tables all that the catalogue has */
  constructor(tables: () => Iterable<Table>) {
    this.#tables = tables;
  }

  /** Counts a series for each of these ids of measurements. */
  addEach(tableIds: Iterable<number>): void {
    for (const id of tableIds) this.#change(id, 1);
  }

  /** So many series of a measurement were registered. */
  add(tableId: number, count: number): void {
    this.#change(tableId, count);
  }

  /** So many series of a measurement were deleted. */
  remove(tableId: number, count: number): void {
    this.#change(tableId, -count);
  }

  /** A measurement was dropped. */
  forget(tableId: number): void {
    this.#change(tableId, -(this.#byTable.get(tableId) ?? 0));
    this.#byTable.delete(tableId);
    this.#databases.delete(tableId);
  }

  clear(): void {
    this.#byTable.clear();
    this.#byDatabase.clear();
  }

  /** By database, as they are now. */
  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#byDatabase);
  }

  #change(tableId: number, change: number): void {
    const database = this.#databases.get(tableId) ?? this.#find(tableId);
    // Of a measurement that is no more, nobody counts what is left.
    if (database === undefined) return;
    this.#byTable.set(tableId, (this.#byTable.get(tableId) ?? 0) + change);
    const count = (this.#byDatabase.get(database) ?? 0) + change;
    if (count > 0) this.#byDatabase.set(database, count);
    else this.#byDatabase.delete(database);
  }

  #find(id: number): string | undefined {
    for (const table of this.#tables()) this.#databases.set(table.id, table.database);
    return this.#databases.get(id);
  }
}
