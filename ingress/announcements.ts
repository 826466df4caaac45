import type { Watermark } from '@overseer/shared';

/** Series whose announcement is on its way, in all partitions; beyond it they are announced once more instead. */
export const ANNOUNCED_ENTRIES_MAX = 4_000_000;

/** Entries of the parser's series cache; an entry means nothing in another generation of the cache. */
export interface AnnouncedSeries {
  readonly entries: Uint32Array;
  readonly generation: number;
}

/** What the parser is told about series. */
export interface SeriesCache {
  /** The store knows these series: no block needs to carry their keys. */
  confirm(entries: Uint32Array, generation: number): void;
  /** The announcement of these may be lost: their next block announces them as if never before. */
  announceAgain(entries: Uint32Array, generation: number): void;
}

interface Announcement extends AnnouncedSeries {
  readonly sequence: number;
  /** How many checks of the stream had started when the batch was acknowledged. */
  readonly checks: number;
}

/**
 * Which batch first carried the key of which series, until the store's watermark has passed that batch.
 *
 * A sequence is worth nothing without its stream, and an acknowledgement does not say which stream it is of. So a series is confirmed
 * only when a check of the stream that began after the acknowledgement has found the stream that the watermark is about.
 */
export class Announcements {
  readonly #cache: SeriesCache;
  readonly #entriesMax: number;
  /** By partition, in order of acknowledgement. */
  readonly #pending: Announcement[][];
  readonly #watermarks: (Watermark | undefined)[];
  #stream = '';
  #check = -1;
  #entries = 0;

  constructor(cache: SeriesCache, partitions: number, entriesMax = ANNOUNCED_ENTRIES_MAX) {
    this.#cache = cache;
    this.#entriesMax = entriesMax;
    this.#pending = Array.from({ length: partitions }, () => []);
    this.#watermarks = Array.from({ length: partitions }, () => undefined);
  }

  /** Series that wait for the watermark. */
  get pendingEntries(): number {
    return this.#entries;
  }

  /** A batch that carried these for the first time was acknowledged; `checks` checks of the stream had started by then. */
  acknowledged(partition: number, sequence: number, series: AnnouncedSeries, checks: number): void {
    const { entries, generation } = series;
    if (this.#entries + entries.length > this.#entriesMax) {
      this.lost(series);
      return;
    }
    this.#entries += entries.length;
    this.#pending[partition]?.push({ sequence, entries, generation, checks });
  }

  /** The batch that carried these for the first time may not have arrived. */
  lost({ entries, generation }: AnnouncedSeries): void {
    this.#cache.announceAgain(entries, generation);
  }

  /** The store has moved the watermark of a partition. */
  onWatermark(partition: number, watermark: Watermark): void {
    if (partition >= this.#watermarks.length) return;
    this.#watermarks[partition] = watermark;
    this.#confirm(partition);
  }

  /** A check that started as number `check` has found the stream created at `stream`. */
  onStream(stream: string, check: number): void {
    if (stream !== this.#stream) this.startOver();
    this.#stream = stream;
    this.#check = check;
    for (const partition of this.#pending.keys()) this.#confirm(partition);
  }

  /** Whatever is pending may be lost: the stream is another one, or the server came back. */
  startOver(): void {
    for (const announcements of this.#pending) {
      for (const series of announcements.splice(0)) this.lost(series);
    }
    this.#entries = 0;
  }

  #confirm(partition: number): void {
    const watermark = this.#watermarks[partition];
    const pending = this.#pending[partition];
    if (!pending || watermark?.stream !== this.#stream) return;
    let confirmed = 0;
    for (const { sequence, checks, entries, generation } of pending) {
      if (sequence > watermark.sequence || checks > this.#check) break;
      this.#cache.confirm(entries, generation);
      this.#entries -= entries.length;
      confirmed++;
    }
    pending.splice(0, confirmed);
  }
}
