import { float64s, isPresent, type Labels } from '@overseer/shared';
import {
  type Column,
  cut,
  type Entry,
  entry,
  type MatrixAnswer,
  matrixOf,
  type QueryAnswer,
  type VectorSeries,
  vectorOf,
} from './answer-series.ts';
import { formatScalar, formatTime, formatValue } from './json-number.ts';
import { PIECE_CHARACTERS } from './json-pieces.ts';
import { queryStats } from './query-stats.ts';

/** Answers of the store as JSON in Prometheus' shapes, in pieces of some size, so that no answer is one giant string. */

export interface QueryAnswerOptions {
  /** Series at the most. */
  readonly limit?: number | undefined;
  readonly withStats: boolean;
  /** When an instant query is evaluated. */
  readonly timeMs: number;
}

/** The answer to `query` and `query_range`. */
export function* queryJson(answer: QueryAnswer, options: QueryAnswerOptions): Generator<string> {
  const { end } = answer;
  const warnings = [...end.warnings];
  yield `{"status":"success","data":{"resultType":${JSON.stringify(end.resultType)},"result":`;
  if (end.resultType === 'matrix') {
    const { grid, series } = matrixOf(answer.parts);
    yield* matrix({ grid, series: cut(series, options.limit, warnings) });
  } else if (end.resultType === 'vector') {
    yield* vector(cut(vectorOf(answer.parts), options.limit, warnings), options.timeMs);
  } else {
    yield single(answer.parts, options.timeMs);
  }
  if (options.withStats) yield `,"stats":${JSON.stringify(queryStats(end))}`;
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

function* matrix({ grid, series }: MatrixAnswer): Generator<string> {
  // Of a fraction of a millisecond nothing is shown.
  const gridTimes = Array.from({ length: grid?.count ?? 0 }, (_, step) =>
    grid ? formatTime(Math.round(grid.startMs + step * grid.stepMs)) : '',
  );
  let piece = '[';
  let separator = '';
  for (const one of series) {
    piece += `${separator}{"metric":${labelsJson(one)},"values":[`;
    separator = ',';
    let comma = '';
    for (const column of one.columns) {
      const samples = samplesJson(column, gridTimes);
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
function samplesJson(column: Column, gridTimes: readonly string[]): string {
  const values = float64s(column.values);
  const times = column.times ? Array.from(float64s(column.times), formatTime) : gridTimes;
  let json = '';
  for (let step = 0; step < values.length; step++) {
    if (!isPresent(column.present, step)) continue;
    if (json !== '') json += ',';
    json += `[${times[step]},"${formatValue(values[step] as number)}"]`;
  }
  return json;
}

function* vector(series: readonly VectorSeries[], timeMs: number): Generator<string> {
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
function single(parts: QueryAnswer['parts'], timeMs: number): string {
  const time = formatTime(timeMs);
  for (const part of parts) {
    if (part.kind === 'scalar') return `[${time},"${formatScalar(part.value)}"]`;
    if (part.kind === 'string') return `[${time},${JSON.stringify(part.value)}]`;
  }
  return '[]';
}

function labelsJson({ labels, names }: Entry): string {
  const pairs = names.map((name) => `${JSON.stringify(name)}:${JSON.stringify(labels[name])}`);
  return `{${pairs.join(',')}}`;
}

function warningsJson(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : `,"warnings":${JSON.stringify(warnings)}`;
}
