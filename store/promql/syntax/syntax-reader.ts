import type { SyntaxNode } from '@lezer/common';
import type { TextPosition } from '@overseer/shared';
import { PatternRoom } from '../../patterns/pattern-room.ts';
import { parseDuration, parseNumber, parseString } from './literals.ts';
import { DEPTH_MAX, tooDeep } from './nesting.ts';
import { badExpression, cutShort, TextPositions, unsupported } from './syntax-errors.ts';
import { childrenOf } from './syntax-tree.ts';

/** The parts of an expression's syntax that mean the same wherever they stand, with errors at their places. */
export class SyntaxReader {
  /** Of the whole text. */
  readonly patterns = new PatternRoom();
  readonly #positions: TextPositions;
  #depth = 0;

  constructor(private readonly text: string) {
    this.#positions = new TextPositions(text);
  }

  textOf({ from, to }: SyntaxNode): string {
    return this.text.slice(from, to);
  }

  positionOf({ from }: { readonly from: number }): TextPosition {
    return this.#positions.at(from);
  }

  /** Does what lies so many levels below what is being read. @throws AnswerError bad_data: that is too deep */
  within<T>(levels: number, node: SyntaxNode, read: () => T): T {
    this.#depth += levels;
    if (this.#depth > DEPTH_MAX) throw tooDeep(this.positionOf(node));
    const found = read();
    this.#depth -= levels;
    return found;
  }

  number(node: SyntaxNode): number {
    const value = parseNumber(this.textOf(node));
    if (value === undefined) {
      throw badExpression(
        `${cutShort(this.textOf(node))} is no number that can be`,
        this.positionOf(node),
      );
    }
    return value;
  }

  string(node: SyntaxNode): string {
    const value = parseString(this.textOf(node));
    if (value === undefined) {
      throw badExpression(
        `${cutShort(this.textOf(node))} has an escape sequence that is unknown or makes no UTF-8`,
        this.positionOf(node),
      );
    }
    return value;
  }

  labelName(node: SyntaxNode): string {
    return node.name === 'QuotedLabelName' ? this.string(onlyChild(node)) : this.textOf(node);
  }

  /** Each once. */
  labelNames(list: SyntaxNode): string[] {
    return [...new Set(childrenOf(list).map((label) => this.labelName(label)))];
  }

  /** Negative with a minus before it. */
  durationMs(node: SyntaxNode): number {
    const [first, second] = childrenOf(node);
    if (node.name === 'NumberDurationLiteralInDurationContext') {
      const durationMs = parseDuration(this.textOf(node));
      if (durationMs === undefined)
        throw badExpression('duration out of range', this.positionOf(node));
      return durationMs;
    }
    if (first?.name === 'UnaryOp' && second) {
      return this.textOf(first) === '-' ? -this.durationMs(second) : this.durationMs(second);
    }
    if (!first || second) throw unsupported('arithmetic in durations', this.positionOf(node));
    return this.durationMs(first);
  }
}

export function onlyChild(node: SyntaxNode): SyntaxNode {
  const [child] = childrenOf(node);
  if (!child) throw new Error(`nothing within ${node.name}`);
  return child;
}
