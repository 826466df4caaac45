import type { EvaluationContext } from './context.ts';
import type { VectorSelector } from './expression.ts';
import type { Selection } from './series-source.ts';
import { StepBlock } from './step-blocks.ts';
import { lastStepMs } from './step-grid.ts';
import type { Vector } from './vector.ts';
import { type WindowKernel, Windows } from './windows.ts';

/** Which samples a kernel sees, and what else it is given. */
export interface WindowInput {
  readonly selector: VectorSelector;
  /** Each step sees the samples of so long before it. */
  readonly rangeMs: number;
  readonly parameters: readonly Float64Array[];
}

/** What a kernel makes of the series that a selector selects; those without a value at any step are left out. */
export async function windowVector(
  input: WindowInput,
  kernel: WindowKernel,
  context: EvaluationContext,
): Promise<Vector> {
  const { source, db } = context;
  const selection = await source.select(db, input.selector.matchers);
  const blocks = windowBlocks(selection, input, kernel, context);
  return { labels: selection.labels, isNameless: false, blocks };
}

async function* windowBlocks(
  selection: Selection,
  { selector: { offsetMs }, rangeMs, parameters }: WindowInput,
  kernel: WindowKernel,
  { grid, budget, pace }: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const windows = new Windows({ ...grid, startMs: grid.startMs - offsetMs }, rangeMs);
  const afterMs = windows.grid.startMs - rangeMs;
  const block = new StepBlock(grid.count);
  for await (const { series, offsets, times, values } of selection.read(
    afterMs,
    lastStepMs(windows.grid),
    budget,
  )) {
    for (let i = 0; i < series.length; i++) {
      if (!windows.slide(times, values, offsets[i] as number, offsets[i + 1] as number)) continue;
      for (const _ of kernel(windows, block.nextRow(), parameters) ?? []) {
        if (pace.isDue) await pace.rest();
      }
      block.keep(series[i] as number);
      if (block.isFull) {
        yield block;
        block.clear();
      }
      if (pace.isDue) await pace.rest();
    }
  }
  if (block.length > 0) yield block;
}
