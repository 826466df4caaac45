import type { EvaluationContext } from '../context.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import type { Vector } from '../vectors/vector.ts';
import type { RangeInput } from './range-input.ts';
import { type WindowKernel, Windows } from './windows.ts';

/**
 * What a kernel makes of the windows on some series; those without a value at any step are left out.
 * @param parameters the scalar arguments in their order, a value a step
 */
export function windowVector(
  input: RangeInput,
  kernel: WindowKernel,
  parameters: readonly Float64Array[],
  context: EvaluationContext,
): Vector {
  const { labels, isNameless } = input;
  return { labels, isNameless, blocks: windowBlocks(input, kernel, parameters, context) };
}

async function* windowBlocks(
  input: RangeInput,
  kernel: WindowKernel,
  parameters: readonly Float64Array[],
  { grid, pace }: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const windows = new Windows(input.grid, input.rangeMs);
  const block = new StepBlock(grid.count);
  for await (const { series, offsets, times, values } of input.blocks) {
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
