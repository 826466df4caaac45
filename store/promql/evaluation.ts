import type { Labels } from '@overseer/shared';
import { QueryLimitError } from '../query-limit.ts';
import type { EvaluationBudget, EvaluationContext } from './context.ts';
import { EVALUATOR } from './evaluator.ts';
import { type Expression, type RangeExpression, valueTypeOf } from './expression.ts';
import { Pace } from './pace.ts';
import type { SeriesSource } from './series-source.ts';
import { sharedSource } from './sharing/shared-source.ts';
import {
  checkGrid,
  lastStepMs,
  packRow,
  STEPS_MAX,
  type StepGrid,
  type StepSeries,
  type StepValues,
} from './step-grid.ts';
import { badExpression } from './syntax/syntax-errors.ts';
import { labelsOf, type Vector } from './vectors/vector.ts';
import { Windows } from './windows/windows.ts';

/** Values of one answer, series times steps: 200 MB before they are encoded. */
export const ANSWER_VALUES_MAX = 25_000_000;

/** As how many values of a budget a sample counts that is copied for the answer: 16 of some 50 bytes. */
const COPIED_SAMPLE_VALUES = 1 / 3;

export interface EvaluationOptions {
  readonly db: string;
  readonly source: SeriesSource;
  /** Its signal ends the evaluation, which throws the signal's reason. */
  readonly budget: EvaluationBudget;
  /** How far back a vector selector looks for its last sample. */
  readonly lookbackMs: number;
  /** Series that the answer may have. */
  readonly seriesMax: number;
  /** What an answer over a range has of each series instead of a value a step; undefined: just that. */
  readonly reduction?: RowReduction | undefined;
}

/** Makes less of each row of an answer, as soon as it is known. */
export interface RowReduction {
  /** Steps that a row may have, from the first to the last. */
  readonly stepsMax: number;
  /** Values of each series that are left. */
  readonly valueCount: number;
  /** @param present 1: there is a value at the step; the row begins at `base` of both */
  reduce(values: Float64Array, present: Uint8Array, base: number): StepValues;
}

export type InstantResult =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'vector'; readonly series: readonly InstantSeries[] }
  | { readonly kind: 'samples'; readonly series: readonly SampleSeries[] };

export interface InstantSeries {
  readonly labels: Labels;
  readonly value: number;
}

/** Times are milliseconds since 1970, ascending. */
export interface SampleSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/**
 * The expression at every step of the grid, some series at a time, in any order; each comes once, and has a value at one step at
 * least. What was given belongs to the caller.
 * @throws AnswerError bad_data: it is a string or a range vector; limit, execution; what source and budget throw
 */
export async function* evaluateRange(
  expression: Expression,
  grid: StepGrid,
  options: EvaluationOptions,
): AsyncGenerator<readonly StepSeries[]> {
  const { reduction = plainRows(grid) } = options;
  checkGrid(grid, reduction.stepsMax);
  const type = valueTypeOf(expression);
  if (type === 'string' || type === 'range vector') {
    throw badExpression(
      `invalid expression type "${type}" for range query, must be scalar or instant vector`,
      expression.position,
    );
  }
  const context = contextOf(expression, grid, options);
  if (type === 'scalar') {
    const values = await EVALUATOR.scalar(expression, context);
    const everywhere = new Uint8Array(grid.count).fill(1);
    yield [{ labels: {}, ...reduction.reduce(values, everywhere, 0) }];
    return;
  }
  const vector = await EVALUATOR.vector(expression, context);
  yield* answerSeries(vector, grid, reduction, options.seriesMax);
}

/** All steps as they are. */
function plainRows({ count }: StepGrid): RowReduction {
  return {
    stepsMax: STEPS_MAX,
    valueCount: count,
    reduce: (values, present, base) => packRow(values, present, base, count),
  };
}

/**
 * Series are in the order that the expression gives them, if it does.
 * @throws AnswerError as `evaluateRange`, but that any type has a value at an instant
 */
