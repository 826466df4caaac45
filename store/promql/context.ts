import type { Pace } from './pace.ts';
import type { ReadBudget, SeriesSource } from './series-source.ts';
import type { StepGrid } from './step-grid.ts';

/** What every part of one evaluation is given. */
export interface EvaluationContext {
  readonly db: string;
  readonly source: SeriesSource;
  readonly budget: ReadBudget;
  readonly lookbackMs: number;
  readonly grid: StepGrid;
  readonly pace: Pace;
}
