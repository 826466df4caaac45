import {
  type Accumulator,
  AverageAccumulator,
  CountAccumulator,
  ExtremeAccumulator,
  GroupAccumulator,
  SumAccumulator,
  VarianceAccumulator,
} from './accumulators.ts';

/** Every aggregation that is evaluated, one entry each; others that the grammar knows are "not yet supported". */
export interface Aggregator {
  readonly name: string;
  /** What an accumulator keeps of a group for each step. */
  readonly bytesPerStep: number;
  createAccumulator(stepCount: number): Accumulator;
}

const FLOAT = Float64Array.BYTES_PER_ELEMENT;
const COUNT = Uint32Array.BYTES_PER_ELEMENT;
const FLAG = Uint8Array.BYTES_PER_ELEMENT;

function aggregator(
  name: string,
  bytesPerStep: number,
  createAccumulator: (stepCount: number) => Accumulator,
): Aggregator {
  return { name, bytesPerStep, createAccumulator };
}

export const AGGREGATORS: ReadonlyMap<string, Aggregator> = new Map(
  [
    aggregator('sum', 2 * FLOAT + FLAG, (count) => new SumAccumulator(count)),
    aggregator('avg', 2 * FLOAT + COUNT + FLAG, (count) => new AverageAccumulator(count)),
    aggregator('min', FLOAT + FLAG, (count) => new ExtremeAccumulator(count, 'min')),
    aggregator('max', FLOAT + FLAG, (count) => new ExtremeAccumulator(count, 'max')),
    aggregator('count', COUNT, (count) => new CountAccumulator(count)),
    aggregator('group', FLAG, (count) => new GroupAccumulator(count)),
    aggregator('stdvar', 4 * FLOAT + COUNT, (count) => new VarianceAccumulator(count, false)),
    aggregator('stddev', 4 * FLOAT + COUNT, (count) => new VarianceAccumulator(count, true)),
  ].map((entry) => [entry.name, entry]),
);