export async function evaluateInstant(
  expression: Expression,
  timeMs: number,
  options: EvaluationOptions,
): Promise<InstantResult> {
  const grid: StepGrid = { startMs: timeMs, stepMs: 1, count: 1 };
  checkGrid(grid);
  if (expression.kind === 'string') return { kind: 'string', value: expression.value };
  const context = contextOf(expression, grid, options);
  if (valueTypeOf(expression) === 'scalar') {
    const [value = Number.NaN] = await EVALUATOR.scalar(expression, context);
    return { kind: 'scalar', value };
  }
  if (expression.kind === 'range selector' || expression.kind === 'subquery') {
    return { kind: 'samples', series: await rangeSamples(expression, context, options.seriesMax) };
  }
  const series: InstantSeries[] = [];
  const vector = await EVALUATOR.vector(expression, context);
  for await (const part of answerSeries(vector, grid, plainRows(grid), options.seriesMax)) {
    for (const { labels, values } of part) series.push({ labels, value: values[0] as number });
  }
  return { kind: 'vector', series };
}

function contextOf(
  expression: Expression,
  grid: StepGrid,
  options: EvaluationOptions,
): EvaluationContext {
  options.budget.signal.throwIfAborted();
  const pace = new Pace(options.budget.signal);
  return {
    ...options,
    source: sharedSource(expression, options.source, pace),
    grid,
    startMs: grid.startMs,
    endMs: lastStepMs(grid),
    pace,
    evaluator: EVALUATOR,
  };
}

async function* answerSeries(
  vector: Vector,
  { count }: StepGrid,
  reduction: RowReduction,
  seriesMax: number,
): AsyncGenerator<readonly StepSeries[]> {
  const checkCount = seriesCounter(seriesMax, reduction.valueCount);
  for await (const block of vector.blocks) {
    const part: StepSeries[] = [];
    for (let row = 0; row < block.length; row++) {
      if (!block.hasValue(row)) continue;
      checkCount(1);
      part.push({
        labels: labelsOf(vector, block.series[row] as number),
        ...reduction.reduce(block.values, block.present, row * count),
      });
    }
    if (part.length > 0) yield part;
  }
}

/** @returns counts the series of an answer; @throws AnswerError limit */
function seriesCounter(seriesMax: number, valueCount: number): (added: number) => void {
  let seriesCount = 0;
  return (added) => {
    seriesCount += added;
    if (seriesCount > seriesMax) {
      throw new QueryLimitError(
        'answer_series',
        `the answer has more than ${seriesMax} series: select fewer, or aggregate them`,
      );
    }
    if (seriesCount * valueCount > ANSWER_VALUES_MAX) {
      throw new QueryLimitError(
        'answer_values',
        `the answer has more than ${ANSWER_VALUES_MAX} values, series times ${valueCount} steps: take a larger step or a shorter range, select fewer series, or aggregate them`,
      );
    }
  };
}

/** The samples of the one window. */
async function rangeSamples(
  expression: RangeExpression,
  context: EvaluationContext,
  seriesMax: number,
): Promise<SampleSeries[]> {
  const input = await EVALUATOR.range(expression, context);
  const windows = new Windows(input.grid, input.rangeMs);
  const checkCount = seriesCounter(seriesMax, context.grid.count);
  const found: SampleSeries[] = [];
  for await (const { series, offsets, times, values } of input.blocks) {
    for (const [i, number] of series.entries()) {
      if (!windows.slide(times, values, offsets[i] as number, offsets[i + 1] as number)) continue;
      checkCount(1);
      const [from = 0, to = 0] = [windows.first[0], windows.end[0]];
      context.budget.hold(Math.ceil((to - from) * COPIED_SAMPLE_VALUES));
      found.push({
        labels: labelsOf(input, number),
        times: times.slice(from, to),
        values: values.slice(from, to),
      });
    }
    if (context.pace.isDue) await context.pace.rest();
  }
  return found;
}
