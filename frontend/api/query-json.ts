import { float64s, isPresent, type Labels, type QueryEnd, type QueryPart } from '@overseer/shared';
import { formatTime, formatValue } from './json-number.ts';
import { PIECE_CHARACTERS } from './json-pieces.ts';

/** Answers of the store as JSON in Prometheus' shapes, in pieces of some size, so that no answer is one giant string. */

/** Samples of a series as they came; a step without a value is not present. */
interface Column {
  /** As JSON, shared by all the series of a grid; or float64s of the series alone. */
  readonly times: readonly string[] | Uint8Array;
  readonly values: Uint8Array;
  readonly present?: Uint8Array | undefined;
}

interface Entry {
  readonly labels: Labels;
  /** The names in their order, which is the order of the series too. */
  readonly names: readonly string[];
}

/** One series of a matrix; a long one comes in several columns, oldest first. */
interface Samples extends Entry {
  readonly columns: Column[];
}

export interface QueryAnswer {
  readonly parts: readonly QueryPart[];
  readonly end: QueryEnd;
}

export interface QueryJsonOptions {
  /** Series at the most. */
  readonly limit?: number | undefined;
  readonly withStats: boolean;
  /** When an instant query is evaluated. */
  readonly timeMs: number;
}

/** The answer to `query` and `query_range`. */
export function* queryJson(answer: QueryAnswer, options: QueryJsonOptions): Generator<string> {
  const { end } = answer;
  const warnings = [...end.warnings];
  yield `{"status":"success","data":{"resultType":${JSON.stringify(end.resultType)},"result":`;
  if (end.resultType === 'matrix') {
    yield* matrix(cut(samplesOf(answer.parts), options.limit, warnings));
  } else if (end.resultType === 'vector') {
    yield* vector(cut(vectorOf(answer.parts), options.limit, warnings), options.timeMs);
  } else {
    yield single(answer.parts, options.timeMs);
  }
  if (options.withStats) yield `,"stats":${JSON.stringify(stats(end))}`;
  yield `}${warningsJson(warnings)}}`;
}

/** A list of texts or label sets. */
export function* listJson(
  items: readonly (string | Labels)[],
  warnings: readonly string[],
): Generator<string> {
  let piece = '{"status":"success","data":[';
  let separator = '';
  for (const item of items) {
    const text = typeof item === 'string' ? JSON.stringify(item) : labelsJson(entry(item));
    piece += `${separator}${text}`;
    separator = ',';
    if (piece.length > PIECE_CHARACTERS) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]${warningsJson(warnings)}}`;
}

function* matrix(series: readonly Samples[]): Generator<string> {
  let piece = '[';
  let separator = '';
  for (const one of series) {
    piece += `${separator}{"metric":${labelsJson(one)},"values":[`;
    separator = ',';
    let comma = '';
    for (const column of one.columns) {
      const samples = samplesJson(column);
      if (samples === '') continue;
      piece += comma + samples;
      comma = ',';
      if (piece.length > PIECE_CHARACTERS) {
        yield piece;
        piece = '';
      }
    }
    piece += ']}';
  }
  yield `${piece}]`;
}

/** In one text: a column has as many samples as a part of an answer at the most. */
function samplesJson(column: Column): string {
  const values = float64s(column.values);
  const times = timesOf(column);
  let json = '';
  for (let step = 0; step < values.length; step++) {
    if (!isPresent(column.present, step)) continue;
    if (json !== '') json += ',';
    json += `[${times[step]},"${formatValue(values[step] as number)}"]`;
  }
  return json;
}

function* vector(
  series: readonly { labels: Labels; value: number }[],
  timeMs: number,
): Generator<string> {
  const time = formatTime(timeMs);
  let piece = '[';
  let separator = '';
  for (const { labels, value } of series) {
    piece += `${separator}{"metric":${labelsJson(entry(labels))},"value":[${time},"${formatValue(value)}"]}`;
    separator = ',';
    if (piece.length > PIECE_CHARACTERS) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}]`;
}

/** A scalar or a string. */
function single(parts: readonly QueryPart[], timeMs: number): string {
  const time = formatTime(timeMs);
  for (const part of parts) {
    if (part.kind === 'scalar') return `[${time},"${formatValue(part.value)}"]`;
    if (part.kind === 'string') return `[${time},${JSON.stringify(part.value)}]`;
  }
  return '[]';
}

/** The series of a matrix that have samples, sorted by their labels. */
function samplesOf(parts: readonly QueryPart[]): Samples[] {
  const found: Samples[] = [];
  /** Every part of a matrix has the same steps. */
  let times: string[] = [];
  for (const part of parts) {
    if (part.kind === 'samples') {
      for (const { labels, ...column } of part.series) {
        found.push({ ...entry(labels), columns: [column] });
      }
    } else if (part.kind === 'matrix') {
      const { startMs, stepMs, count } = part;
      if (times.length !== count) {
        times = Array.from({ length: count }, (_, step) => formatTime(startMs + step * stepMs));
      }
      for (const { labels, values, present } of part.series) {
        if (present?.every((byte) => byte === 0)) continue;
        found.push({ ...entry(labels), columns: [{ times, values, present }] });
      }
    }
  }
  return joined(found.sort(compareLabels));
}

/** Makes one of neighbours with equal labels: a long series comes in several entries, which sorting leaves in their order. */
function joined(sorted: readonly Samples[]): Samples[] {
  const series: Samples[] = [];
  for (const one of sorted) {
    const last = series.at(-1);
    if (last && compareLabels(last, one) === 0) last.columns.push(...one.columns);
    else series.push(one);
  }
  return series;
}

/** In the order of the store: an expression may have sorted them. */
function vectorOf(parts: readonly QueryPart[]): { labels: Labels; value: number }[] {
  return parts.flatMap((part) => (part.kind === 'vector' ? part.series : []));
}

function timesOf({ times }: Column): readonly string[] {
  return times instanceof Uint8Array ? Array.from(float64s(times), formatTime) : times;
}

function entry(labels: Labels): Entry {
  return { labels, names: Object.keys(labels).sort() };
}

/** Name by name, then value by value, as Prometheus compares label sets. */
function compareLabels(a: Entry, b: Entry): number {
  const shared = Math.min(a.names.length, b.names.length);
  for (let i = 0; i < shared; i++) {
    const nameA = a.names[i] as string;
    const nameB = b.names[i] as string;
    if (nameA !== nameB) return nameA < nameB ? -1 : 1;
    const valueA = a.labels[nameA] as string;
    const valueB = b.labels[nameB] as string;
    if (valueA !== valueB) return valueA < valueB ? -1 : 1;
  }
  return a.names.length - b.names.length;
}

function labelsJson({ labels, names }: Entry): string {
  const pairs = names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(labels[name])}`);
  return `{${pairs.join(',')}}`;
}

/** The first of them up to the limit; says so when there are more, in the words of Prometheus. */
function cut<T>(items: readonly T[], limit: number | undefined, warnings: string[]): readonly T[] {
  if (limit === undefined || items.length <= limit) return items;
  warnings.push('results truncated due to limit');
  return items.slice(0, limit);
}

function stats({ stats: { series, samples, bytes, seconds } }: QueryEnd) {
  return {
    timings: { execTotalTime: seconds },
    samples: { totalQueryableSamples: samples },
    seriesRead: series,
    bytesRead: bytes,
  };
}

function warningsJson(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
}
