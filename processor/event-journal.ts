import type { StoredEvent } from '@overseer/shared';
import type { Coverage } from './positions.ts';

/** Measurements in events that are kept while the store is asked; beyond it figures go on from the events, until it is asked again. */
const TABLES_MAX = 100_000;

/** Rows that came behind what a snapshot covers. */
export interface RowsSince {
  rows: number;
  merged: number;
}

/**
 * The events that come while the store is asked for figures: its answer is of some moment in between, and those behind that moment
 * have to be added to it.
 */
export class EventJournal {
  #events: StoredEvent[] | undefined;
  #tables = 0;

  /** The store is being asked. */
  open(): void {
    this.#events = [];
    this.#tables = 0;
  }

  /** The answer was taken, or none came. */
  close(): void {
    this.#events = undefined;
  }

  add(event: StoredEvent): void {
    if (!this.#events) return;
    this.#tables += event.tables.length;
    if (this.#tables <= TABLES_MAX) this.#events.push(event);
  }

  /** By key of measurement: what came behind the answer; undefined: that is not known. */
  since(
    coverage: Coverage,
    keyOf: (db: string, measurement: string) => string,
  ): Map<string, RowsSince> | undefined {
    if (!this.#events || this.#tables > TABLES_MAX) return undefined;
    const since = new Map<string, RowsSince>();
    for (const event of this.#events) {
      if (coverage.has(event)) continue;
      for (const { database, measurement, rows, merged } of event.tables) {
        const key = keyOf(database, measurement);
        const known = since.get(key) ?? { rows: 0, merged: 0 };
        known.rows += rows + merged;
        known.merged += merged;
        since.set(key, known);
      }
    }
    return since;
  }
}
