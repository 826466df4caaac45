import type { Table } from './catalogue.ts';

/** How many series of one partition each database has registered: what ingress holds limits against. */
export class SeriesCounts {
  readonly #tables: () => Iterable<Table>;
  readonly #byDatabase = new Map<string, number>();
  /** Databases by the id of a measurement. */
  readonly #databases = new Map<number, string>();

  /** @param tables all that the catalogue has */
  constructor(tables: () => Iterable<Table>) {
    this.#tables = tables;
  }

  /** Counts a series for each of these ids of measurements. */
  add(tableIds: Iterable<number>): void {
    for (const id of tableIds) {
      const database = this.#databases.get(id) ?? this.#find(id);
      // Of a measurement that is no more, nobody counts what is left.
      if (database === undefined) continue;
      this.#byDatabase.set(database, (this.#byDatabase.get(database) ?? 0) + 1);
    }
  }

  clear(): void {
    this.#byDatabase.clear();
  }

  /** By database, as they are now. */
  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#byDatabase);
  }

  #find(id: number): string | undefined {
    for (const table of this.#tables()) this.#databases.set(table.id, table.database);
    return this.#databases.get(id);
  }
}
