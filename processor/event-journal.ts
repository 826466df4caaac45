import type { StoredEvent } from '@overseer/shared';
import type { Position } from './positions.ts';

/** Measurements in events that are kept while the store is asked; beyond it figures go on from the events, until it is asked again. */
const TABLES_MAX = 100_000;

/** Rows that came behind what a snapshot covers. */
export interface RowsSince {
  rows: number;
  merged: number;
  /** Whether the snapshot may have some of them: no position says. */
  isVague: boolean;
}

/** How far a snapshot reaches, for each partition. */
export class Coverage {
  readonly #byPartition: ReadonlyMap<number, Position>;

  constructor(positions: readonly Position[]) {
    this.#byPartition = new Map(positions.map((position) => [position.partition, position]));
  }

  /** Whether a snapshot has what an event tells; undefined: of rows that the store had put off, it can't be said. */
  has({ partition, stream, from, to }: StoredEvent): boolean | undefined {
    const covered = this.#byPartition.get(partition);
    if (covered === undefined || covered.stream !== stream) return false;
    if (from === to && to === covered.sequence) return undefined;
    return to <= covered.sequence;
  }
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
      const has = coverage.has(event);
      if (has === true) continue;
      for (const { database, measurement, rows, merged } of event.tables) {
        const key = keyOf(database, measurement);
        const known = since.get(key) ?? { rows: 0, merged: 0, isVague: false };
        known.rows += rows + merged;
        known.merged += merged;
        known.isVague ||= has === undefined;
        since.set(key, known);
      }
    }
    return since;
  }
}
