import { type Expression, partsOf, type VectorSelector } from '../expression.ts';
import { METRIC_NAME } from '../matchers.ts';
import type { WindowAggregate } from '../series-source.ts';

/** The matchers of a selector, by which an evaluation knows it. */
export type SelectorMatchers = VectorSelector['matchers'];

/** A selector, and how it is read. */
interface SelectorUse {
  readonly selector: VectorSelector;
  /** Of a range; undefined: the lookback. */
  readonly rangeMs?: number;
  /** What a source may make of the windows of the range. */
  readonly aggregate?: WindowAggregate | undefined;
  /** Ranges, steps and times of the subqueries around it. */
  readonly around: readonly unknown[];
}

/**
 * The selectors of an expression that look at the same times in the same way and differ in the metric's name alone, if at all: what they
 * select may lie in the same rows. Groups have two at the least.
 */
export function selectorGroups(expression: Expression): SelectorMatchers[][] {
  const byKey = new Map<string, SelectorMatchers[]>();
  for (const use of usesOf(expression, [])) {
    const { matchers } = use.selector;
    const key = keyOf(use);
    const group = byKey.get(key);
    if (group) group.push(matchers);
    else byKey.set(key, [matchers]);
  }
  return [...byKey.values()].filter(({ length }) => length > 1);
}

function* usesOf(expression: Expression, around: readonly unknown[]): Generator<SelectorUse> {
  switch (expression.kind) {
    case 'vector selector':
      yield { selector: expression, around };
      return;
    case 'range selector':
      yield { selector: expression.selector, rangeMs: expression.rangeMs, around };
      return;
    case 'subquery': {
      const { rangeMs, stepMs, offsetMs, at } = expression;
      yield* usesOf(expression.of, [...around, rangeMs, stepMs, offsetMs, at]);
      return;
    }
    case 'call': {
      const { function: called, arguments: given } = expression;
      const aggregate = called.kind === 'range' ? called.aggregate : undefined;
      for (const argument of given) {
        for (const use of usesOf(argument, around)) {
          yield argument.kind === 'range selector' ? { ...use, aggregate } : use;
        }
      }
      return;
    }
    default:
      for (const part of partsOf(expression)) yield* usesOf(part, around);
  }
}

/** Equal for those that look at the same, the metric aside. */
function keyOf({ selector: { matchers, offsetMs, at }, rangeMs, aggregate, around }: SelectorUse) {
  const labels = matchers
    .filter(({ name }) => name !== METRIC_NAME)
    .map(({ name, op, value }) => JSON.stringify([name, op, value]))
    .sort();
  return JSON.stringify([labels, offsetMs, at, rangeMs, aggregate, around]);
}
