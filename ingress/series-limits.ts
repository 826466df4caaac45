import { AnswerError, type Watermark } from '@overseer/shared';
import { type RefusalReason, UnavailableError } from './errors.ts';

/** New series that may come at once, after a pause: so many seconds' worth. */
const BURST_SECONDS = 10;
const RETRY_SECONDS_MAX = 60;
/** The store says every half second what it has registered. */
const CATCH_UP_SECONDS = 1;

export interface SeriesLimitOptions {
  readonly perDatabaseMax: number;
  readonly newPerSecondMax: number;
  /** Series of a database that are announced, and not yet known to be registered. */
  readonly pendingOf: (database: string) => number;
  /** Which of these series the store has registered. @throws AnswerError */
  readonly askKnown: (ids: readonly bigint[]) => Promise<ReadonlySet<bigint>>;
  /** For tests. */
  readonly nowMs?: () => number;
}

/** What is to be done with series that the parser's cache does not hold. */
export interface SeriesVerdicts {
  readonly admitted: readonly bigint[];
  readonly refused: readonly bigint[];
}

/**
 * Holds databases to their number of series, and all writes to a number of new ones a second.
 *
 * What the parser's cache does not hold need not be new: it may have been dropped from the cache, or written before this process was
 * started. So as long as there is room, such series are counted as new and let in; when a limit is reached, the store is asked which of
 * them exist. Those are let in all the same. Only what several ingresses announce within a second of each other can exceed a limit.
 */
export class SeriesLimits {
  readonly perDatabaseMax: number;
  readonly #newPerSecondMax: number;
  readonly #pendingOf: SeriesLimitOptions['pendingOf'];
  readonly #askKnown: SeriesLimitOptions['askKnown'];
  readonly #nowMs: () => number;
  /** By partition and database. */
  readonly #registered = new Map<number, ReadonlyMap<string, number>>();
  #tokens: number;
  #refilledAtMs: number;
  #taken = 0;
  /** The last question; the next one waits for it. */
  #question: Promise<unknown> = Promise.resolve();

  constructor(options: SeriesLimitOptions) {
    this.perDatabaseMax = options.perDatabaseMax;
    this.#newPerSecondMax = options.newPerSecondMax;
    this.#pendingOf = options.pendingOf;
    this.#askKnown = options.askKnown;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#tokens = this.#newPerSecondMax * BURST_SECONDS;
    this.#refilledAtMs = this.#nowMs();
  }

  /** The store has registered this. */
  onWatermark(partition: number, { series }: Watermark): void {
    if (series) this.#registered.set(partition, series);
  }

  /** How many of them may be let in now. */
  allowance(database: string): number {
    this.#refill();
    const room = this.perDatabaseMax - this.#registeredOf(database) - this.#pendingOf(database);
    return Math.max(0, Math.floor(Math.min(room, this.#tokens)));
  }

  /** Whether the database has all that it may have, as the store says. */
  isFull(database: string): boolean {
    return this.#registeredOf(database) >= this.perDatabaseMax;
  }

  /** So many were let in. */
  took(count: number): void {
    this.#tokens -= count;
    this.#taken += count;
  }

  /** How many were let in. */
  get taken(): number {
    return this.#taken;
  }

  /** How many the database has that has most, as the store says. */
  get seriesOfLargest(): number {
    const databases = new Set([...this.#registered.values()].flatMap((each) => [...each.keys()]));
    return Math.max(0, ...Array.from(databases, (each) => this.#registeredOf(each)));
  }

  /**
   * Judges series that may not be let in by themselves.
   * @throws UnavailableError when new ones are among them and it is not for good that they may not come
   */
  async judge(database: string, ids: readonly bigint[]): Promise<SeriesVerdicts> {
    const known = await this.#ask(database, ids);
    const refused = ids.filter((id) => !known.has(id));
    if (refused.length > 0 && !this.isFull(database)) throw this.#notNow(database, refused.length);
    return { admitted: ids.filter((id) => known.has(id)), refused };
  }

  async #ask(database: string, ids: readonly bigint[]): Promise<ReadonlySet<bigint>> {
    const question = this.#question.then(() => this.#askKnown(ids));
    this.#question = question.catch(() => undefined);
    try {
      return await question;
    } catch (cause) {
      if (!(cause instanceof AnswerError)) throw cause;
      throw new UnavailableError(
        this.#limitOf(database),
        `${this.#reached(database)}, and the store can't be asked which series exist (${cause.message}); send the points again`,
        CATCH_UP_SECONDS,
        { cause },
      );
    }
  }

  #notNow(database: string, count: number): UnavailableError {
    const seconds = this.#isCrowded(database)
      ? CATCH_UP_SECONDS
      : Math.min(Math.ceil(count / this.#newPerSecondMax), RETRY_SECONDS_MAX);
    const what = `${count} or more series of these points are new`;
    return new UnavailableError(
      this.#limitOf(database),
      `${this.#reached(database)}, and ${what}; send the points again`,
      seconds,
    );
  }

  #limitOf(database: string): RefusalReason {
    return this.#isCrowded(database) ? 'series_per_database_max' : 'new_series_per_second_max';
  }

  /** Which limit it is, with its name and value. */
  #reached(database: string): string {
    return this.#isCrowded(database)
      ? `database ${JSON.stringify(database)} has ${this.#registeredOf(database)} series and ${this.#pendingOf(database)} on their way, ` +
          `SERIES_PER_DATABASE_MAX is ${this.perDatabaseMax}`
      : `too many new series come at a time, NEW_SERIES_PER_SECOND_MAX is ${this.#newPerSecondMax}`;
  }

  #isCrowded(database: string): boolean {
    return this.#registeredOf(database) + this.#pendingOf(database) >= this.perDatabaseMax;
  }

  #registeredOf(database: string): number {
    let count = 0;
    for (const partition of this.#registered.values()) count += partition.get(database) ?? 0;
    return count;
  }

  #refill(): void {
    const now = this.#nowMs();
    const earned = ((now - this.#refilledAtMs) / 1000) * this.#newPerSecondMax;
    this.#tokens = Math.min(this.#tokens + earned, this.#newPerSecondMax * BURST_SECONDS);
    this.#refilledAtMs = now;
  }
}
