import { metricCandidates } from '@overseer/shared';
import { type Expression, partsOf, type TimeShift } from './expression.ts';
import { type Matcher, METRIC_NAME } from './matchers.ts';

/** On what an answer depends, whether or not it exists yet. */
export interface Dependencies {
  /** Measurements whose points can change the answer, sorted; undefined: any of the database. */
  readonly measurements: readonly string[] | undefined;
  /** Of which times samples matter to a step; undefined: of any, because a time is fixed by `@`. */
  reach(lookbackMs: number): Reach | undefined;
  /** Which steps are asked for matters to each of them: `start()` or `end()`. */
  readonly isOfWholeRange: boolean;
}

/** Milliseconds, neither below 0. */
export interface Reach {
  readonly beforeMs: number;
  readonly aheadMs: number;
}

export function dependenciesOf(expression: Expression): Dependencies {
  const selectors = [...selectorsOf(expression)];
  const times = selectors.flatMap(({ shifts }) => shifts.map(({ at }) => at));
  return {
    measurements: measurementsOf(selectors.map(({ matchers }) => matchers)),
    reach: (lookbackMs) =>
      times.every((at) => at === undefined) ? reachOf(selectors, lookbackMs) : undefined,
    isOfWholeRange: times.some((at) => at === 'start' || at === 'end'),
  };
}

/** A selector with all that shifts and widens the times at which it is looked at: its own and that of subqueries around it. */
interface SelectorUse {
  readonly matchers: readonly Matcher[];
  readonly shifts: readonly TimeShift[];
  /** Undefined: the lookback, besides the ranges of subqueries. */
  readonly rangeMs: number | undefined;
  readonly subqueryRangeMs: number;
}

function reachOf(selectors: readonly SelectorUse[], lookbackMs: number): Reach {
  let [beforeMs, aheadMs] = [0, 0];
  for (const { shifts, rangeMs = lookbackMs, subqueryRangeMs } of selectors) {
    const offsetMs = shifts.reduce((sum, shift) => sum + shift.offsetMs, 0);
    beforeMs = Math.max(beforeMs, offsetMs + rangeMs + subqueryRangeMs);
    aheadMs = Math.max(aheadMs, -offsetMs);
  }
  return { beforeMs, aheadMs };
}

function* selectorsOf(expression: Expression): Generator<SelectorUse> {
  switch (expression.kind) {
    case 'vector selector':
      yield {
        matchers: expression.matchers,
        shifts: [expression],
        rangeMs: undefined,
        subqueryRangeMs: 0,
      };
      return;
    case 'range selector': {
      const { selector, rangeMs } = expression;
      yield { matchers: selector.matchers, shifts: [selector], rangeMs, subqueryRangeMs: 0 };
      return;
    }
    case 'subquery':
      for (const use of selectorsOf(expression.of)) {
        const shifts = [...use.shifts, expression];
        yield { ...use, shifts, subqueryRangeMs: use.subqueryRangeMs + expression.rangeMs };
      }
      return;
    default:
      for (const part of partsOf(expression)) yield* selectorsOf(part);
  }
}

function measurementsOf(selectors: readonly (readonly Matcher[])[]): string[] | undefined {
  const measurements = new Set<string>();
  for (const matchers of selectors) {
    const metric = matchers.find(({ name, op }) => name === METRIC_NAME && op === '=')?.value;
    if (!metric) return undefined;
    for (const { measurement } of metricCandidates(metric)) measurements.add(measurement);
  }
  return [...measurements].sort();
}
