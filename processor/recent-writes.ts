import type { StoredEvent, TimeWindow } from '@overseer/shared';
import { RecentRows, windowsAt } from './recent-rows.ts';

/** Measurements that were written to in the last minutes, at the most; about 600 bytes each. */
const MEASUREMENTS_MAX = 100_000;

/** How many rows were written in the last minutes, by measurement, from the events alone. */
export class RecentWrites {
  readonly #rows = new Map<string, RecentRows>();
  /** What was committed earlier is not counted: some of it may be missing. Milliseconds since 1970. */
  #knownSinceMs = Number.POSITIVE_INFINITY;

  /** @param keyOf the key of a measurement */
  constructor(private readonly keyOf: (db: string, measurement: string) => string) {}

  get measurementCount(): number {
    return this.#rows.size;
  }

  add({ committedAtMs, tables }: StoredEvent): void {
    if (committedAtMs < this.#knownSinceMs) return;
    for (const { database, measurement, rows, merged } of tables) {
      if (rows + merged > 0)
        this.#add(this.keyOf(database, measurement), committedAtMs, rows + merged);
    }
  }

  /** From this time on every event will be there; of before, some may be missing. */
  completeSince(timeMs: number): void {
    this.#rows.clear();
    this.#knownSinceMs = timeMs;
  }

  /** The windows that are counted now, shortest first. They begin later than they should while less than that is known. */
  windows(nowMs: number): TimeWindow[] {
    for (const [key, rows] of this.#rows) if (rows.isOver(nowMs)) this.#rows.delete(key);
    return windowsAt(nowMs, this.#knownSinceMs);
  }

  /** Rows of a measurement in each of the windows. */
  within(key: string, windows: readonly TimeWindow[]): number[] {
    const rows = this.#rows.get(key);
    return windows.map((window) => rows?.within(window) ?? 0);
  }

  forget(key: string): void {
    this.#rows.delete(key);
  }

  #add(key: string, committedAtMs: number, rows: number): void {
    let recent = this.#rows.get(key);
    if (!recent) {
      if (this.#rows.size >= MEASUREMENTS_MAX) return;
      recent = new RecentRows();
      this.#rows.set(key, recent);
    }
    recent.add(committedAtMs, rows);
  }
}
