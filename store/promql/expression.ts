import type { TextPosition } from '@overseer/shared';
import type { Aggregator } from './aggregations/aggregators.ts';
import type { PromqlFunction } from './functions/function.ts';
import type { BinaryOperator } from './operators/operators.ts';
import type { Matcher } from './series-source.ts';

/**
 * What the parser makes of a text: everything that is named is known, arguments fit in number and type, durations are milliseconds.
 * Parentheses are gone.
 */
export type Expression =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | RangeExpression
  | FunctionCall
  | Aggregation
  | Plus
  | Negation
  | BinaryOperation;

/** What gives samples of a range before each step. */
export type RangeExpression = RangeSelector | Subquery;

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

/** At which times something is looked at. */
export interface TimeShift {
  /** Looks so far back from each step; ahead when it is negative. */
  readonly offsetMs: number;
  /** Instead of each step this time, less the offset; undefined: each step. */
  readonly at: AtTime | undefined;
}

/** Milliseconds since 1970, or the first or last step of the query. */
export type AtTime = number | 'start' | 'end';

/** The last sample of each series that fits, no older than the lookback. */
export interface VectorSelector extends Node, TimeShift {
  readonly kind: 'vector selector';
  readonly matchers: readonly Matcher[];
}

/** The samples of each series that fits, of the range before each step. */
export interface RangeSelector extends Node {
  readonly kind: 'range selector';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
}

/** The values of an instant vector at steps of its own within the range before each step. */
export interface Subquery extends Node, TimeShift {
  readonly kind: 'subquery';
  readonly of: Expression;
  readonly rangeMs: number;
  readonly stepMs: number;
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
  readonly parameter: Expression | undefined;
  readonly argument: Expression;
}

/** By which labels series are put together: those named, or all but those named (and never `__name__`). */
export interface Grouping {
  readonly by: boolean;
  readonly names: readonly string[];
}

/** A selector behind an unary plus: to functions that ask for one it is none. Before all else a plus leaves nothing behind. */
export interface Plus extends Node {
  readonly kind: 'plus';
  readonly of: Expression;
}

/** An unary minus. */
export interface Negation extends Node {
  readonly kind: 'negation';
  readonly of: Expression;
}

export interface BinaryOperation extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  /** A comparison gives 1 or 0 instead of leaving out what it does not hold for. */
  readonly isBool: boolean;
  readonly matching: VectorMatching;
}

/** Which series of two vectors belong together. */
export interface VectorMatching {
  /** Those equal in the labels named, or in all but those named (and never `__name__`). */
  readonly on: boolean;
  readonly names: readonly string[];
  /** The side of which several series may belong to one of the other. */
  readonly manySide: 'left' | 'right' | undefined;
  /** Labels that are taken from the one series. */
  readonly included: readonly string[];
}

export function valueTypeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'range selector':
    case 'subquery':
      return 'range vector';
    case 'call':
      return expression.function.returns;
    case 'plus':
    case 'negation':
      return valueTypeOf(expression.of);
    case 'binary': {
      const isScalar = [expression.left, expression.right].every(
        (side) => valueTypeOf(side) === 'scalar',
      );
      return isScalar ? 'scalar' : 'instant vector';
    }
    case 'vector selector':
    case 'aggregation':
      return 'instant vector';
  }
}

/** What is evaluated to evaluate an expression: those directly within it. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'subquery':
    case 'plus':
    case 'negation':
      return [expression.of];
    case 'call':
      return expression.arguments;
    case 'aggregation': {
      const { parameter, argument } = expression;
      return parameter ? [parameter, argument] : [argument];
    }
    case 'binary':
      return [expression.left, expression.right];
    case 'number':
    case 'string':
    case 'vector selector':
    case 'range selector':
      return [];
  }
}
