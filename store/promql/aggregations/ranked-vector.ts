import { AnswerError } from '@overseer/shared';
import type { EvaluationContext } from '../context.ts';
import type { Aggregation, Expression } from '../expression.ts';
import { groupKey } from '../label-sets.ts';
import { SparseRows } from '../vectors/sparse-rows.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, type Vector } from '../vectors/vector.ts';
import { RankHeaps } from './rank-heaps.ts';

/** Beyond the int64 of Prometheus. */
const COUNT_MAX = 2 ** 63;

/** `topk` and `bottomk`: of each group, at each step, the series with the largest or smallest values. NaN comes last. */
export async function rankedVector(
  direction: 'top' | 'bottom',
  { argument, parameter, grouping }: Aggregation,
  context: EvaluationContext,
): Promise<Vector> {
  const wanted = await context.evaluator.scalar(parameter as Expression, context);
  const counts = wanted.map((value) => {
    if (value < COUNT_MAX && value >= -COUNT_MAX) return Math.max(0, Math.trunc(value));
    throw new AnswerError('execution', `Scalar value ${value} overflows int64`, {
      position: (parameter as Expression).position,
    });
  });
  const vector = await context.evaluator.vector(argument, context);
  const keyOf = (series: number) => groupKey(labelsOf(vector, series), grouping);
  return { ...vector, blocks: rankedBlocks(vector, { direction, counts, keyOf }, context) };
}

interface Ranking {
  readonly direction: 'top' | 'bottom';
  /** By step. */
  readonly counts: Float64Array;
  keyOf(series: number): string;
}

async function* rankedBlocks(
  vector: Vector,
  ranking: Ranking,
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const { grid, pace } = context;
  let groups: readonly Group[] | undefined;
  for await (const block of vector.blocks) {
    groups ??= groupsOf(vector, ranking);
    for (let row = 0; row < block.length; row++) {
      const series = block.series[row] as number;
      const group = groups[series] as Group;
      group.heaps ??= new RankHeaps(ranking, group.seriesCount, context);
      group.heaps.add(series, block.row(row));
    }
    if (pace.isDue) await pace.rest();
  }
  const found = [...new Set(groups ?? [])].flatMap(({ heaps }) => heaps ?? []);
  if (grid.count === 1) {
    yield* inOrder(found);
    return;
  }
  const rows = new SparseRows(context);
  for (const heaps of found) {
    heaps.visit((series, step, value) => rows.add(series, step, value));
    if (pace.isDue) await pace.rest();
  }
  yield* rows.blocks(vector.labels.length);
}

interface Group {
  seriesCount: number;
  heaps: RankHeaps | undefined;
}

/** The group of each series. */
function groupsOf({ labels }: Vector, { keyOf }: Ranking): readonly Group[] {
  const groups = new Map<string, Group>();
  return labels.map((_, series) => {
    const key = keyOf(series);
    const group = groups.get(key) ?? { seriesCount: 0, heaps: undefined };
    groups.set(key, group);
    group.seriesCount++;
    return group;
  });
}

/** At an instant: group by group, the first of each first. */
function* inOrder(groups: readonly RankHeaps[]): Generator<StepBlock> {
  const block = new StepBlock(1);
  for (const heaps of groups) {
    for (const { series, value } of heaps.sortedAt(0)) {
      const row = block.nextRow();
      row.values[row.base] = value;
      row.present[row.base] = 1;
      block.keep(series);
      if (!block.isFull) continue;
      yield block;
      block.clear();
    }
  }
  if (block.length > 0) yield block;
}
