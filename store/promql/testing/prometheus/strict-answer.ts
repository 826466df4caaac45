import type { Labels } from '@overseer/shared';

/** A time and a value, both in the very words of the answer. */
export type SampleText = readonly [time: string, value: string];

export interface SeriesText {
  readonly labels: Labels;
  readonly samples: readonly SampleText[];
}

/** An answer to `query` or `query_range`, as strictly as the API of Prometheus has it. */
export type StrictAnswer =
  | { readonly resultType: 'vector' | 'matrix'; readonly series: readonly SeriesText[] }
  | { readonly resultType: 'scalar' | 'string'; readonly sample: SampleText }
  | { readonly resultType: 'error'; readonly errorType: string; readonly error: string };

const TIME = /^-?\d+(\.\d{3})?$/;
const ANY_TEXT = /^/;
/** As Go writes a float: exponents have a sign and two digits, infinities a sign. */
const VALUE = /^(?:NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]\d\d+)?)$/;

/** @throws Error for anything that Prometheus would not write: another shape, property, or form of a number */
export function strictAnswer(text: string): StrictAnswer {
  const body = JSON.parse(text, timesAsText);
  if (body.status === 'error') {
    return { resultType: 'error', errorType: body.errorType, error: body.error };
  }
  requireKeys(body, ['status', 'data'], text);
  requireKeys(body.data, ['resultType', 'result'], text);
  const { resultType, result } = body.data;
  switch (resultType) {
    case 'scalar':
      return { resultType, sample: strictSample(result, VALUE) };
    case 'string':
      return { resultType, sample: strictSample(result, ANY_TEXT) };
    case 'vector':
      return { resultType, series: result.map(vectorSeries) };
    case 'matrix':
      return { resultType, series: result.map(matrixSeries) };
    default:
      throw new Error(`resultType is ${resultType}`);
  }
}

/** Numbers in the words of the text; the only numbers of an answer are times. */
function timesAsText(_key: string, value: unknown, context?: { readonly source?: string }) {
  return typeof value === 'number' ? { source: context?.source } : value;
}

type Json = Readonly<Record<string, unknown>>;

function vectorSeries(series: Json): SeriesText {
  requireKeys(series, ['metric', 'value'], series);
  return { labels: strictLabels(series.metric), samples: [strictSample(series.value, VALUE)] };
}

function matrixSeries(series: Json): SeriesText {
  requireKeys(series, ['metric', 'values'], series);
  if (!Array.isArray(series.values) || series.values.length === 0) {
    throw new Error(`a series without samples: ${JSON.stringify(series)}`);
  }
  return {
    labels: strictLabels(series.metric),
    samples: series.values.map((sample) => strictSample(sample, VALUE)),
  };
}

/** Names come in their order. */
function strictLabels(metric: unknown): Labels {
  const labels = metric as Labels;
  const names = Object.keys(labels);
  const isSorted = names.every((name, i) => i === 0 || (names[i - 1] as string) < name);
  if (isSorted && Object.values(labels).every((value) => typeof value === 'string')) return labels;
  throw new Error(`no sorted texts: ${JSON.stringify(labels)}`);
}

function strictSample(sample: unknown, valid: RegExp): SampleText {
  if (Array.isArray(sample) && sample.length === 2) {
    const [{ source: time = '' } = {}, value] = sample as [{ source?: string }, unknown];
    if (TIME.test(time) && typeof value === 'string' && valid.test(value)) return [time, value];
  }
  throw new Error(`no sample of Prometheus: ${JSON.stringify(sample)}`);
}

function requireKeys(value: Json, keys: readonly string[], shown: unknown): void {
  if (Bun.deepEquals(Object.keys(value), keys)) return;
  throw new Error(`not just ${keys.join(' and ')}: ${JSON.stringify(shown).slice(0, 300)}`);
}
