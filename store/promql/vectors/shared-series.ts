import type { AnswerError } from '@overseer/shared';
import type { EvaluationContext } from '../context.ts';
import { HeldRows } from './held-rows.ts';
import type { StepBlock } from './step-blocks.ts';

export interface SharedSeries {
  /** Whether rows of several series have this number. */
  isShared(series: number): boolean;
  /** Two of them have a value at the same step. */
  conflict(series: number): AnswerError;
}

/**
 * Makes one row of all that have the same number: what operations make of several series may be one series, one of them at some steps
 * and another at others. Those that are shared are held until the end, all others go on at once.
 * @throws what `conflict` says
 */
export async function* uniteRows(
  blocks: AsyncIterable<StepBlock>,
  context: EvaluationContext,
  { isShared, conflict }: SharedSeries,
): AsyncGenerator<StepBlock> {
  const held = new HeldRows(context);
  const heldOf = new Map<number, number>();
  for await (const block of blocks) {
    let kept = 0;
    for (let row = 0; row < block.length; row++) {
      const series = block.series[row] as number;
      if (!isShared(series)) {
        block.move(row, kept++);
        continue;
      }
      const known = heldOf.get(series);
      if (known === undefined) heldOf.set(series, held.add(block, row));
      else if (!held.merge(known, block, row)) throw conflict(series);
    }
    block.length = kept;
    if (kept > 0) yield block;
  }
  if (held.count > 0) yield* held.blocks();
}
