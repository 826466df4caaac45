import type { Labels } from '@overseer/shared';
import type { Matcher } from '../series-source.ts';
import type { StepGrid } from '../step-grid.ts';
import type { TestSeries } from './memory-source.ts';
import type { AggregationQuestion, Question, WindowQuestion } from './questions.ts';

/**
 * A plain evaluation to compare answers with: for each step and series it filters all samples and computes by definition. It shares no
 * code with the evaluator and knows nothing of speed.
 */

export interface ReferenceOptions {
  readonly lookbackMs: number;
  /** The left edge of windows belongs to them: wrong, to see that a comparison notices. */
  readonly isLeftClosed?: boolean;
}

export interface AnswerSeries {
  readonly labels: Labels;
  /** Undefined: no value at this step. */
  readonly values: readonly (number | undefined)[];
}

interface Sample {
  readonly time: number;
  readonly value: number;
}

interface Window {
  readonly samples: readonly Sample[];
  readonly afterMs: number;
  readonly untilMs: number;
}

type Step = { readonly labels: Labels; readonly value: number };

/** The answer over all steps; series without any value are left out. */
export function referenceAnswer(
  question: Question,
  series: readonly TestSeries[],
  grid: StepGrid,
  options: ReferenceOptions,
): AnswerSeries[] {
  const answer = new Map<string, { labels: Labels; values: (number | undefined)[] }>();
  for (let step = 0; step < grid.count; step++) {
    const timeMs = grid.startMs + step * grid.stepMs;
    for (const { labels, value } of evaluateAt(question, series, timeMs, options)) {
      const key = labelsKey(labels);
      let found = answer.get(key);
      if (!found) {
        found = { labels, values: new Array<undefined>(grid.count).fill(undefined) };
        answer.set(key, found);
      }
      found.values[step] = value;
    }
  }
  return [...answer.values()];
}

/** Equal for equal labels, in whatever order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function evaluateAt(
  question: Question,
  series: readonly TestSeries[],
  timeMs: number,
  options: ReferenceOptions,
): Step[] {
  switch (question.kind) {
    case 'selector':
      return evaluateWindows(
        { function: 'last_over_time', selector: question, rangeMs: options.lookbackMs },
        series,
        timeMs,
        options,
      );
    case 'window':
      return evaluateWindows(question, series, timeMs, options);
    case 'aggregation':
      return aggregate(question, evaluateAt(question.of, series, timeMs, options));
  }
}

function evaluateWindows(
  { selector, rangeMs, function: name, quantile = Number.NaN }: Omit<WindowQuestion, 'kind'>,
  series: readonly TestSeries[],
  timeMs: number,
  { isLeftClosed = false }: ReferenceOptions,
): Step[] {
  const untilMs = timeMs - selector.offsetMs;
  const afterMs = untilMs - rangeMs;
  return series
    .filter(({ labels }) => selector.matchers.every((matcher) => fits(labels, matcher)))
    .flatMap(({ labels, times, values }) => {
      const samples = times
        .map((time, i): Sample => ({ time, value: values[i] ?? Number.NaN }))
        .filter(
          ({ time }) => time <= untilMs && (time > afterMs || (isLeftClosed && time === afterMs)),
        );
      if (samples.length === 0) return [];
      const value = ofWindow(name, { samples, afterMs, untilMs }, quantile);
      if (value === undefined) return [];
      const { __name__: _, ...others } = labels;
      return [{ labels: name === 'last_over_time' ? labels : others, value }];
    });
}

function fits(labels: Labels, { name, op, value }: Matcher): boolean {
  const own = labels[name] ?? '';
  if (op === '=' || op === '!=') return (own === value) === (op === '=');
  return new RegExp(`^(?:${value})$`, 's').test(own) === (op === '=~');
}

function ofWindow(name: string, window: Window, quantile: number): number | undefined {
  const values = window.samples.map(({ value }) => value);
  const [last = Number.NaN, before = Number.NaN] = values.toReversed();
  switch (name) {
    case 'rate':
    case 'increase':
    case 'delta':
      return values.length < 2 ? undefined : extrapolated(name, window);
    case 'irate': {
      if (values.length < 2) return undefined;
      const [end, start] = window.samples.toReversed();
      const seconds = ((end?.time ?? 0) - (start?.time ?? 0)) / 1000;
      return (last < before ? last : last - before) / seconds;
    }
    case 'idelta':
      return values.length < 2 ? undefined : last - before;
    case 'last_over_time':
      return last;
    case 'present_over_time':
      return 1;
    case 'count_over_time':
      return values.length;
    default:
      return ofValues(name.replace('_over_time', ''), values, quantile);
  }
}

/** Prometheus' documentation of rate and increase, with the edges as extrapolatedRate of its version 3.0 has them. */
function extrapolated(name: string, { samples, afterMs, untilMs }: Window): number {
  const times = samples.map(({ time }) => time);
  const values = samples.map(({ value }) => value);
  const isCounter = name !== 'delta';
  const steps = values
    .slice(1)
    .map((value, i) => (value < (values[i] ?? 0) ? value : value - (values[i] ?? 0)));
  const change = isCounter ? total(steps) : (values.at(-1) ?? 0) - (values[0] ?? 0);
  const [firstMs = 0, lastMs = 0] = [times[0], times.at(-1)];
  const spanMs = lastMs - firstMs;
  const intervalMs = spanMs / (times.length - 1);
  const reach = (gapMs: number) => (gapMs >= intervalMs * 1.1 ? intervalMs / 2 : gapMs);
  let beforeMs = reach(firstMs - afterMs);
  const first = values[0] ?? 0;
  if (isCounter && change > 0 && first >= 0)
    beforeMs = Math.min(beforeMs, (spanMs * first) / change);
  const wholeMs = spanMs + beforeMs + reach(untilMs - lastMs);
  const whole = (change * wholeMs) / spanMs;
  return name === 'rate' ? whole / ((untilMs - afterMs) / 1000) : whole;
}

