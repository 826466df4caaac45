import type { TextPosition } from '@overseer/shared';
import type { Aggregator } from './aggregators.ts';
import type { PromqlFunction } from './functions.ts';
import type { Matcher } from './series-source.ts';

/**
 * What the parser makes of a text: everything that is named is known, arguments fit in number and type, durations are milliseconds.
 * Parentheses are gone.
 */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeSelector
  | FunctionCall
  | Aggregation;

/** What an expression evaluates to, in Prometheus' words. */
export type ValueType = 'scalar' | 'string' | 'instant vector' | 'range vector';

interface Node {
  readonly position: TextPosition;
}

export interface NumberLiteral extends Node {
  readonly kind: 'number';
  readonly value: number;
}

export interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
}

/** The last sample of each series that fits, no older than the lookback. */
export interface VectorSelector extends Node {
  readonly kind: 'vector selector';
  readonly matchers: readonly Matcher[];
  /** Looks so far back from each step; never negative. */
  readonly offsetMs: number;
}

/** The samples of each series that fits, of the range before each step. */
export interface RangeSelector extends Node {
  readonly kind: 'range selector';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

export interface FunctionCall extends Node {
  readonly kind: 'call';
  readonly function: PromqlFunction;
  readonly arguments: readonly Expression[];
}

export interface Aggregation extends Node {
  readonly kind: 'aggregation';
  readonly aggregator: Aggregator;
  readonly grouping: Grouping;
  readonly argument: Expression;
}

/** By which labels series are put together: those named, or all but those named (and never `__name__`). */
export interface Grouping {
  readonly by: boolean;
  readonly names: readonly string[];
}

export function valueTypeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'range selector':
      return 'range vector';
    case 'vector selector':
    case 'call':
    case 'aggregation':
      return 'instant vector';
  }
}

/** Every vector selector of the expression with the range it is read over; no range: the lookback. */
export function* selectorsOf(
  expression: Expression,
): Generator<{ selector: VectorSelector; rangeMs: number | undefined }> {
  switch (expression.kind) {
    case 'number':
    case 'string':
      return;
    case 'vector selector':
      yield { selector: expression, rangeMs: undefined };
      return;
    case 'range selector':
      yield { selector: expression.selector, rangeMs: expression.rangeMs };
      return;
    case 'call':
      for (const argument of expression.arguments) yield* selectorsOf(argument);
      return;
    case 'aggregation':
      yield* selectorsOf(expression.argument);
  }
}
