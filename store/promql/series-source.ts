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
  /**
   * This selection and those of the others, of the same source, that have rows in common with it: to be read at once by whoever wants them
   * for the same times.
   * @returns undefined: none of the others has
   */
  unite?(others: readonly Selection[]): SelectionUnion | undefined;
}

/** Selections that are read as one. What several of them have is read once, and counted once. */
export interface SelectionUnion {
  /** The one that was asked, and some of the others. */
  readonly selections: readonly Selection[];
  /** Reads the series of all, by numbers of their own. Its blocks stay valid, and are not to be changed. */
  readonly reader: Pick<Selection, 'read' | 'readNewest' | 'readWindows'>;
  /** What is whose, ascending: all series of the union. */
  readonly runs: readonly SeriesRun[];
}

/** Consecutive series of a union, which are consecutive in the selections that have them, too. */
export interface SeriesRun {
  readonly first: number;
  readonly count: number;
  readonly takers: readonly RunTaker[];
}

export interface RunTaker {
  /** Its place among the selections of the union. */
  readonly selection: number;
  /** Number that it gives the first series of the run. */
  readonly first: number;
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
