/**
 * An expression as it is written, with its parentheses and signs: the tree that Prometheus 3 answers to `/api/v1/parse_query`, name by
 * name. What is evaluated is another one, `expression.ts`.
 */
export type QueryTree =
  | NumberTree
  | StringTree
  | ParenthesesTree
  | SignTree
  | SelectorTree
  | RangeTree
  | SubqueryTree
  | CallTree
  | AggregationTree
  | BinaryTree;

export interface NumberTree {
  readonly type: 'numberLiteral';
  /** Without an exponent; `+Inf`, `-Inf`, `NaN`. */
  readonly val: string;
}

export interface StringTree {
  readonly type: 'stringLiteral';
  readonly val: string;
}

export interface ParenthesesTree {
  readonly type: 'parenExpr';
  readonly expr: QueryTree;
}

export interface SignTree {
  readonly type: 'unaryExpr';
  readonly op: '+' | '-';
  readonly expr: QueryTree;
}

/** At which times something is looked at; milliseconds, null where nothing is said. */
export interface TimeTree {
  readonly offset: number;
  readonly timestamp: number | null;
  readonly startOrEnd: 'start' | 'end' | null;
}

export interface MatcherTree {
  readonly name: string;
  readonly value: string;
  readonly type: '=' | '!=' | '=~' | '!~';
}

export interface SelectorTree extends TimeTree {
  readonly type: 'vectorSelector';
  /** The metric before the braces, or empty. */
  readonly name: string;
  /** In the order of the text; that of the name is the last. */
  readonly matchers: readonly MatcherTree[];
}

export interface RangeTree extends Omit<SelectorTree, 'type'> {
  readonly type: 'matrixSelector';
  readonly range: number;
}

export interface SubqueryTree extends TimeTree {
  readonly type: 'subquery';
  readonly expr: QueryTree;
  readonly range: number;
  /** 0: the default. */
  readonly step: number;
}

export interface CallTree {
  readonly type: 'call';
  readonly func: {
    readonly name: string;
    readonly argTypes: readonly ValueTypeWord[];
    /** How many arguments at the end may be left out; -1: the last may come any number of times. */
    readonly variadic: number;
    readonly returnType: ValueTypeWord;
  };
  readonly args: readonly QueryTree[];
}

export type ValueTypeWord = 'scalar' | 'string' | 'vector' | 'matrix';

export interface AggregationTree {
  readonly type: 'aggregation';
  readonly op: string;
  readonly expr: QueryTree;
  readonly param: QueryTree | null;
  readonly grouping: readonly string[];
  readonly without: boolean;
}

export interface BinaryTree {
  readonly type: 'binaryExpr';
  readonly op: string;
  readonly lhs: QueryTree;
  readonly rhs: QueryTree;
  /** Null unless both sides are vectors. */
  readonly matching: MatchingTree | null;
  readonly bool: boolean;
}

export interface MatchingTree {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  readonly labels: readonly string[];
  readonly on: boolean;
  readonly include: readonly string[];
}
