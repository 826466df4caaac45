import { type EvaluationContext, LABEL_SET_VALUES } from '../context.ts';
import type { Aggregation } from '../expression.ts';
import { LabelGroups, withLabel } from '../label-sets.ts';
import { SparseRows } from '../vectors/sparse-rows.ts';
import type { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, type Vector } from '../vectors/vector.ts';

/** `count_values`: of each group and value, at each step, how many series have the value; it becomes a label. */
export async function valueCounts(
  { argument, parameter, grouping }: Aggregation,
  context: EvaluationContext,
): Promise<Vector> {
  if (parameter?.kind !== 'string') throw new Error('count_values without the name of a label');
  const vector = await context.evaluator.vector(argument, context);
  const names = grouping.by ? [...grouping.names, parameter.value] : grouping.names;
  const groups = new LabelGroups({ by: grouping.by, names });
  const blocks = countBlocks(vector, parameter.value, groups, context);
  return { labels: groups.labels, isNameless: false, blocks };
}

async function* countBlocks(
  vector: Vector,
  label: string,
  groups: LabelGroups,
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const { budget, grid, pace } = context;
  const rows = new SparseRows(context);
  /** Of one series: it has the same value at many steps. */
  const numbers = new Map<number, number>();
  for await (const block of vector.blocks) {
    for (let row = 0; row < block.length; row++) {
      const { values, present, base } = block.row(row);
      const labels = labelsOf(vector, block.series[row] as number);
      numbers.clear();
      for (let step = 0; step < grid.count; step++) {
        if (present[base + step] === 0) continue;
        const value = values[base + step] as number;
        let number = numbers.get(value);
        if (number === undefined) {
          const groupCount = groups.labels.length;
          number = groups.numberOf(withLabel(labels, label, formatPlain(value)));
          // There may be one for each sample.
          if (groups.labels.length > groupCount) budget.hold(LABEL_SET_VALUES);
          // To a map -0 is 0.
          if (value !== 0) numbers.set(value, number);
        }
        rows.add(number, step, 1);
      }
      if (pace.isDue) await pace.rest();
    }
  }
  yield* rows.blocks(groups.labels.length);
}

/** A number without an exponent, in as few digits as say which one it is, as Go writes it. */
export function formatPlain(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const text = `${value}`.replace('Infinity', 'Inf').replace(/^Inf/, '+Inf');
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}
