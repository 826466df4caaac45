import type { SyntaxNode } from '@lezer/common';
import { type BinaryOperator, OPERATORS, POWER_PRECEDENCE } from '../operators/operators.ts';
import { unsupported } from './syntax-errors.ts';
import type { SyntaxReader } from './syntax-reader.ts';
import { childrenOf } from './syntax-tree.ts';

/**
 * Operators and operands as they stand in the text, to be put together by our own precedences. The grammar has others than Prometheus:
 * to it `a + b offset 5m * c` is `((a + b) offset 5m) * c`, because modifiers bind loosely, and `-1^2` is `(-1)^2`.
 */
export type SequenceItem = Operand | OperatorItem | SignItem;

/** Something with the modifiers behind it: the innermost first. */
export interface Operand {
  readonly kind: 'operand';
  readonly node: SyntaxNode;
  readonly modifiers: SyntaxNode[];
}

export interface OperatorItem {
  readonly kind: 'operator';
  readonly node: SyntaxNode;
  readonly operator: BinaryOperator;
  /** `bool`, `on` and the like. */
  readonly modifiers: readonly SyntaxNode[];
}

export interface SignItem {
  readonly kind: 'sign';
  readonly node: SyntaxNode;
  readonly isMinus: boolean;
}

/** What stands behind an operand and changes it. */
const MODIFIERS: ReadonlySet<string> = new Set([
  'MatrixSelector',
  'SubqueryExpr',
  'OffsetExpr',
  'StepInvariantExpr',
  'AnchoredExpr',
  'SmoothedExpr',
]);

/** In the order of the text. @throws AnswerError bad_data: too many; unsupported: an operator that is unknown here */
export function sequenceOf(node: SyntaxNode, reader: SyntaxReader): SequenceItem[] {
  const items: SequenceItem[] = [];
  collect(node, reader, items);
  return items;
}

function collect(node: SyntaxNode, reader: SyntaxReader, items: SequenceItem[]): void {
  const children = childrenOf(node);
  const [first = node] = children;
  const last = children.at(-1) ?? node;
  const within = (child: SyntaxNode) =>
    reader.within(1, child, () => collect(child, reader, items));
  if (node.name === 'BinaryExpr') {
    const [, symbol = node, ...modifiers] = children.slice(0, -1);
    const operator = OPERATORS.get(reader.textOf(symbol).toLowerCase());
    if (!operator) {
      throw unsupported(`the operator ${reader.textOf(symbol)}`, reader.positionOf(symbol));
    }
    within(first);
    items.push({ kind: 'operator', node: symbol, operator, modifiers });
    within(last);
  } else if (node.name === 'UnaryExpr') {
    items.push({ kind: 'sign', node: first, isMinus: reader.textOf(first) === '-' });
    within(last);
  } else if (MODIFIERS.has(node.name)) {
    within(first);
    const operand = items.at(-1);
    if (operand?.kind !== 'operand') throw new Error(`${node.name} behind ${operand?.kind}`);
    operand.modifiers.push(node);
  } else {
    const sign = node.name === 'NumberDurationLiteral' ? reader.textOf(node).charAt(0) : '';
    if (sign === '-' || sign === '+') items.push({ kind: 'sign', node, isMinus: sign === '-' });
    items.push({ kind: 'operand', node, modifiers: [] });
  }
}

/** What makes expressions of a sequence's parts. */
export interface SequenceParts<T> {
  operand(operand: Operand): T;
  signed(sign: SignItem, of: T): T;
  binary(operator: OperatorItem, left: T, right: T): T;
}

/** By precedence climbing. A sign holds on to what has a power, and to nothing else. */
export function climb<T>(items: readonly SequenceItem[], parts: SequenceParts<T>): T {
  let next = 0;
  const operand = (): T => {
    const item = items[next++];
    if (item?.kind === 'sign') return parts.signed(item, from(POWER_PRECEDENCE));
    if (item?.kind === 'operand') return parts.operand(item);
    throw new Error(`an operand is missing at ${next}`);
  };
  const from = (precedenceMin: number): T => {
    let left = operand();
    for (;;) {
      const item = items[next];
      if (item?.kind !== 'operator' || item.operator.precedence < precedenceMin) return left;
      next++;
      const { operator } = item;
      const isRight = operator.kind === 'arithmetic' && operator.isRightAssociative;
      left = parts.binary(item, left, from(operator.precedence + (isRight ? 0 : 1)));
    }
  };
  return from(0);
}
