import { metricCandidates } from '@overseer/shared';
import { type Expression, selectorsOf } from './expression.ts';
import { type Matcher, METRIC_NAME } from './matchers.ts';

/** On what an answer depends, whether or not it exists yet. */
export interface Dependencies {
  /** Measurements whose points can change the answer, sorted; undefined: any of the database. */
  readonly measurements: readonly string[] | undefined;
  /** How far before a step samples matter to it, milliseconds. */
  reachMs(lookbackMs: number): number;
}

export function dependenciesOf(expression: Expression): Dependencies {
  const selectors = [...selectorsOf(expression)];
  return {
    measurements: measurementsOf(selectors.map(({ selector }) => selector.matchers)),
    reachMs: (lookbackMs) =>
      selectors.reduce(
        (reachMs, { selector, rangeMs = lookbackMs }) =>
          Math.max(reachMs, selector.offsetMs + rangeMs),
        0,
      ),
  };
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
