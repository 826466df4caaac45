import { AnswerError, type Labels } from '@overseer/shared';
import { aggregateVector } from './aggregate-vector.ts';
import type { EvaluationBudget, EvaluationContext } from './context.ts';
import {
  type Expression,
  type FunctionCall,
  type RangeSelector,
  valueTypeOf,
} from './expression.ts';
import { withoutName } from './label-sets.ts';
import { Pace } from './pace.ts';
import type { SeriesSource } from './series-source.ts';
import { checkGrid, packPresence, type StepGrid, type StepSeries } from './step-grid.ts';
import { badExpression } from './syntax-errors.ts';
import { dropNames, type Vector } from './vector.ts';
import { lastKernel } from './window-kernels.ts';
import { windowVector } from './window-vector.ts';

/** Values of one answer, series times steps: 200 MB before they are encoded. */
export const ANSWER_VALUES_MAX = 25_000_000;

export interface EvaluationOptions {
  readonly db: string;
  readonly source: SeriesSource;
  /** Its signal ends the evaluation, which throws the signal's reason. */
  readonly budget: EvaluationBudget;
  /** How far back a vector selector looks for its last sample. */
  readonly lookbackMs: number;
  /** Series that the answer may have. */
  readonly seriesMax: number;
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
  checkGrid(grid);
  const type = valueTypeOf(expression);
  if (type === 'string' || type === 'range vector') {
    throw badExpression(
      `invalid expression type "${type}" for range query, must be scalar or instant vector`,
      expression.position,
    );
  }
  const context = contextOf(grid, options);
  if (type === 'scalar') {
    yield [{ labels: {}, values: evaluateScalar(expression, grid), present: undefined }];
    return;
  }
  yield* answerSeries(await evaluateVector(expression, context), grid, options.seriesMax);
}

/** @throws AnswerError as `evaluateRange`, but that any type has a value at an instant */
export async function evaluateInstant(
  expression: Expression,
  timeMs: number,
  options: EvaluationOptions,
): Promise<InstantResult> {
  const grid: StepGrid = { startMs: timeMs, stepMs: 1, count: 1 };
  checkGrid(grid);
  if (expression.kind === 'number' || expression.kind === 'string') {
    return expression.kind === 'number'
      ? { kind: 'scalar', value: expression.value }
      : { kind: 'string', value: expression.value };
  }
  const context = contextOf(grid, options);
  if (expression.kind === 'range selector') {
    return {
      kind: 'samples',
      series: await selectSamples(expression, context, options.seriesMax),
    };
  }
  const series: InstantSeries[] = [];
  const vector = await evaluateVector(expression, context);
  for await (const part of answerSeries(vector, grid, options.seriesMax)) {
    for (const { labels, values } of part) series.push({ labels, value: values[0] as number });
  }
  return { kind: 'vector', series };
}

function contextOf(grid: StepGrid, options: EvaluationOptions): EvaluationContext {
  options.budget.signal.throwIfAborted();
  return { ...options, grid, pace: new Pace(options.budget.signal) };
}

async function evaluateVector(expression: Expression, context: EvaluationContext): Promise<Vector> {
  switch (expression.kind) {
    case 'vector selector':
      return await windowVector(
        { selector: expression, rangeMs: context.lookbackMs, parameters: [] },
        lastKernel,
        context,
      );
    case 'call':
      return await evaluateCall(expression, context);
    case 'aggregation': {
      const input = await evaluateVector(expression.argument, context);
      return aggregateVector(expression, input, context);
    }
    default:
      throw new Error(`${expression.kind} is no instant vector: the parser should have said so`);
  }
}

async function evaluateCall(call: FunctionCall, context: EvaluationContext): Promise<Vector> {
  const range = call.arguments.find((argument) => argument.kind === 'range selector');
  if (!range) throw new Error(`${call.function.name} without a range selector`);
  const parameters = call.arguments
    .filter((argument) => valueTypeOf(argument) === 'scalar')
    .map((argument) => evaluateScalar(argument, context.grid));
  const vector = await windowVector(
    { selector: range.selector, rangeMs: range.rangeMs, parameters },
    call.function.createKernel(),
    context,
  );
  return call.function.keepsName ? vector : dropNames(vector);
}

/** A value a step, although only literals are scalars so far and all are equal. */
function evaluateScalar(expression: Expression, grid: StepGrid): Float64Array {
  if (expression.kind !== 'number') throw new Error(`${expression.kind} is no scalar`);
  return new Float64Array(grid.count).fill(expression.value);
}

async function* answerSeries(
  { labels, isNameless, blocks }: Vector,
  { count }: StepGrid,
  seriesMax: number,
): AsyncGenerator<readonly StepSeries[]> {
  const checkCount = seriesCounter(seriesMax, count);
  for await (const { series, values, present, length } of blocks) {
    checkCount(length);
    yield Array.from(series.subarray(0, length), (number, row): StepSeries => {
      const own = labels[number] ?? {};
      return {
        labels: isNameless ? withoutName(own) : own,
        values: values.slice(row * count, (row + 1) * count),
        present: packPresence(present, row * count, count),
      };
    });
  }
}

/** @returns counts the series of an answer; @throws AnswerError limit */
function seriesCounter(seriesMax: number, stepCount: number): (added: number) => void {
  let seriesCount = 0;
  return (added) => {
    seriesCount += added;
    if (seriesCount > seriesMax) {
      throw new AnswerError(
        'limit',
        `the answer has more than ${seriesMax} series: select fewer, or aggregate them`,
      );
    }
    if (seriesCount * stepCount > ANSWER_VALUES_MAX) {
      throw new AnswerError(
        'limit',
        `the answer has more than ${ANSWER_VALUES_MAX} values, series times ${stepCount} steps: take a larger step or a shorter range, select fewer series, or aggregate them`,
      );
    }
  };
}

async function selectSamples(
  { selector: { matchers, offsetMs }, rangeMs }: RangeSelector,
  { source, db, grid, budget, pace }: EvaluationContext,
  seriesMax: number,
): Promise<SampleSeries[]> {
  const selection = await source.select(db, matchers);
  const untilMs = grid.startMs - offsetMs;
  const checkCount = seriesCounter(seriesMax, grid.count);
  const found: SampleSeries[] = [];
  for await (const block of selection.read(untilMs - rangeMs, untilMs, budget)) {
    for (const [i, series] of block.series.entries()) {
      const [from, to] = [block.offsets[i] as number, block.offsets[i + 1] as number];
      if (from === to) continue;
      checkCount(1);
      found.push({
        labels: selection.labels[series] ?? {},
        times: block.times.slice(from, to),
        values: block.values.slice(from, to),
      });
    }
    if (pace.isDue) await pace.rest();
  }
  return found;
}
