import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@overseer/shared';
import type { BusiestOfTable, SeriesIndex } from '@overseer/wasm';
import type { Claim } from './leases.ts';
import { arrayLiteral, type Database, isOutage } from './postgres.ts';

/** Rows are counted for so long, and then taken. */
const WINDOW_MS = 60_000;
/** Measurements whose busiest series are told: those with the most rows of the partition. */
const TABLES_MAX = 1000;

export interface BusiestSeriesParts {
  /** The owner's. */
  readonly database: Database;
  readonly claim: Claim;
  readonly index: Pick<SeriesIndex, 'takeBusiest'>;
  /** How often rows were planned, and how often what was planned was committed. */
  readonly planned: () => number;
  readonly committed: () => number;
  readonly log: Logger;
  /** Runs something while no group is stored. */
  readonly inTurn: (action: () => Promise<void>) => Promise<void>;
}

/**
 * Which series of each measurement have the most rows, by the minute: a series has all of its rows in one partition, so its owner knows.
 * Rows are counted while they are planned, which costs nothing; a minute in which some had to be planned twice is not told.
 */
export class BusiestSeries {
  readonly #parts: BusiestSeriesParts;
  #startedAt = performance.now();
  #plannedBefore: number;
  #committedBefore: number;

  constructor(parts: BusiestSeriesParts) {
    this.#parts = parts;
    this.#plannedBefore = parts.planned();
    this.#committedBefore = parts.committed();
  }

  /** Until the signal. */
  async run(signal: AbortSignal, windowMs = WINDOW_MS): Promise<void> {
    const { inTurn, log } = this.#parts;
    for (;;) {
      await wait(windowMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await inTurn(() => this.record());
      } catch (error) {
        // Who stores hears of it as well; of a statistic that is enough.
        if (!isOutage(error)) throw error;
        log.debug({ err: error }, 'the busiest series were not written down');
      }
    }
  }

  /** Writes down those of the time since the last call; must be called between two groups. */
  async record(): Promise<void> {
    const { index, committed, planned } = this.#parts;
    const { tables } = index.takeBusiest();
    const lengthMs = performance.now() - this.#startedAt;
    const isExact = planned() - this.#plannedBefore === committed() - this.#committedBefore;
    this.#startedAt = performance.now();
    this.#plannedBefore = planned();
    this.#committedBefore = committed();
    if (!isExact) return;
    const busiest = tables.toSorted((a, b) => b.rows - a.rows).slice(0, TABLES_MAX);
    await this.#write(busiest, lengthMs);
  }

  /** Those of the time before are nobody's any more. */
  async #write(tables: readonly BusiestOfTable[], lengthMs: number): Promise<void> {
    const { claim, database } = this.#parts;
    const { partition, epoch } = claim;
    const each = (read: (table: BusiestOfTable) => readonly (bigint | number)[]) =>
      arrayLiteral(tables.map((table) => arrayLiteral(read(table))));
    await database.begin(async (transaction) => {
      // Nobody waits for a statistic to be on the disk.
      await transaction`SET LOCAL synchronous_commit = off`;
      await transaction`DELETE FROM overseer.busiest WHERE partition = ${partition}`;
      if (tables.length === 0) return;
      await transaction`
        INSERT INTO overseer.busiest (partition, measurement_id, from_at, to_at, series, rows)
        SELECT ${partition}::int, id, now() - ${lengthMs}::text::float8 * interval '1 ms', now(),
          series::bigint[], rows::bigint[]
        FROM unnest(
          ${arrayLiteral(tables.map(({ table }) => table))}::text::int[],
          ${each(({ series }) => series.map(({ id }) => BigInt.asIntN(64, id)))}::text::text[],
          ${each(({ series }) => series.map(({ rows }) => rows))}::text::text[]) AS busiest (id, series, rows)
        WHERE EXISTS (SELECT FROM overseer.progress WHERE partition = ${partition} AND epoch = ${epoch})`;
    });
  }
}
