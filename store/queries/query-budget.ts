import { AnswerError, type QueryLimits } from '@overseer/shared';
import type { EvaluationBudget } from '../promql/mod.ts';
import type { SampleRoom } from './sample-room.ts';

/** The store's limits of one query. */
export interface BudgetSettings {
  readonly querySamplesMax: number;
  readonly querySeriesMax: number;
  readonly queryBytesMax: number;
}

interface Limit {
  readonly max: number;
  /** Who set it, and what to do about it. */
  readonly origin: string;
}

/** A limit of the store's settings, or the asker's own when that is lower. */
function limitOf(variable: string, setting: number, asked = Number.POSITIVE_INFINITY): Limit {
  if (asked < setting) return { max: asked, origin: 'the limit that the request sets' };
  return { max: setting, origin: `the limit of the store's setting ${variable}` };
}

/** What one query has read. */
export interface ReadTotals {
  /** Of all selectors together. */
  series: number;
  samples: number;
  /** From PostgreSQL. */
  bytes: number;
}

/** What one query may read, and hold besides the others that run. */
export class QueryBudget implements EvaluationBudget {
  readonly #samples: Limit;
  readonly #series: Limit;
  readonly #bytes: Limit;
  /** What it holds of the room. */
  #held = 0;

  /**
   * @param totals raised by what is spent
   * @param room   shared by all queries; `release` when this one is over
   */
  constructor(
    readonly signal: AbortSignal,
    settings: BudgetSettings,
    asked: QueryLimits,
    private readonly totals: ReadTotals,
    private readonly room: SampleRoom,
  ) {
    this.#samples = limitOf('QUERY_SAMPLES_MAX', settings.querySamplesMax, asked.samples);
    this.#series = limitOf('QUERY_SERIES_MAX', settings.querySeriesMax, asked.series);
    this.#bytes = limitOf('QUERY_BYTES_MAX', settings.queryBytesMax);
  }

  /** Of each selector. */
  get seriesMax(): number {
    return this.#series.max;
  }

  spend(samples: number, bytes: number): void {
    this.totals.samples += samples;
    this.totals.bytes += bytes;
    if (this.totals.samples > this.#samples.max) throw exceeded('samples', this.#samples);
    if (this.totals.bytes > this.#bytes.max) throw exceeded('bytes', this.#bytes);
    this.hold(samples);
  }

  hold(values: number): void {
    if (!this.room.take(values)) throw roomTaken(this.room, this.room.held - this.#held);
    this.#held += values;
  }

  /** Nothing is held any more. */
  release(): void {
    this.room.giveBack(this.#held);
    this.#held = 0;
  }

  /** Counts the series of one selector. @throws AnswerError limit */
  spendSeries(count: number): void {
    this.totals.series += count;
    if (count > this.#series.max) throw exceeded('series', this.#series);
  }
}

function exceeded(what: string, { max, origin }: Limit): AnswerError {
  return new AnswerError(
    'limit',
    `the query needs more than ${max.toLocaleString('en')} ${what}, ${origin}: ask for less time or fewer series, or raise the limit`,
  );
}

/** @param others samples that other queries hold */
function roomTaken({ max }: SampleRoom, others: number): AnswerError {
  const limit: Limit = { max, origin: "the limit of the store's setting QUERIES_SAMPLES_MAX" };
  if (others === 0) return exceeded('samples', limit);
  return new AnswerError(
    'limit',
    `there is no room for the samples of this query: other queries that run hold ${others.toLocaleString('en')} of the ${max.toLocaleString('en')} that all may hold together, ${limit.origin}: ask again when they are over, or for less, or raise the limit`,
  );
}