/** What functions of windows and aggregations have in common: a number of some values. */
function ofValues(name: string, values: readonly number[], quantile = Number.NaN): number {
  switch (name) {
    case 'sum':
      return total(values);
    case 'avg':
      return total(values) / values.length;
    case 'count':
      return values.length;
    case 'group':
      return 1;
    case 'min':
      return extreme(values, (a, b) => a < b);
    case 'max':
      return extreme(values, (a, b) => a > b);
    case 'stdvar':
      return variance(values);
    case 'stddev':
      return Math.sqrt(variance(values));
    case 'quantile':
      return quantileOf(values, quantile);
    default:
      throw new Error(`the reference does not know ${name}`);
  }
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

function extreme(values: readonly number[], isBeyond: (a: number, b: number) => boolean): number {
  return values
    .filter((value) => !Number.isNaN(value))
    .reduce((found, value) => (isBeyond(value, found) || Number.isNaN(found) ? value : found), NaN);
}

/** Of differences to one of the values: equal values have none. */
function variance(values: readonly number[]): number {
  const differences = values.map((value) => value - (values[0] ?? 0));
  const mean = total(differences) / values.length;
  return total(differences.map((difference) => (difference - mean) ** 2)) / values.length;
}

function quantileOf(values: readonly number[], quantile: number): number {
  const isLess = (a: number, b: number) => a < b || (Number.isNaN(a) && !Number.isNaN(b));
  const sorted = values.toSorted((a, b) => (isLess(a, b) ? -1 : isLess(b, a) ? 1 : 0));
  const rank = quantile * (values.length - 1);
  const lower = Math.floor(rank);
  const [low = NaN, high = low] = sorted.slice(lower, lower + 2);
  return low * (1 - (rank - lower)) + high * (rank - lower);
}

function aggregate(
  { function: name, by, names, of: _ }: AggregationQuestion,
  steps: Step[],
): Step[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of steps) {
    const kept = Object.fromEntries(
      Object.entries(labels).filter(([label]) =>
        by ? names.includes(label) : !names.includes(label) && label !== '__name__',
      ),
    );
    const key = labelsKey(kept);
    const group = groups.get(key) ?? { labels: kept, values: [] };
    groups.set(key, group);
    group.values.push(value);
  }
  return [...groups.values()].map(({ labels, values }) => ({
    labels,
    value: ofValues(name, values),
  }));
}
