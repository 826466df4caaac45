import type { Labels, QueryEnd, QueryPart } from '@overseer/shared';

/** The series of an answer, in the order in which they are sent. */

export interface QueryAnswer {
  readonly parts: readonly QueryPart[];
  readonly end: QueryEnd;
}

/** The steps that series share; times are milliseconds since 1970. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** Labels with their names in order, which is the order of series too. */
export interface Entry {
  readonly labels: Labels;
  readonly names: readonly string[];
}

/** Values as they came. */
export interface Column {
  /** float64 milliseconds since 1970, of the samples of this series alone; undefined: the values are those of the grid. */
  readonly times?: Uint8Array | undefined;
  /** float64. */
  readonly values: Uint8Array;
  /** Bit i & 7 of byte i >> 3: there is a value i. Undefined: everywhere. */
  readonly present?: Uint8Array | undefined;
}

/** A series of samples comes in several columns when it is long, oldest first. */
export interface SeriesColumns extends Entry {
  readonly columns: Column[];
}

export interface MatrixAnswer {
  /** Undefined: of samples, or of nothing at all. */
  readonly grid: Grid | undefined;
  /** Those that have values, sorted by their labels. */
  readonly series: readonly SeriesColumns[];
}

export interface VectorSeries {
  readonly labels: Labels;
  readonly value: number;
}

export function matrixOf(parts: readonly QueryPart[]): MatrixAnswer {
  const found: SeriesColumns[] = [];
  /** Every part has the same. */
  let grid: Grid | undefined;
  for (const part of parts) {
    if (part.kind === 'samples') {
      for (const { labels, ...column } of part.series) {
        found.push({ ...entry(labels), columns: [column] });
      }
    } else if (part.kind === 'matrix') {
      grid = { startMs: part.startMs, stepMs: part.stepMs, count: part.count };
      for (const { labels, values, present } of part.series) {
        if (present?.every((byte) => byte === 0)) continue;
        found.push({ ...entry(labels), columns: [{ values, present }] });
      }
    }
  }
  return { grid, series: joined(found.sort(compareLabels)) };
}

/** In the order of the store: an expression may have sorted them. */
export function vectorOf(parts: readonly QueryPart[]): VectorSeries[] {
  return parts.flatMap((part) => (part.kind === 'vector' ? part.series : []));
}

export function entry(labels: Labels): Entry {
  return { labels, names: Object.keys(labels).sort() };
}

/** The first of them up to the limit; says so when there are more, in the words of Prometheus. */
export function cut<T>(
  items: readonly T[],
  limit: number | undefined,
  warnings: string[],
): readonly T[] {
  if (limit === undefined || items.length <= limit) return items;
  warnings.push('results truncated due to limit');
  return items.slice(0, limit);
}

/** Makes one of neighbours with equal labels: a long series comes in several entries, which sorting leaves in their order. */
function joined(sorted: readonly SeriesColumns[]): SeriesColumns[] {
  const series: SeriesColumns[] = [];
  for (const one of sorted) {
    const last = series.at(-1);
    if (last && compareLabels(last, one) === 0) last.columns.push(...one.columns);
    else series.push(one);
  }
  return series;
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
