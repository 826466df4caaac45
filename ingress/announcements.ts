import type { Watermark } from '@overseer/shared';

/** Series whose announcement is on its way, in all partitions; beyond it they are announced once more instead. */
export const ANNOUNCED_ENTRIES_MAX = 4_000_000;

/** Entries of the parser's series cache; an entry means nothing in another generation of the cache. */
export interface AnnouncedSeries {
  readonly database: string;
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
  /** Sent and neither confirmed nor lost, by database. */
  readonly #pendingOf = new Map<string, number>();
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

  /** Those of a database that wait for the watermark, or for the acknowledgement before. */
  pendingOf(database: string): number {
    return this.#pendingOf.get(database) ?? 0;
  }

  /** A batch that carries these for the first time is on its way. */
  sent({ database, entries }: AnnouncedSeries): void {
    this.#addPending(database, entries.length);
  }

  /** A batch that carried these for the first time was acknowledged; `checks` checks of the stream had started by then. */
  acknowledged(partition: number, sequence: number, series: AnnouncedSeries, checks: number): void {
    const { entries } = series;
    if (this.#entries + entries.length > this.#entriesMax) {
      this.lost(series);
      return;
    }
    this.#entries += entries.length;
    this.#pending[partition]?.push({ ...series, sequence, checks });
  }

  /** The batch that carried these for the first time may not have arrived. */
  lost({ database, entries, generation }: AnnouncedSeries): void {
    this.#addPending(database, -entries.length);
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

  #addPending(database: string, change: number): void {
    const count = this.pendingOf(database) + change;
    if (count > 0) this.#pendingOf.set(database, count);
    else this.#pendingOf.delete(database);
  }

  #confirm(partition: number): void {
    const watermark = this.#watermarks[partition];
    const pending = this.#pending[partition];
    if (!pending || watermark?.stream !== this.#stream) return;
    let confirmed = 0;
    for (const { sequence, checks, database, entries, generation } of pending) {
      if (sequence > watermark.sequence || checks > this.#check) break;
      this.#cache.confirm(entries, generation);
      this.#addPending(database, -entries.length);
      this.#entries -= entries.length;
      confirmed++;
    }
    pending.splice(0, confirmed);
  }
}
