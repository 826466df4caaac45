import type { Labels } from '@overseer/shared';

/** Values, and what functions of windows and aggregations make of them. */

/** A series at one step. */
export interface Element {
  readonly labels: Labels;
  readonly value: number;
}

/** What a question is at one step. */
export type Value = number | string | readonly Element[];

/** Equal for equal labels, in whatever order. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface Sample {
  readonly time: number;
  readonly value: number;
}

export interface Window {
  readonly samples: readonly Sample[];
  readonly afterMs: number;
  readonly untilMs: number;
  /** The step that it is looked at from. */
  readonly stepMs: number;
}

/** Undefined: the window has no value. */
export function ofWindow(name: string, window: Window, parameter: number): number | undefined {
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
    case 'timestamp':
      return (window.samples.at(-1)?.time ?? Number.NaN) / 1000;
    case 'changes':
      return pairs(values).filter(([a, b]) => a !== b && !(Number.isNaN(a) && Number.isNaN(b)))
        .length;
    case 'resets':
      return pairs(values).filter(([a, b]) => b < a).length;
    case 'deriv':
      return values.length < 2 ? undefined : lineThrough(window.samples).slope * 1000;
    case 'predict_linear': {
      if (values.length < 2) return undefined;
      const { time, value, slope } = lineThrough(window.samples);
      return value + slope * (window.stepMs + parameter * 1000 - time);
    }
    case 'last_over_time':
      return last;
    case 'present_over_time':
      return 1;
    case 'count_over_time':
      return values.length;
    default:
      return ofValues(name.replace('_over_time', ''), values, parameter);
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
export function ofValues(name: string, values: readonly number[], quantile = Number.NaN): number {
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

const pairs = (values: readonly number[]): [number, number][] =>
  values.slice(1).map((value, i) => [values[i] ?? Number.NaN, value]);

/** Least squares, by differences to the means. */
function lineThrough(samples: readonly Sample[]) {
  const [origin = { time: 0, value: 0 }] = samples;
  const times = samples.map(({ time }) => time - origin.time);
  const values = samples.map(({ value }) => value - origin.value);
  const time = total(times) / times.length;
  const value = total(values) / values.length;
  const products = times.map((own, i) => (own - time) * ((values[i] ?? 0) - value));
  const slope = total(products) / total(times.map((own) => (own - time) ** 2));
  return { time: origin.time + time, value: origin.value + value, slope };
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
