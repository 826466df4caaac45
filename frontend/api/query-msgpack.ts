import { float64Bin } from '@overseer/shared';
import { cut, matrixOf, type QueryAnswer, type SeriesColumns, vectorOf } from './answer-series.ts';
import { arrayHeader, binHeader, gatheredBytes, mapHeader, packed } from './msgpack-pieces.ts';
import type { QueryAnswerOptions } from './query-json.ts';
import { queryStats } from './query-stats.ts';

/**
 * Answers of the store as columns in MessagePack: docs/query-api.md has the layout. Values are the bytes that the store sent; nothing
 * here looks at one.
 */

type Chunks = Iterable<Uint8Array>;
/** A field of a map: its name and its value. */
type PackedField = readonly [name: string, value: Chunks];

/** The answer to `query` and `query_range`, in pieces. */
export function queryMsgpack(answer: QueryAnswer, options: QueryAnswerOptions): Chunks {
  const warnings = [...answer.end.warnings];
  const fields = [...dataFields(answer, options, warnings)];
  if (options.withStats) fields.push(field('stats', queryStats(answer.end)));
  return gatheredBytes(
    map([
      field('status', 'success'),
      ['data', map(fields)],
      ...(warnings.length > 0 ? [field('warnings', warnings)] : []),
    ]),
  );
}

/** @param warnings gets what else there is to be said */
function dataFields(
  { parts, end: { resultType } }: QueryAnswer,
  { limit, timeMs }: QueryAnswerOptions,
  warnings: string[],
): readonly PackedField[] {
  const type = field('resultType', resultType);
  if (resultType === 'matrix') {
    const { grid, series } = matrixOf(parts);
    const axis = Object.entries(grid ?? {}).map(([name, value]) => field(name, value));
    return [type, ...axis, ['series', array(cut(series, limit, warnings).map(seriesMap))]];
  }
  if (resultType === 'vector') {
    const series = cut(vectorOf(parts), limit, warnings);
    const values = Float64Array.from(series, ({ value }) => value);
    return [
      type,
      field('timeMs', timeMs),
      ['series', array(series.map(({ labels }) => map([field('metric', labels)])))],
      ['values', bin([float64Bin(values)])],
    ];
  }
  const values = parts.flatMap((part) =>
    part.kind === 'scalar' || part.kind === 'string' ? [part.value] : [],
  );
  return [type, field('timeMs', timeMs), field('value', values[0])];
}

/** Samples that came in several columns become one again. */
function seriesMap({ labels, columns }: SeriesColumns): Chunks {
  const bins = (name: 'times' | 'values' | 'present'): readonly PackedField[] => {
    const parts = columns.flatMap((column) => column[name] ?? []);
    return parts.length > 0 ? [[name, bin(parts)]] : [];
  };
  return map([field('metric', labels), ...bins('times'), ...bins('values'), ...bins('present')]);
}

function field(name: string, value: unknown): PackedField {
  return [name, [packed(value)]];
}

function* map(fields: readonly PackedField[]): Chunks {
  yield mapHeader(fields.length);
  for (const [name, value] of fields) {
    yield packed(name);
    yield* value;
  }
}

function* array(items: readonly Chunks[]): Chunks {
  yield arrayHeader(items.length);
  for (const item of items) yield* item;
}

/** One bin of several, which lie behind each other. */
function* bin(parts: readonly Uint8Array[]): Chunks {
  yield binHeader(parts.reduce((sum, { length }) => sum + length, 0));
  yield* parts;
}
