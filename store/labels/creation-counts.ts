const MINUTE_MS = 60_000;
/** Minutes back from the newest that are kept: an hour, and those that a reader is behind. */
const MINUTES_KEPT = 128;

/** How many series were registered in each minute of the last hour or two. */
export class CreationCounts {
  /** By minute since 1970. */
  readonly #counts = new Map<number, number>();
  #newestMinute = 0;

  /** @param createdMs milliseconds since 1970; in any order */
  add(createdMs: number): void {
    const minute = Math.floor(createdMs / MINUTE_MS);
    if (minute > this.#newestMinute) this.#advance(minute);
    if (minute <= this.#newestMinute - MINUTES_KEPT) return;
    this.#counts.set(minute, (this.#counts.get(minute) ?? 0) + 1);
  }

  /** Series registered at this time, rounded down to a whole minute, or later. */
  since(fromMs: number): number {
    const from = Math.floor(fromMs / MINUTE_MS);
    let count = 0;
    for (const [minute, created] of this.#counts) if (minute >= from) count += created;
    return count;
  }

  #advance(minute: number): void {
    this.#newestMinute = minute;
    for (const known of this.#counts.keys()) {
      if (known <= minute - MINUTES_KEPT) this.#counts.delete(known);
    }
  }
}
