import type { Expression, RangeExpression } from './expression.ts';
import type { Pace } from './pace.ts';
import type { ReadBudget, SeriesSource } from './series-source.ts';
import type { StepGrid } from './step-grid.ts';
import type { Vector } from './vectors/vector.ts';
import type { RangeInput } from './windows/range-input.ts';

/** As how many values of a budget a label set counts that is made for an answer: some hundred bytes, its key included. */
export const LABEL_SET_VALUES = 8;

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
  /** The steps at which this part is evaluated: a subquery has its own. */
  readonly grid: StepGrid;
  /** The first and last step of the whole query: `start()` and `end()`. */
  readonly startMs: number;
  readonly endMs: number;
  readonly pace: Pace;
  readonly evaluator: Evaluator;
}

/**
 * Evaluates expressions at the steps of a context, for those who have expressions as arguments. Vectors are read one after the other,
 * each to its end: reading two at a time would take two connections, of which there may be one left.
 */
export interface Evaluator {
  vector(expression: Expression, context: EvaluationContext): Promise<Vector>;
  /** A value a step. */
  scalar(expression: Expression, context: EvaluationContext): Promise<Float64Array>;
  range(expression: RangeExpression, context: EvaluationContext): Promise<RangeInput>;
}
