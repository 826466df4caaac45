/** Every binary operator, one entry each; what they do to floats is what Go's do, as in Prometheus. */
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

interface Operator {
  readonly symbol: string;
  /** Binds its operands tighter than those with less. */
  readonly precedence: number;
}

export interface ArithmeticOperator extends Operator {
  readonly kind: 'arithmetic';
  readonly isRightAssociative: boolean;
  apply(left: number, right: number): number;
}

export interface ComparisonOperator extends Operator {
  readonly kind: 'comparison';
  holds(left: number, right: number): boolean;
}

/** Of which series there are values, not of the values. */
export interface SetOperator extends Operator {
  readonly kind: 'set';
  readonly symbol: 'and' | 'or' | 'unless';
}

const OR = 1;
const AND = 2;
const COMPARISON = 3;
const ADDITION = 4;
const MULTIPLICATION = 5;
/** A sign binds looser: -2^2 is -4. */
export const POWER_PRECEDENCE = 6;

function arithmetic(
  symbol: string,
  precedence: number,
  apply: (left: number, right: number) => number,
): ArithmeticOperator {
  const isRightAssociative = precedence === POWER_PRECEDENCE;
  return { kind: 'arithmetic', symbol, precedence, isRightAssociative, apply };
}

function comparison(
  symbol: string,
  holds: (left: number, right: number) => boolean,
): ComparisonOperator {
  return { kind: 'comparison', symbol, precedence: COMPARISON, holds };
}

export const OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map(
  [
    arithmetic('+', ADDITION, (left, right) => left + right),
    arithmetic('-', ADDITION, (left, right) => left - right),
    arithmetic('*', MULTIPLICATION, (left, right) => left * right),
    arithmetic('/', MULTIPLICATION, (left, right) => left / right),
    arithmetic('%', MULTIPLICATION, (left, right) => left % right),
    arithmetic('^', POWER_PRECEDENCE, power),
    arithmetic('atan2', MULTIPLICATION, Math.atan2),
    comparison('==', (left, right) => left === right),
    comparison('!=', (left, right) => left !== right),
    comparison('>', (left, right) => left > right),
    comparison('<', (left, right) => left < right),
    comparison('>=', (left, right) => left >= right),
    comparison('<=', (left, right) => left <= right),
    { kind: 'set', symbol: 'and', precedence: AND } as const,
    { kind: 'set', symbol: 'unless', precedence: AND } as const,
    { kind: 'set', symbol: 'or', precedence: OR } as const,
  ].map((entry): [string, BinaryOperator] => [entry.symbol, entry]),
);

/** IEEE 754's, where JavaScript's is NaN: 1 to the power of anything is 1, and so is -1 to that of an infinity. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1;
  if (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY) return 1;
  return base ** exponent;
}
