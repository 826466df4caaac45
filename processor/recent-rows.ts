import type { TimeWindow } from '@overseer/shared';

const BUCKET_MS = 5000;
/** The windows that are told, in the order of CatalogueMeasurement.recentRows. */
const WINDOW_BUCKETS = [12, 120] as const;
const LONGEST_BUCKETS = 120;
/** A power of two: the longest window, and what stores' clocks may be ahead. */
const RING_BUCKETS = 128;
/** An event is told so soon after its commit that a bucket has all of its own by then. */
const SETTLE_MS = 1000;

/**
 * The windows that end last before this time, shortest first.
 * @param knownSinceMs they begin no earlier
 */
export function windowsAt(nowMs: number, knownSinceMs: number): TimeWindow[] {
  const toMs = Math.floor((nowMs - SETTLE_MS) / BUCKET_MS) * BUCKET_MS;
  return WINDOW_BUCKETS.map((buckets) => ({
    fromMs: Math.min(toMs, Math.max(toMs - buckets * BUCKET_MS, knownSinceMs)),
    toMs,
  }));
}

/** Rows of one measurement in the last minutes, by when they were committed: in buckets of five seconds since 1970, so that all count alike. */
export class RecentRows {
  /** By bucket, modulo RING_BUCKETS. */
  readonly #rows = new Uint32Array(RING_BUCKETS);
  #newest = Number.NEGATIVE_INFINITY;

  add(committedAtMs: number, rows: number): void {
    const bucket = Math.floor(committedAtMs / BUCKET_MS);
    if (bucket > this.#newest) this.#advance(bucket);
    if (bucket <= this.#newest - RING_BUCKETS) return;
    const at = bucket % RING_BUCKETS;
    this.#rows[at] = (this.#rows[at] as number) + rows;
  }

  /** @param window one of `windowsAt`; what was added is of no time before it begins, unless that is a whole bucket's */
  within({ fromMs, toMs }: TimeWindow): number {
    const from = Math.max(Math.floor(fromMs / BUCKET_MS), this.#newest - RING_BUCKETS + 1);
    const to = Math.min(toMs / BUCKET_MS, this.#newest + 1);
    let rows = 0;
    for (let bucket = from; bucket < to; bucket++) {
      rows += this.#rows[bucket % RING_BUCKETS] as number;
    }
    return rows;
  }

  /** Whether no window will have rows of it any more. */
  isOver(nowMs: number): boolean {
    return this.#newest < Math.floor(nowMs / BUCKET_MS) - LONGEST_BUCKETS - 1;
  }

  #advance(bucket: number): void {
    const first = Math.max(this.#newest + 1, bucket - RING_BUCKETS + 1);
    for (let stale = first; stale <= bucket; stale++) this.#rows[stale % RING_BUCKETS] = 0;
    this.#newest = bucket;
  }
}
