import type { EvaluationContext } from '../context.ts';
import { type BinaryOperation, valueTypeOf } from '../expression.ts';
import { changeBlocks, dropNames, uniteNames, type Vector } from '../vectors/vector.ts';
import type { StepRow } from '../windows/windows.ts';
import { matchedVector } from './matched-vector.ts';
import type { ArithmeticOperator, ComparisonOperator } from './operators.ts';
import { setVector } from './set-vector.ts';

/** An operation on two scalars, a value a step. */
export async function binaryScalar(
  operation: BinaryOperation,
  context: EvaluationContext,
): Promise<Float64Array> {
  const operator = operation.operator as ArithmeticOperator | ComparisonOperator;
  const left = await context.evaluator.scalar(operation.left, context);
  const right = await context.evaluator.scalar(operation.right, context);
  for (let step = 0; step < left.length; step++) {
    const [one, other] = [left[step] as number, right[step] as number];
    left[step] =
      operator.kind === 'arithmetic'
        ? operator.apply(one, other)
        : Number(operator.holds(one, other));
  }
  return left;
}

/** An operation of which one side at least is a vector. */
export async function binaryVector(
  operation: BinaryOperation,
  context: EvaluationContext,
): Promise<Vector> {
  const { operator, left, right } = operation;
  if (operator.kind === 'set') return await setVector(operation, operator, context);
  const sides = [left, right].map(valueTypeOf);
  if (!sides.includes('scalar')) return await matchedVector(operation, operator, context);
  const isScalarLeft = sides[0] === 'scalar';
  const scalars = await context.evaluator.scalar(isScalarLeft ? left : right, context);
  const vector = await context.evaluator.vector(isScalarLeft ? right : left, context);
  const change = changeOf(operation, operator, isScalarLeft);
  const blocks = changeBlocks(vector.blocks, context, (block) => {
    for (let row = 0; row < block.length; row++) change(block.row(row), scalars);
  });
  const changed = { ...vector, blocks };
  // Of what is only compared the values stay what they were.
  return operator.kind === 'comparison' && !operation.isBool
    ? changed
    : uniteNames(changed, context);
}

type RowChange = (row: StepRow, scalars: Float64Array) => void;

function changeOf(
  { isBool }: BinaryOperation,
  operator: ArithmeticOperator | ComparisonOperator,
  isScalarLeft: boolean,
): RowChange {
  if (operator.kind === 'comparison') return comparing(operator, isBool, isScalarLeft);
  return ({ values, base }, scalars) => {
    for (let step = 0; step < scalars.length; step++) {
      const [value, scalar] = [values[base + step] as number, scalars[step] as number];
      values[base + step] = isScalarLeft
        ? operator.apply(scalar, value)
        : operator.apply(value, scalar);
    }
  };
}

function comparing(
  operator: ComparisonOperator,
  isBool: boolean,
  isScalarLeft: boolean,
): RowChange {
  return ({ values, present, base }, scalars) => {
    for (let step = 0; step < scalars.length; step++) {
      const [value, scalar] = [values[base + step] as number, scalars[step] as number];
      const holds = isScalarLeft ? operator.holds(scalar, value) : operator.holds(value, scalar);
      if (isBool) values[base + step] = holds ? 1 : 0;
      else if (!holds) present[base + step] = 0;
    }
  };
}

/** An unary minus. */
export function negatedVector(vector: Vector, context: EvaluationContext): Vector {
  const blocks = changeBlocks(vector.blocks, context, ({ values, length, stepCount }) => {
    for (let at = 0; at < length * stepCount; at++) values[at] = -(values[at] as number);
  });
  return dropNames({ ...vector, blocks });
}
