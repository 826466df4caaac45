import type { Pace } from './pace.ts';
import type { ReadBudget, SeriesSource } from './series-source.ts';
import type { StepGrid } from './step-grid.ts';

/** What an evaluation may read, and hold besides. */
export interface EvaluationBudget extends ReadBudget {
  /** Counts values that are kept until the end, such as those of groups. @throws AnswerError limit */
  hold(values: number): void;
}

/** What every part of one evaluation is given. */
export interface EvaluationContext {
  readonly db: string;
  readonly source: SeriesSource;
  readonly budget: EvaluationBudget;
  readonly lookbackMs: number;
  readonly grid: StepGrid;
  readonly pace: Pace;
}
