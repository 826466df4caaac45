import type { EvaluationContext } from '../context.ts';
import type { Aggregation, Expression } from '../expression.ts';
import { LabelGroups } from '../label-sets.ts';
import { quantileOf } from '../quantile.ts';
import { HeldRows } from '../vectors/held-rows.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, type Vector } from '../vectors/vector.ts';
import type { StepRow } from '../windows/windows.ts';

/** `quantile`: of each group, at each step; all rows are held, because it takes all values of a step together. */
export async function quantileVector(
  { argument, parameter, grouping }: Aggregation,
  context: EvaluationContext,
): Promise<Vector> {
  const quantiles = await context.evaluator.scalar(parameter as Expression, context);
  const vector = await context.evaluator.vector(argument, context);
  const groups = new LabelGroups(grouping);
  const blocks = quantileBlocks(vector, quantiles, groups, context);
  return { labels: groups.labels, isNameless: false, blocks };
}

async function* quantileBlocks(
  vector: Vector,
  quantiles: Float64Array,
  groups: LabelGroups,
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const { grid, pace } = context;
  const held = new HeldRows(context);
  const members: StepRow[][] = [];
  for await (const block of vector.blocks) {
    for (let row = 0; row < block.length; row++) {
      const group = groups.numberOf(labelsOf(vector, block.series[row] as number));
      members[group] ??= [];
      members[group].push(held.row(held.add(block, row)));
    }
    if (pace.isDue) await pace.rest();
  }
  const block = new StepBlock(grid.count);
  const scratch = new Float64Array(held.count);
  for (const [group, rows] of members.entries()) {
    const { values, present, base } = block.nextRow();
    for (let step = 0; step < grid.count; step++) {
      let count = 0;
      for (const row of rows) {
        if (row.present[step] === 1) scratch[count++] = row.values[step] as number;
      }
      if (count === 0) continue;
      values[base + step] = quantileOf(scratch.subarray(0, count), quantiles[step] as number);
      present[base + step] = 1;
      if (pace.isDue) await pace.rest();
    }
    block.keep(group);
    if (!block.isFull) continue;
    yield block;
    block.clear();
  }
  if (block.length > 0) yield block;
}
