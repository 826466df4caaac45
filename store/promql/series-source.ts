import type { Labels } from '@overseer/shared';
import type { StepGrid } from './step-grid.ts';

/** Where an expression gets its series from. What PromQL asks of the data, and all it knows of them. */
export interface SeriesSource {
  /**
   * The series of a database that fit every matcher, by their labels alone.
   * @throws AnswerError limit: too many; execution: two fields make identical labels (naming both); bad_data: a pattern is not RE2
   */
  select(db: string, matchers: readonly Matcher[]): Promise<Selection>;
}

export interface Matcher {
  readonly name: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** Series that were selected, numbered from 0. */
export interface Selection {
  /** By number: with `__name__` and every tag. No two are equal. */
  readonly labels: readonly Labels[];
  /**
   * The samples of times in (afterMs, untilMs], each series in one block, in any order of series; series without samples may be left
   * out. A block is valid until the next one is asked for.
   * @throws AnswerError limit: more samples or bytes than the budget has left; canceled or timeout by its signal
   */
  read(afterMs: number, untilMs: number, budget: ReadBudget): AsyncIterable<SampleBlock>;
  /**
   * For each step of the grid, at least the newest sample of each series in (step - lookbackMs, step]; other samples of these times may
   * come too. Otherwise as `read`, which a source without it is asked instead.
   */
  readNewest?(steps: StepGrid, lookbackMs: number, budget: ReadBudget): AsyncIterable<SampleBlock>;
  /**
   * The samples of each window made one, at the end of the window, by a source that can do so for less than the samples would cost:
   * windows are (end - stepMs, end] for each step of the grid, so none overlap; those without samples are left out. Values are those that
   * the samples would give, apart from the rounding of sums (1e-12 of them) and the sign of a zero among zeros of both signs.
   * @returns undefined: nothing of the kind can be had, so the samples are to be read
   * @throws as `read`
   */
  readWindows?(
    aggregate: WindowAggregate,
    windows: StepGrid,
    budget: ReadBudget,
  ): Promise<AsyncIterable<SampleBlock> | undefined>;
}

/** What is made of the samples in a window: functions `…_over_time` of these names. */
export type WindowAggregate = 'avg' | 'count' | 'max' | 'min' | 'sum';

/**
 * Samples of some series, columnar. Series i of the block is number `series[i]` of the selection and has the samples
 * `offsets[i]` to `offsets[i + 1]` (exclusive) of `times` and `values`.
 */
export interface SampleBlock {
  readonly series: Uint32Array;
  readonly offsets: Uint32Array;
  /** Milliseconds since 1970, ascending within a series, each once. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** What one query may still read; shared by all its selectors. */
export interface ReadBudget {
  readonly signal: AbortSignal;
  /** Counts what is read. @throws AnswerError limit */
  spend(samples: number, bytes: number): void;
}
