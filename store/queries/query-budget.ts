import type { QueryLimits } from '@overseer/shared';
import { type EvaluationBudget, LABEL_SET_VALUES } from '../promql/mod.ts';
import { type QueryLimit, QueryLimitError } from '../query-limit.ts';
import type { SampleRoom } from './sample-room.ts';

/** The store's limits of one query. */
export interface BudgetSettings {
  readonly querySamplesMax: number;
  readonly querySeriesMax: number;
  readonly queryBytesMax: number;
}

interface Limit {
  readonly name: QueryLimit;
  readonly max: number;
  /** Who set it, and what to do about it. */
  readonly origin: string;
}

/** A limit of the store's settings, or the asker's own when that is lower. */
function limitOf(name: QueryLimit, setting: number, asked = Number.POSITIVE_INFINITY): Limit {
  if (asked < setting) {
    return { name: 'asked', max: asked, origin: 'the limit that the request sets' };
  }
  return { name, max: setting, origin: `the limit of the store's setting ${name.toUpperCase()}` };
}

/** What one query has read, and what it took. */
export interface ReadTotals {
  /** Of all selectors together. */
  series: number;
  samples: number;
  /** From PostgreSQL. */
  bytes: number;
  /** The most that it held of the room at once. */
  peakSamples: number;
}

export const nothingRead = (): ReadTotals => ({ series: 0, samples: 0, bytes: 0, peakSamples: 0 });

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
    this.#samples = limitOf('query_samples_max', settings.querySamplesMax, asked.samples);
    this.#series = limitOf('query_series_max', settings.querySeriesMax, asked.series);
    this.#bytes = limitOf('query_bytes_max', settings.queryBytesMax);
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
    this.totals.peakSamples = Math.max(this.totals.peakSamples, this.#held);
  }

  /** Nothing is held any more. */
  release(): void {
    this.room.giveBack(this.#held);
    this.#held = 0;
  }

  /** Counts the series of one selector, whose labels are held. @throws AnswerError limit */
  spendSeries(count: number): void {
    this.totals.series += count;
    if (count > this.#series.max) throw exceeded('series', this.#series);
    this.hold(count * LABEL_SET_VALUES);
  }
}

function exceeded(what: string, { name, max, origin }: Limit): QueryLimitError {
  return new QueryLimitError(
    name,
    `the query needs more than ${max.toLocaleString('en')} ${what}, ${origin}: ask for less time or fewer series, or raise the limit`,
  );
}

/** @param others samples that other queries hold */
function roomTaken({ max }: SampleRoom, others: number): QueryLimitError {
  const limit = limitOf('queries_samples_max', max);
  if (others === 0) return exceeded('samples', limit);
  return new QueryLimitError(
    limit.name,
    `there is no room for the samples of this query: other queries that run hold ${others.toLocaleString('en')} of the ${max.toLocaleString('en')} that all may hold together, ${limit.origin}: ask again when they are over, or for less, or raise the limit`,
  );
}
