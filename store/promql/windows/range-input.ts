import type { Labels } from '@overseer/shared';
import { QueryLimitError } from '../../query-limit.ts';
import type { EvaluationContext } from '../context.ts';
import {
  type Expression,
  partsOf,
  type RangeExpression,
  type Subquery,
  type TimeShift,
  type VectorSelector,
} from '../expression.ts';
import type { SampleBlock, Selection, WindowAggregate } from '../series-source.ts';
import { lastStepMs, type StepGrid } from '../step-grid.ts';
import type { StepBlock } from '../vectors/step-blocks.ts';
import type { Vector } from '../vectors/vector.ts';

/** What a subquery may have of steps; a row of so many is 9 MB. */
const SUBQUERY_STEPS_MAX = 1_000_000;

/** Series whose samples functions see through windows: those of a selector, or the values of a subquery. */
export interface RangeInput {
  /** By number; all of them once the first block has come. */
  readonly labels: readonly Labels[];
  /** The metric is no label of these series, although it stands in `labels`. */
  readonly isNameless: boolean;
  /** Where the window of each step ends. */
  readonly grid: StepGrid;
  readonly rangeMs: number;
  /** All samples of all windows, each series once. */
  readonly blocks: AsyncIterable<SampleBlock>;
}

export async function rangeInput(
  expression: RangeExpression,
  context: EvaluationContext,
): Promise<RangeInput> {
  if (expression.kind === 'subquery') return await subqueryInput(expression, context);
  return await selectorInput(expression.selector, expression.rangeMs, context);
}

/** The samples that a selector selects, of so long before each step. */
export async function selectorInput(
  selector: VectorSelector,
  rangeMs: number,
  context: EvaluationContext,
): Promise<RangeInput> {
  const selection = await context.source.select(context.db, selector.matchers);
  return samplesOfSelection(selection, windowGrid(selector, context), rangeMs, context);
}

/**
 * As `rangeInput`; where the source has made something of the samples in each window already, that is the window's one sample.
 * @param aggregate what it may make of them; undefined: nothing
 */
export async function aggregatedInput(
  expression: RangeExpression,
  aggregate: WindowAggregate | undefined,
  context: EvaluationContext,
): Promise<{ readonly input: RangeInput; readonly isAggregated: boolean }> {
  if (expression.kind === 'subquery' || !aggregate) {
    return { input: await rangeInput(expression, context), isAggregated: false };
  }
  const { selector, rangeMs } = expression;
  const selection = await context.source.select(context.db, selector.matchers);
  const grid = windowGrid(selector, context);
  const windows = adjoiningWindows(grid, rangeMs);
  const blocks = windows && (await selection.readWindows?.(aggregate, windows, context.budget));
  if (!blocks) {
    return { input: samplesOfSelection(selection, grid, rangeMs, context), isAggregated: false };
  }
  const input = { labels: selection.labels, isNameless: false, grid, rangeMs, blocks };
  return { input, isAggregated: true };
}

function samplesOfSelection(
  selection: Selection,
  grid: StepGrid,
  rangeMs: number,
  { budget }: EvaluationContext,
): RangeInput {
  const blocks = selection.read(grid.startMs - rangeMs, lastStepMs(grid), budget);
  return { labels: selection.labels, isNameless: false, grid, rangeMs, blocks };
}

/** Windows of which each begins where the one before ends, as a grid of their ends; undefined: they are not so. */
function adjoiningWindows(grid: StepGrid, rangeMs: number): StepGrid | undefined {
  if (grid.count === 1) return { ...grid, stepMs: rangeMs };
  return grid.stepMs === rangeMs ? grid : undefined;
}

async function subqueryInput(subquery: Subquery, context: EvaluationContext): Promise<RangeInput> {
  const { rangeMs } = subquery;
  const grid = windowGrid(subquery, context);
  const inner = subqueryGrid(subquery, grid);
  if (!inner) return { labels: [], isNameless: false, grid, rangeMs, blocks: none() };
  // Each part of it may have a row of so many steps at the same time: scalars, and blocks that are passed on.
  context.budget.hold(inner.count * sizeOf(subquery.of));
  const vector = await context.evaluator.vector(subquery.of, { ...context, grid: inner });
  const { labels, isNameless } = vector;
  return { labels, isNameless, grid, rangeMs, blocks: samplesOf(vector, inner, context) };
}

/** How many parts an expression has, itself included. */
function sizeOf(expression: Expression): number {
  return partsOf(expression).reduce((size, part) => size + sizeOf(part), 1);
}

/** With a fixed time each step has the same window. */
export function windowGrid(
  { offsetMs, at }: TimeShift,
  { grid, startMs, endMs }: Pick<EvaluationContext, 'grid' | 'startMs' | 'endMs'>,
): StepGrid {
  if (at === undefined) return { ...grid, startMs: grid.startMs - offsetMs };
  const timeMs = at === 'start' ? startMs : at === 'end' ? endMs : at;
  return { startMs: timeMs - offsetMs, stepMs: 0, count: grid.count };
}

/**
 * The steps at multiples of a subquery's step that lie in any window, whose left edges are open; undefined: none.
 * @throws AnswerError limit
 */
function subqueryGrid(
  { rangeMs, stepMs, position }: Subquery,
  windows: StepGrid,
): StepGrid | undefined {
  const afterMs = windows.startMs - rangeMs;
  const startMs = (Math.floor(afterMs / stepMs) + 1) * stepMs;
  const count = Math.floor((lastStepMs(windows) - startMs) / stepMs) + 1;
  if (count < 1) return undefined;
  if (count > SUBQUERY_STEPS_MAX) {
    throw new QueryLimitError(
      'subquery_steps',
      `the subquery has ${count} steps of ${stepMs} ms, more than the ${SUBQUERY_STEPS_MAX} that one may have: take a larger step or a shorter range`,
      { position },
    );
  }
  return { startMs, stepMs, count };
}

/** The values of a vector as samples at their steps. */
async function* samplesOf(
  vector: Vector,
  grid: StepGrid,
  { budget, pace }: EvaluationContext,
): AsyncGenerator<SampleBlock> {
  let samples: Samples | undefined;
  for await (const block of vector.blocks) {
    if (!samples) {
      samples = new Samples(block);
      // Times and values.
      budget.hold(2 * samples.times.length);
    }
    yield samples.of(block, grid);
    if (pace.isDue) await pace.rest();
  }
}

/** Room for the samples of one block after the other. */
class Samples {
  readonly times: Float64Array;
  readonly #values: Float64Array;
  readonly #offsets: Uint32Array;

  constructor({ values, series }: StepBlock) {
    this.times = new Float64Array(values.length);
    this.#values = new Float64Array(values.length);
    this.#offsets = new Uint32Array(series.length + 1);
  }

  of(block: StepBlock, { startMs, stepMs, count }: StepGrid): SampleBlock {
    const { times } = this;
    const values = this.#values;
    const offsets = this.#offsets;
    let next = 0;
    for (let row = 0; row < block.length; row++) {
      const base = row * count;
      for (let step = 0; step < count; step++) {
        if (block.present[base + step] === 0) continue;
        times[next] = startMs + step * stepMs;
        values[next++] = block.values[base + step] as number;
      }
      offsets[row + 1] = next;
    }
    return { series: block.series.subarray(0, block.length), offsets, times, values };
  }
}

async function* none(): AsyncGenerator<never> {}
