import type { PatternRoom } from '../../patterns/pattern-room.ts';
import type { EvaluationContext } from '../context.ts';
import type { Expression, ValueType } from '../expression.ts';
import type { WindowAggregate } from '../series-source.ts';
import type { StepGrid } from '../step-grid.ts';
import type { Vector } from '../vectors/vector.ts';
import type { StepRow, WindowKernel } from '../windows/windows.ts';

/** A function of PromQL, by what it works on. */
export type PromqlFunction = RangeFunction | RowFunction | ScalarFunction | VectorFunction;

interface Signature {
  readonly name: string;
  readonly arguments: readonly ValueType[];
  /** So many arguments at the end may be left out. */
  readonly optionalCount: number;
  /** The last argument may come any number of times. */
  readonly isVariadic: boolean;
  readonly returns: 'scalar' | 'instant vector';
  /** What can be told of them before anything is read. @throws AnswerError bad_data with a position */
  checkArguments?(given: readonly Expression[], patterns: PatternRoom): void;
}

/** Of the samples of one series in a window. */
export interface RangeFunction extends Signature {
  readonly kind: 'range';
  /** What it gives is still the metric, such as its last value; other functions drop the name. */
  readonly keepsName: boolean;
  /** A source may have done it, if there are no other arguments. */
  readonly aggregate: WindowAggregate | undefined;
  /**
   * A kernel for one evaluation; it may keep memory from series to series.
   * @param grid the steps of the evaluation, which are not those of the windows where there is an offset
   */
  createKernel(grid: StepGrid): WindowKernel;
}

/** Of the values of one series, each step by itself. */
export interface RowFunction extends Signature {
  readonly kind: 'row';
  readonly kernel: RowKernel;
}

/**
 * Changes a row of so many steps in place. What lies at steps without a value may be changed as it comes: it means nothing.
 * @param parameters the scalar arguments in their order, a value a step
 */
export type RowKernel = (
  row: StepRow,
  stepCount: number,
  parameters: readonly Float64Array[],
) => void;

/** A value a step. */
export interface ScalarFunction extends Signature {
  readonly kind: 'scalar';
  evaluate(given: readonly Expression[], context: EvaluationContext): Promise<Float64Array>;
}

/** Of whole vectors, or of what an argument is rather than of its value. */
export interface VectorFunction extends Signature {
  readonly kind: 'vector';
  evaluate(given: readonly Expression[], context: EvaluationContext): Promise<Vector>;
}
