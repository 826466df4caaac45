import type { SyntaxNode } from '@lezer/common';
import type { TextPosition } from '@overseer/shared';
import {
  type BinaryOperation,
  type Expression,
  type VectorMatching,
  valueTypeOf,
} from '../expression.ts';
import type { BinaryOperator } from '../operators/operators.ts';
import type { OperatorItem, SignItem } from './operator-syntax.ts';
import { badExpression, cutShort, unsupported } from './syntax-errors.ts';
import type { SyntaxReader } from './syntax-reader.ts';
import { childrenOf } from './syntax-tree.ts';

const MATCHING_ALL: VectorMatching = {
  on: false,
  names: [],
  manySide: undefined,
  included: [],
};

/** Makes expressions with a sign. @throws AnswerError bad_data */
export function signed(reader: SyntaxReader) {
  return ({ node, isMinus }: SignItem, of: Expression): Expression => {
    const position = reader.positionOf(node);
    const type = valueTypeOf(of);
    if (type === 'string' || type === 'range vector') {
      throw badExpression(
        `unary expression only allowed on expressions of type scalar or instant vector, got "${type}"`,
        position,
      );
    }
    if (of.kind === 'number') return { ...of, value: isMinus ? -of.value : of.value, position };
    if (isMinus) return { kind: 'negation', of, position };
    return of.kind === 'vector selector' ? { kind: 'plus', of, position } : of;
  };
}

/** Makes binary operations. @throws AnswerError bad_data, unsupported */
export function binaryOperation(reader: SyntaxReader) {
  return (item: OperatorItem, left: Expression, right: Expression): BinaryOperation => {
    const { operator, modifiers } = item;
    const position = reader.positionOf(item.node);
    const clause = matchingClause(modifiers);
    const bool = modifiers.find(({ name }) => name === 'BoolModifier');
    const fill = modifiers.find(({ name }) => name === 'FillModifier');
    if (fill) {
      throw unsupported('the fill modifier', reader.positionOf(fill));
    }
    const matching = readMatching(modifiers, reader);
    checkOperands({ operator, left, right, isBool: bool !== undefined, position });
    const types = [valueTypeOf(left), valueTypeOf(right)];
    if (clause) checkMatching(operator, matching, types, reader.positionOf(clause));
    // The operation begins where its left side does, as errors of Prometheus have it.
    return {
      kind: 'binary',
      operator,
      left,
      right,
      isBool: bool !== undefined,
      // Prometheus lets one pass that names nothing, and forgets it.
      matching: types.includes('scalar') ? MATCHING_ALL : matching,
      position: left.position,
    };
  };
}

function matchingClause(modifiers: readonly SyntaxNode[]): SyntaxNode | undefined {
  return modifiers.find(({ name }) => name === 'MatchingModifierClause');
}

/** Of the modifiers behind an operator. */
export function readMatching(
  modifiers: readonly SyntaxNode[],
  reader: SyntaxReader,
): VectorMatching {
  const clause = matchingClause(modifiers);
  if (!clause) return MATCHING_ALL;
  const [keyword, names, group, included] = childrenOf(clause);
  if (!keyword || !names) throw new Error(`no matching: ${reader.textOf(clause)}`);
  const manySide = group && (group.name === 'GroupLeft' ? 'left' : 'right');
  return {
    on: keyword.name === 'On',
    names: reader.labelNames(names),
    manySide,
    included: included ? reader.labelNames(included) : [],
  };
}

function checkOperands({
  operator,
  left,
  right,
  isBool,
  position,
}: Pick<BinaryOperation, 'operator' | 'left' | 'right' | 'isBool' | 'position'>): void {
  if (isBool && operator.kind !== 'comparison') {
    throw badExpression('bool modifier can only be used on comparison operators', position);
  }
  const types = [left, right].map((side) => {
    const type = valueTypeOf(side);
    if (type === 'scalar' || type === 'instant vector') return type;
    throw badExpression(
      'binary expression must contain only scalar and instant vector types',
      side.position,
    );
  });
  const isScalar = types.every((type) => type === 'scalar');
  if (isScalar && operator.kind === 'comparison' && !isBool) {
    throw badExpression('comparisons between scalars must use BOOL modifier', position);
  }
  if (operator.kind === 'set' && types.includes('scalar')) {
    throw badExpression(
      `set operator "${operator.symbol}" not allowed in binary scalar expression`,
      position,
    );
  }
}

function checkMatching(
  operator: BinaryOperator,
  { on, names, manySide, included }: VectorMatching,
  types: readonly string[],
  position: TextPosition,
): void {
  if (types.includes('scalar')) {
    if (names.length === 0) return;
    throw badExpression('vector matching only allowed between instant vectors', position);
  }
  if (operator.kind === 'set' && manySide) {
    throw badExpression(`no grouping allowed for "${operator.symbol}" operation`, position);
  }
  const twice = on ? included.find((name) => names.includes(name)) : undefined;
  if (twice !== undefined) {
    throw badExpression(
      `label "${cutShort(twice)}" must not occur in ON and GROUP clause at once`,
      position,
    );
  }
}
