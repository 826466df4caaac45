import { AnswerError, type Labels } from '@overseer/shared';
import type { EvaluationContext } from '../context.ts';
import { formatLabels, keyWithoutName, withoutName } from '../label-sets.ts';
import { METRIC_NAME } from '../matchers.ts';
import { uniteRows } from './shared-series.ts';
import { StepBlock } from './step-blocks.ts';

/** Prometheus' words. */
const SAME_LABELSET = 'vector cannot contain metrics with the same labelset';

/** An instant vector at every step of a grid: series by number, and their rows block by block. */
export interface Vector {
  /** By number; all of them once the first block has come. */
  readonly labels: readonly Labels[];
  /** The metric is no label of these series, although it stands in `labels`. */
  readonly isNameless: boolean;
  readonly blocks: AsyncIterable<StepBlock>;
}

/** As an answer shows them. */
export function labelsOf(
  { labels, isNameless }: Pick<Vector, 'labels' | 'isNameless'>,
  series: number,
): Labels {
  const own = labels[series] ?? {};
  return isNameless ? withoutName(own) : own;
}

/**
 * One series without labels that has a scalar's values.
 * @param options.present 1: the step has a value; all have unless it is given
 */
export function scalarVector(
  values: Float64Array,
  { grid }: EvaluationContext,
  { present, labels = {} }: { readonly present?: Uint8Array; readonly labels?: Labels } = {},
): Vector {
  const blocks = async function* () {
    const block = new StepBlock(grid.count);
    const row = block.nextRow();
    row.values.set(values, row.base);
    if (present) row.present.set(present, row.base);
    else row.present.fill(1, row.base, row.base + grid.count);
    block.keep(0);
    if (block.length > 0) yield block;
  };
  return { labels: [labels], isNameless: false, blocks: blocks() };
}

/** Blocks that are changed in place as they come. */
export async function* changeBlocks(
  blocks: AsyncIterable<StepBlock>,
  { pace }: EvaluationContext,
  change: (block: StepBlock) => void,
): AsyncGenerator<StepBlock> {
  for await (const block of blocks) {
    change(block);
    yield block;
    if (pace.isDue) await pace.rest();
  }
}

/**
 * The vector without its metrics, where what is left of the labels must tell its series apart: that is how functions of ranges and
 * an unary minus drop names.
 */
export function dropNames({ labels, isNameless, blocks }: Vector): Vector {
  return {
    labels,
    isNameless: true,
    blocks: isNameless ? blocks : checkDistinct(blocks, () => !haveOneMetric(labels), labels),
  };
}

/** The vector without its metrics, where series that are alike without them are one: that is how operations at each step drop names. */
export function uniteNames(
  { labels, isNameless, blocks }: Vector,
  context: EvaluationContext,
): Vector {
  if (isNameless) return { labels, isNameless, blocks };
  return { labels, isNameless: true, blocks: uniteAlike(labels, blocks, context) };
}

/** Series of one metric differ in the other labels. */
function haveOneMetric(labels: readonly Labels[]): boolean {
  const [first] = labels;
  return labels.every(({ [METRIC_NAME]: metric }) => metric === first?.[METRIC_NAME]);
}

/** @throws AnswerError execution: two series that have values differ in nothing but their metric */
async function* checkDistinct(
  blocks: AsyncIterable<StepBlock>,
  isNeeded: () => boolean,
  labels: readonly Labels[],
): AsyncGenerator<StepBlock> {
  let seen: Map<string, Labels> | undefined;
  let isFirst = true;
  for await (const block of blocks) {
    if (isFirst && isNeeded()) seen = new Map();
    isFirst = false;
    for (let row = 0; seen && row < block.length; row++) {
      if (!block.hasValue(row)) continue;
      const own = labels[block.series[row] as number] ?? {};
      const key = keyWithoutName(own);
      const other = seen.get(key);
      if (other) {
        const both = `without their names, ${formatLabels(other)} and ${formatLabels(own)} are one`;
        throw new AnswerError('execution', `${SAME_LABELSET}: ${both}`);
      }
      seen.set(key, own);
    }
    yield block;
  }
}

/** Series that differ in nothing but their metric become the first of them. */
async function* uniteAlike(
  labels: readonly Labels[],
  blocks: AsyncIterable<StepBlock>,
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  let firsts: Uint32Array | undefined;
  let isShared: Uint8Array | undefined;
  const renumbered = async function* () {
    let isFirst = true;
    for await (const block of blocks) {
      if (isFirst && !haveOneMetric(labels)) {
        ({ firsts, isShared } = await numberAlike(labels, context));
      }
      isFirst = false;
      for (let row = 0; firsts && row < block.length; row++) {
        block.series[row] = firsts[block.series[row] as number] as number;
      }
      yield block;
    }
  };
  yield* uniteRows(renumbered(), context, {
    isShared: (series) => isShared?.[series] === 1,
    conflict: (series) => sameLabelset(withoutName(labels[series] ?? {})),
  });
}

async function numberAlike(labels: readonly Labels[], { pace }: EvaluationContext) {
  const byKey = new Map<string, number>();
  const firsts = new Uint32Array(labels.length);
  const isShared = new Uint8Array(labels.length);
  for (const [series, own] of labels.entries()) {
    const key = keyWithoutName(own);
    const first = byKey.get(key);
    if (first === undefined) byKey.set(key, series);
    else isShared[first] = 1;
    firsts[series] = first ?? series;
    if (pace.isDue) await pace.rest();
  }
  return { firsts, isShared };
}

/** Two series of a step come to these labels. */
export function sameLabelset(labels: Labels): AnswerError {
  return new AnswerError('execution', `${SAME_LABELSET}: ${formatLabels(labels)} would come twice`);
}
