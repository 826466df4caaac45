import type { Labels } from '@overseer/shared';
import { type Element, labelsKey, type Value } from './reference-values.ts';

/** Functions at one step, as Prometheus' documentation has them. */

const OF_VALUES: Readonly<Record<string, (value: number, ...given: number[]) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: (value) => (Math.exp(value) + Math.exp(-value)) / 2,
  deg: (value) => (value * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (value) => (value * Math.PI) / 180,
  sgn: Math.sign,
  sin: Math.sin,
  sinh: (value) => (Math.exp(value) - Math.exp(-value)) / 2,
  sort: (value) => value,
  sort_desc: (value) => value,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
  clamp: (value, least = Number.NaN, most = Number.NaN) => Math.max(least, Math.min(most, value)),
  clamp_min: (value, least = Number.NaN) => Math.max(least, value),
  clamp_max: (value, most = Number.NaN) => Math.min(most, value),
  round: (value, to = 1) => Math.floor(value / to + 0.5) * to,
  minute: (value) => dateOf(value).getUTCMinutes(),
  hour: (value) => dateOf(value).getUTCHours(),
  day_of_week: (value) => dateOf(value).getUTCDay(),
  day_of_month: (value) => dateOf(value).getUTCDate(),
  month: (value) => dateOf(value).getUTCMonth() + 1,
  year: (value) => dateOf(value).getUTCFullYear(),
  days_in_month: (value) => {
    const date = dateOf(value);
    return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  },
  day_of_year: (value) => {
    const date = dateOf(value);
    return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / 86_400_000) + 1;
  },
};
/** Their metric stays. */
const NAMED = ['sort', 'sort_desc'];

const dateOf = (seconds: number) => new Date(Math.trunc(seconds) * 1000);

export function called(name: string, given: readonly Value[], timeMs: number): Value {
  const [first = [], ...others] = given;
  const change = OF_VALUES[name];
  if (change) {
    return vector(first).map(({ labels, value }) => ({
      labels: NAMED.includes(name) ? labels : nameless(labels),
      value: change(value, ...others.map(Number)),
    }));
  }
  switch (name) {
    case 'time':
      return timeMs / 1000;
    case 'scalar': {
      const [only, second] = vector(first);
      return only && !second ? only.value : Number.NaN;
    }
    case 'vector':
      return [{ labels: {}, value: Number(first) }];
    case 'timestamp':
      return vector(first).map(({ labels }) => ({
        labels: nameless(labels),
        value: timeMs / 1000,
      }));
    case 'label_replace':
    case 'label_join': {
      const texts = others.map(String);
      const change_ = name === 'label_join' ? joined : replaced;
      return vector(first).map(({ labels, value }) => ({ labels: change_(labels, texts), value }));
    }
    case 'histogram_quantile':
      return histogramQuantiles(Number(first), vector(given[1] ?? []));
    default:
      throw new Error(`the reference does not know ${name}`);
  }
}

function vector(value: Value): readonly Element[] {
  if (typeof value === 'object') return value;
  throw new Error(`${value} is no vector`);
}

function nameless({ __name__: _, ...others }: Labels): Labels {
  return others;
}

function replaced(labels: Labels, [target = '', by = '', source = '', pattern = '']: string[]) {
  const whole = new RegExp(`^(?:${pattern})$`, 's');
  const value = labels[source] ?? '';
  return whole.test(value) ? { ...labels, [target]: value.replace(whole, by) } : labels;
}

function joined(labels: Labels, [target = '', separator = '', ...sources]: string[]): Labels {
  return { ...labels, [target]: sources.map((source) => labels[source] ?? '').join(separator) };
}

/** Linear within the bucket that the quantile is in; all counts grow, and the last bucket has no end. */
function histogramQuantiles(quantile: number, elements: readonly Element[]): Element[] {
  const histograms = new Map<string, { labels: Labels; buckets: [end: number, count: number][] }>();
  for (const { labels, value } of elements) {
    const { le = '', ...others } = nameless(labels);
    const key = labelsKey(others);
    const histogram = histograms.get(key) ?? { labels: others, buckets: [] };
    histograms.set(key, histogram);
    histogram.buckets.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
  }
  return [...histograms.values()].map(({ labels, buckets }) => {
    const sorted = buckets.sort(([a], [b]) => a - b);
    return { labels, value: quantileOfBuckets(quantile, sorted) };
  });
}

function quantileOfBuckets(quantile: number, sorted: readonly [number, number][]): number {
  let most = Number.NEGATIVE_INFINITY;
  const buckets = sorted.map(([end, count]): [number, number] => {
    // Less by what rounding makes is as much.
    if (count > most * (1 + 1e-12)) most = count;
    return [end, most];
  });
  const [last, secondLast] = buckets.toReversed();
  if (last?.[0] !== Number.POSITIVE_INFINITY || !secondLast || last[1] === 0) return Number.NaN;
  const rank = quantile * last[1];
  const at = buckets.findIndex(([, count]) => count >= rank);
  const [end = 0, count = 0] = buckets[at] ?? [];
  if (end === Number.POSITIVE_INFINITY) return secondLast[0];
  const [start, before] = buckets[at - 1] ?? [0, 0];
  return start + ((end - start) * (rank - before)) / (count - before);
}
