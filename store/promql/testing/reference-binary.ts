import type { Labels } from '@overseer/shared';
import type { BinaryQuestion } from './questions.ts';
import { type Element, labelsKey, type Value } from './reference-values.ts';

/** Operators at one step, as Prometheus' documentation has them. */

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': (left, right) => (left === 1 ? 1 : left ** right),
  atan2: (left, right) => Math.atan2(left, right),
};
const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '==': (left, right) => left === right,
  '!=': (left, right) => left !== right,
  '>': (left, right) => left > right,
  '<': (left, right) => left < right,
  '>=': (left, right) => left >= right,
  '<=': (left, right) => left <= right,
};

/** A value; undefined: the comparison does not hold. */
type Operation = (left: number, right: number, kept: number) => number | undefined;

function operationOf({ operator, isBool }: BinaryQuestion): Operation {
  const compute = ARITHMETIC[operator];
  if (compute) return compute;
  const holds = COMPARISONS[operator];
  if (!holds) throw new Error(`the reference does not know ${operator}`);
  return (left, right, kept) => {
    if (isBool) return holds(left, right) ? 1 : 0;
    return holds(left, right) ? kept : undefined;
  };
}

export function negated(of: Value): Value {
  if (typeof of === 'number') return -of;
  return elements(of).map(({ labels, value }) => ({ labels: nameless(labels), value: -value }));
}

export function binary(question: BinaryQuestion, left: Value, right: Value): Value {
  const operation = ['and', 'or', 'unless'].includes(question.operator)
    ? undefined
    : operationOf(question);
  if (!operation) return ofSets(question, elements(left), elements(right));
  if (typeof left === 'number' && typeof right === 'number') {
    return operation(left, right, left) ?? Number.NaN;
  }
  const isNameless = question.operator in ARITHMETIC || question.isBool;
  const named = (labels: Labels) => (isNameless ? nameless(labels) : labels);
  if (typeof right === 'number') {
    return elements(left).flatMap(({ labels, value }) =>
      element(named(labels), operation(value, right, value)),
    );
  }
  if (typeof left === 'number') {
    return elements(right).flatMap(({ labels, value }) =>
      element(named(labels), operation(left, value, value)),
    );
  }
  return matched(question, elements(left), elements(right), operation, named);
}

function elements(value: Value): readonly Element[] {
  if (typeof value === 'object') return value;
  throw new Error(`${value} is no vector`);
}

const element = (labels: Labels, value: number | undefined): Element[] =>
  value === undefined ? [] : [{ labels, value }];

function nameless({ __name__: _, ...others }: Labels): Labels {
  return others;
}

/** By what labels two series belong together. */
function matchLabels({ matching }: BinaryQuestion, labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(nameless(labels)).filter(
      ([name]) => (matching?.names.includes(name) ?? false) === (matching?.on ?? false),
    ),
  );
}

function matched(
  question: BinaryQuestion,
  left: readonly Element[],
  right: readonly Element[],
  operation: Operation,
  named: (labels: Labels) => Labels,
): Element[] {
  const { matching } = question;
  return left.flatMap((one) =>
    right
      .filter(({ labels }) => isMatch(question, one.labels, labels))
      .flatMap((other) => {
        const [many, single] = matching?.group === 'right' ? [other, one] : [one, other];
        const labels = matching?.group
          ? { ...named(many.labels), ...included(matching.included ?? [], single.labels) }
          : matching?.on
            ? matchLabels(question, one.labels)
            : ignoring(named(one.labels), matching?.names ?? []);
        return element(withoutEmpty(labels), operation(one.value, other.value, one.value));
      }),
  );
}

function isMatch(question: BinaryQuestion, one: Labels, other: Labels): boolean {
  return labelsKey(matchLabels(question, one)) === labelsKey(matchLabels(question, other));
}

const included = (names: readonly string[], labels: Labels): Labels =>
  Object.fromEntries(names.map((name) => [name, labels[name] ?? '']));

const withoutEmpty = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));

const ignoring = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));

function ofSets(
  question: BinaryQuestion,
  left: readonly Element[],
  right: readonly Element[],
): Element[] {
  const isIn = (set: readonly Element[], { labels }: Element) =>
    set.some((other) => isMatch(question, labels, other.labels));
  switch (question.operator) {
    case 'and':
      return left.filter((one) => isIn(right, one));
    case 'unless':
      return left.filter((one) => !isIn(right, one));
    default:
      return [...left, ...right.filter((one) => !isIn(left, one))];
  }
}
