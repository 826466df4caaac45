import type { EvaluationContext } from '../context.ts';
import type { VectorSelector } from '../expression.ts';
import { lastStepMs } from '../step-grid.ts';
import { type RangeInput, windowGrid } from './range-input.ts';

/** The newest sample of each step's lookback, for kernels that look at no other; older ones may be there or not. */
export async function newestInput(
  selector: VectorSelector,
  { source, db, budget, lookbackMs, ...context }: EvaluationContext,
): Promise<RangeInput> {
  const selection = await source.select(db, selector.matchers);
  const grid = windowGrid(selector, context);
  const blocks =
    selection.readNewest?.(grid, lookbackMs, budget) ??
    selection.read(grid.startMs - lookbackMs, lastStepMs(grid), budget);
  return { labels: selection.labels, isNameless: false, grid, rangeMs: lookbackMs, blocks };
}
