import { QueryLimitError } from '../../query-limit.ts';
import { type EvaluationContext, LABEL_SET_VALUES } from '../context.ts';
import type { Aggregation } from '../expression.ts';
import { LabelGroups } from '../label-sets.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, type Vector } from '../vectors/vector.ts';
import type { Accumulator } from './accumulators.ts';

/** What the groups of one aggregation may hold. */
const ACCUMULATORS_BYTES_MAX = 256 * 1024 * 1024;

export interface Accumulation {
  /** What an accumulator keeps of a group for each step. */
  readonly bytesPerStep: number;
  createAccumulator(stepCount: number): Accumulator;
}

/** Rows are added up as they come, so what is held grows with the groups and not with the series. */
export async function accumulatedVector(
  aggregation: Aggregation,
  accumulation: Accumulation,
  context: EvaluationContext,
): Promise<Vector> {
  const input = await context.evaluator.vector(aggregation.argument, context);
  const groups = new LabelGroups(aggregation.grouping);
  const blocks = accumulatedBlocks(input, groups, aggregation, accumulation, context);
  return { labels: groups.labels, isNameless: false, blocks };
}

async function* accumulatedBlocks(
  input: Vector,
  groups: LabelGroups,
  { aggregator, position }: Aggregation,
  { bytesPerStep, createAccumulator }: Accumulation,
  { budget, grid, pace }: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const accumulators: Accumulator[] = [];
  const bytesPerGroup = bytesPerStep * grid.count;
  const groupsMax = Math.floor(ACCUMULATORS_BYTES_MAX / bytesPerGroup);
  for await (const { series, values, present, length } of input.blocks) {
    for (let row = 0; row < length; row++) {
      const group = groups.numberOf(labelsOf(input, series[row] as number));
      if (group === groupsMax) {
        throw new QueryLimitError(
          'groups',
          `${aggregator.name} has more than ${groupsMax} groups of ${grid.count} steps, which is all that may be held: take fewer steps, or group by fewer labels`,
          { position },
        );
      }
      let accumulator = accumulators[group];
      if (!accumulator) {
        budget.hold(grid.count + LABEL_SET_VALUES);
        accumulator = createAccumulator(grid.count);
        accumulators[group] = accumulator;
      }
      accumulator.add({ values, present, base: row * grid.count });
      // For each row: a grouping may name thousands of labels.
      if (pace.isDue) await pace.rest();
    }
  }
  const block = new StepBlock(grid.count);
  for (const [group, accumulator] of accumulators.entries()) {
    accumulator.finish(block.nextRow());
    block.keep(group);
    if (block.isFull) {
      yield block;
      block.clear();
      if (pace.isDue) await pace.rest();
    }
  }
  if (block.length > 0) yield block;
}
