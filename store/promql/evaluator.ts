import type { EvaluationContext, Evaluator } from './context.ts';
import { type Expression, type FunctionCall, valueTypeOf } from './expression.ts';
import type { RowFunction } from './functions/function.ts';
import { stepSeconds } from './functions/scalar-functions.ts';
import { binaryScalar, binaryVector, negatedVector } from './operators/binary-vector.ts';
import {
  changeBlocks,
  dropNames,
  scalarVector,
  uniteNames,
  type Vector,
} from './vectors/vector.ts';
import { newestInput } from './windows/newest-input.ts';
import { aggregatedInput, rangeInput } from './windows/range-input.ts';
import { lastKernel } from './windows/window-kernels.ts';
import { windowVector } from './windows/window-vector.ts';

/** Each kind of expression by what evaluates it. */
export const EVALUATOR: Evaluator = {
  vector: evaluateVector,
  scalar: evaluateScalar,
  range: rangeInput,
};

async function evaluateVector(expression: Expression, context: EvaluationContext): Promise<Vector> {
  switch (expression.kind) {
    case 'vector selector': {
      const input = await newestInput(expression, context);
      return windowVector(input, lastKernel, [], context);
    }
    case 'call':
      return await evaluateCall(expression, context);
    case 'aggregation':
      return await expression.aggregator.evaluate(expression, context);
    case 'plus':
      return await evaluateVector(expression.of, context);
    case 'negation':
      return negatedVector(await evaluateVector(expression.of, context), context);
    case 'binary':
      return await binaryVector(expression, context);
    default:
      throw new Error(`${expression.kind} is no instant vector: the parser should have said so`);
  }
}

async function evaluateCall(call: FunctionCall, context: EvaluationContext): Promise<Vector> {
  const { function: called, arguments: given } = call;
  switch (called.kind) {
    case 'range': {
      const range = given.find(isRange);
      if (!range) throw new Error(`${called.name} without a range`);
      const parameters = await scalarsOf(given, context);
      const { input, isAggregated } = await aggregatedInput(range, called.aggregate, context);
      const kernel = isAggregated ? lastKernel : called.createKernel(context.grid);
      const vector = windowVector(input, kernel, parameters, context);
      return called.keepsName ? vector : dropNames(vector);
    }
    case 'row':
      return await rowVector(called, given, context);
    case 'vector':
      return await called.evaluate(given, context);
    case 'scalar':
      throw new Error(`${called.name} is no instant vector: the parser should have said so`);
  }
}

async function rowVector(
  { kernel }: RowFunction,
  given: readonly Expression[],
  context: EvaluationContext,
): Promise<Vector> {
  const [of] = given;
  const parameters = await scalarsOf(given, context);
  // Only of calendars may the vector be left out.
  const vector = of
    ? await evaluateVector(of, context)
    : scalarVector(stepSeconds(context), context);
  const { count } = context.grid;
  const blocks = changeBlocks(vector.blocks, context, (block) => {
    for (let row = 0; row < block.length; row++) kernel(block.row(row), count, parameters);
  });
  return uniteNames({ ...vector, blocks }, context);
}

/** The scalar arguments in their order. */
async function scalarsOf(
  given: readonly Expression[],
  context: EvaluationContext,
): Promise<Float64Array[]> {
  const scalars: Float64Array[] = [];
  for (const argument of given) {
    if (valueTypeOf(argument) === 'scalar') scalars.push(await evaluateScalar(argument, context));
  }
  return scalars;
}

const isRange = (expression: Expression) =>
  expression.kind === 'range selector' || expression.kind === 'subquery';

/** A value a step; it belongs to the caller. */
async function evaluateScalar(
  expression: Expression,
  context: EvaluationContext,
): Promise<Float64Array> {
  switch (expression.kind) {
    case 'number':
      return new Float64Array(context.grid.count).fill(expression.value);
    case 'negation': {
      const values = await evaluateScalar(expression.of, context);
      return values.map((value) => -value);
    }
    case 'binary':
      return await binaryScalar(expression, context);
    case 'call': {
      const { function: called, arguments: given } = expression;
      if (called.kind === 'scalar') return await called.evaluate(given, context);
    }
  }
  throw new Error(`${expression.kind} is no scalar: the parser should have said so`);
}
