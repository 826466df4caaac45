import type { SyntaxNode } from '@lezer/common';
import { type AtTime, type Expression, type TimeShift, valueTypeOf } from '../expression.ts';
import type { Operand } from './operator-syntax.ts';
import { badExpression, cutShort, unsupported } from './syntax-errors.ts';
import type { SyntaxReader } from './syntax-reader.ts';
import { childrenOf } from './syntax-tree.ts';

/** Prometheus' default evaluation interval: the step of subqueries that name none. */
export const SUBQUERY_STEP_DEFAULT_MS = 60_000;

/** Prometheus' bounds: its times are int64 milliseconds. */
const AT_TIME_MAX_S = 2 ** 63 / 1000;

/** What an expression becomes by the modifiers behind it. @throws AnswerError bad_data, unsupported */
export function withModifiers(of: Expression, operand: Operand, reader: SyntaxReader): Expression {
  let expression = of;
  let isParenthesized = operand.node.name === 'ParenExpr';
  for (const modifier of operand.modifiers) {
    expression = withModifier(modifier, { expression, isParenthesized }, operand, reader);
    isParenthesized = false;
  }
  return expression;
}

interface Modified {
  readonly expression: Expression;
  /** A selector within parentheses is one no more to ranges and times. */
  readonly isParenthesized: boolean;
}

function withModifier(
  modifier: SyntaxNode,
  of: Modified,
  operand: Operand,
  reader: SyntaxReader,
): Expression {
  switch (modifier.name) {
    case 'MatrixSelector':
      return withRange(modifier, of, operand, reader);
    case 'SubqueryExpr':
      return asSubquery(modifier, of.expression, operand, reader);
    case 'OffsetExpr':
      return withOffset(modifier, of, operand, reader);
    case 'StepInvariantExpr':
      return withTime(modifier, of, operand, reader);
    default: {
      const name = reader.textOf(childrenOf(modifier).at(-1) ?? modifier);
      throw unsupported(`the ${name} modifier`, reader.positionOf(operand.node));
    }
  }
}

function withRange(
  modifier: SyntaxNode,
  { expression, isParenthesized }: Modified,
  { node }: Operand,
  reader: SyntaxReader,
): Expression {
  const position = reader.positionOf(node);
  if (expression.kind !== 'vector selector' || isParenthesized) {
    throw badExpression('ranges only allowed for vector selectors', position);
  }
  if (expression.offsetMs !== 0) {
    throw badExpression('no offset modifiers allowed before range', position);
  }
  if (expression.at !== undefined) {
    throw badExpression('no @ modifiers allowed before range', position);
  }
  const [, range = modifier] = childrenOf(modifier);
  const rangeMs = positiveMs(range, reader);
  return { kind: 'range selector', selector: expression, rangeMs, position };
}

function asSubquery(
  modifier: SyntaxNode,
  of: Expression,
  { node }: Operand,
  reader: SyntaxReader,
): Expression {
  const position = reader.positionOf(node);
  const type = valueTypeOf(of);
  if (type !== 'instant vector') {
    throw badExpression(
      `subquery is only allowed on instant vector, got ${type} instead`,
      position,
    );
  }
  const [, range = modifier, step] = childrenOf(modifier);
  return {
    kind: 'subquery',
    of,
    rangeMs: positiveMs(range, reader),
    stepMs: step ? positiveMs(step, reader) : SUBQUERY_STEP_DEFAULT_MS,
    offsetMs: 0,
    at: undefined,
    position,
  };
}

function positiveMs(duration: SyntaxNode, reader: SyntaxReader): number {
  const durationMs = reader.durationMs(duration);
  if (durationMs > 0) return durationMs;
  throw badExpression('duration must be greater than 0', reader.positionOf(duration));
}

function withOffset(
  modifier: SyntaxNode,
  of: Modified,
  { node }: Operand,
  reader: SyntaxReader,
): Expression {
  const offsetMs = reader.durationMs(childrenOf(modifier).at(-1) ?? modifier);
  return shifted(of, (shift) => {
    if (!shift) {
      throw badExpression(
        'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
        reader.positionOf(node),
      );
    }
    if (shift.offsetMs !== 0) {
      throw badExpression('offset may not be set multiple times', reader.positionOf(node));
    }
    return { ...shift, offsetMs };
  });
}

function withTime(
  modifier: SyntaxNode,
  of: Modified,
  { node }: Operand,
  reader: SyntaxReader,
): Expression {
  const at = readTime(childrenOf(modifier).at(-1) ?? modifier, reader);
  return shifted(of, (shift) => {
    if (!shift) {
      throw badExpression(
        '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
        reader.positionOf(node),
      );
    }
    if (shift.at !== undefined) {
      throw badExpression('@ <timestamp> may not be set multiple times', reader.positionOf(node));
    }
    return { ...shift, at };
  });
}

/** What stands behind an `@`. @throws AnswerError bad_data: it can't be a time */
export function readTime(node: SyntaxNode, reader: SyntaxReader): AtTime {
  if (node.name === 'AtModifierPreprocessors') {
    return reader.textOf(node).toLowerCase().startsWith('start') ? 'start' : 'end';
  }
  const seconds = reader.number(node);
  if (!(Math.abs(seconds) < AT_TIME_MAX_S)) {
    throw badExpression(
      `timestamp out of bounds for @ modifier: ${cutShort(reader.textOf(node))}`,
      reader.positionOf(node),
    );
  }
  return Math.round(seconds * 1000);
}

/** @param shift of what has times to be shifted; given nothing where there are none */
function shifted(
  { expression, isParenthesized }: Modified,
  shift: (of: TimeShift | undefined) => TimeShift,
): Expression {
  if (!isParenthesized) {
    switch (expression.kind) {
      case 'vector selector':
      case 'subquery':
        return { ...expression, ...shift(timesOf(expression)) };
      case 'range selector': {
        const { selector } = expression;
        return { ...expression, selector: { ...selector, ...shift(timesOf(selector)) } };
      }
    }
  }
  shift(undefined);
  return expression;
}

const timesOf = ({ offsetMs, at }: TimeShift): TimeShift => ({ offsetMs, at });
