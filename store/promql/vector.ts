import { AnswerError, type Labels } from '@overseer/shared';
import { formatLabels, keyWithoutName } from './label-sets.ts';
import { METRIC_NAME } from './matchers.ts';
import type { StepBlock } from './step-blocks.ts';

/** An instant vector at every step of a grid: series by number, and their rows block by block. */
export interface Vector {
  /** By number; at least those of the blocks so far. */
  readonly labels: readonly Labels[];
  /** The metric is no label of these series, although it stands in `labels`. */
  readonly isNameless: boolean;
  readonly blocks: AsyncIterable<StepBlock>;
}

/** The vector without its metrics. What is left of the labels must tell the series apart. */
export function dropNames({ labels, blocks }: Vector): Vector {
  const metrics = new Set(labels.map(({ [METRIC_NAME]: metric }) => metric));
  // Series of one metric differ in the other labels already.
  const isSafe = metrics.size <= 1;
  return { labels, isNameless: true, blocks: isSafe ? blocks : checkDistinct(labels, blocks) };
}

/** @throws AnswerError execution: two series that have values differ in nothing but their metric */
async function* checkDistinct(
  labels: readonly Labels[],
  blocks: AsyncIterable<StepBlock>,
): AsyncGenerator<StepBlock> {
  const seen = new Map<string, Labels>();
  for await (const block of blocks) {
    for (const series of block.series.subarray(0, block.length)) {
      const own = labels[series] ?? {};
      const key = keyWithoutName(own);
      const other = seen.get(key);
      if (other) {
        throw new AnswerError(
          'execution',
          `vector cannot contain metrics with the same labelset: without their names, ${formatLabels(other)} and ${formatLabels(own)} are one`,
        );
      }
      seen.set(key, own);
    }
    yield block;
  }
}
