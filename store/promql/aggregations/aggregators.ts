import type { EvaluationContext } from '../context.ts';
import type { Aggregation } from '../expression.ts';
import type { Vector } from '../vectors/vector.ts';
import { accumulatedVector } from './accumulated-vector.ts';
import {
  type Accumulator,
  AverageAccumulator,
  CountAccumulator,
  ExtremeAccumulator,
  GroupAccumulator,
  SumAccumulator,
  VarianceAccumulator,
} from './accumulators.ts';
import { quantileVector } from './quantile-vector.ts';
import { rankedVector } from './ranked-vector.ts';
import { valueCounts } from './value-counts.ts';

/** Every aggregation that is evaluated, one entry each; others that the grammar knows are not supported. */
export interface Aggregator {
  readonly name: string;
  /** What it is given before the vector. */
  readonly parameter: 'scalar' | 'string' | undefined;
  evaluate(aggregation: Aggregation, context: EvaluationContext): Promise<Vector>;
}

const FLOAT = Float64Array.BYTES_PER_ELEMENT;
const COUNT = Uint32Array.BYTES_PER_ELEMENT;
const FLAG = Uint8Array.BYTES_PER_ELEMENT;

/** One that keeps something of a group for each step, whatever number of series come. */
function accumulating(
  name: string,
  bytesPerStep: number,
  createAccumulator: (stepCount: number) => Accumulator,
): Aggregator {
  return {
    name,
    parameter: undefined,
    evaluate: (aggregation, context) =>
      accumulatedVector(aggregation, { bytesPerStep, createAccumulator }, context),
  };
}

export const AGGREGATORS: ReadonlyMap<string, Aggregator> = new Map(
  [
    accumulating('sum', 2 * FLOAT + FLAG, (count) => new SumAccumulator(count)),
    accumulating('avg', 2 * FLOAT + COUNT + FLAG, (count) => new AverageAccumulator(count)),
    accumulating('min', FLOAT + FLAG, (count) => new ExtremeAccumulator(count, 'min')),
    accumulating('max', FLOAT + FLAG, (count) => new ExtremeAccumulator(count, 'max')),
    accumulating('count', COUNT, (count) => new CountAccumulator(count)),
    accumulating('group', FLAG, (count) => new GroupAccumulator(count)),
    accumulating('stdvar', 4 * FLOAT + COUNT, (count) => new VarianceAccumulator(count, false)),
    accumulating('stddev', 4 * FLOAT + COUNT, (count) => new VarianceAccumulator(count, true)),
    collecting('topk', 'scalar', (of, context) => rankedVector('top', of, context)),
    collecting('bottomk', 'scalar', (of, context) => rankedVector('bottom', of, context)),
    collecting('quantile', 'scalar', quantileVector),
    collecting('count_values', 'string', valueCounts),
  ].map((entry) => [entry.name, entry]),
);

/** One that has to see the values themselves. */
function collecting(
  name: string,
  parameter: 'scalar' | 'string',
  evaluate: Aggregator['evaluate'],
): Aggregator {
  return { name, parameter, evaluate };
}
