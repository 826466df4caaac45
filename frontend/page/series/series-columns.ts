import type { Labels } from '@overseer/shared/queries';
import { queryLetter } from '../../model/panel-spec.ts';
import { colourIndex } from '../chart/colours.ts';
import { hashLabels } from '../labels.ts';

/** Series that a query of a chart keeps; further ones are counted. At 720 steps, 11 KiB each. */
export const SERIES_MAX = 5000;

/** Some series over steps that all of them share. NaN: no value at that step, which a NaN that was stored looks like, too. */
export interface SeriesColumns {
  /** What they are the values of. */
  readonly query: QueryIdentity;
  readonly stepMs: number;
  readonly rows: readonly SeriesRow[];
  /** Milliseconds since 1970, ascending, one every `stepMs`. A view: valid until the columns change. */
  readonly times: Float64Array;
  /** Index, 0 or 1, of the first two steps that have the least and greatest value of a span; undefined: each step is a value. */
  readonly pairsFrom: number | undefined;
  /** One a time. A view: valid until the columns change. */
  values(row: SeriesRow): Float64Array;
}

/** One series of some columns. */
export interface SeriesRow {
  readonly columns: SeriesColumns;
  readonly labels: Labels;
  /** Stands for the labels, in the address for one. */
  readonly id: string;
  /** Its place in the palettes. */
  readonly colour: number;
}

/** A query as one of a panel. */
export interface QueryIdentity {
  readonly expr: string;
  /** What tells its series from those of the panel's other queries; empty: of the first one, whose series look the same everywhere. */
  readonly letter: string;
}

/** @param letter of the query in its panel */
export function identityOf(expr: string, letter: string): QueryIdentity {
  return { expr, letter: letter === queryLetter(0) ? '' : letter };
}

const LETTER_LABEL = '__query__';

/** What stands for a series, and its colour. */
export function identify(
  labels: Labels,
  { letter }: QueryIdentity,
): Pick<SeriesRow, 'id' | 'colour'> {
  const told = letter === '' ? labels : { ...labels, [LETTER_LABEL]: letter };
  return { id: hashLabels(told).toString(36), colour: colourIndex(told) };
}

/** The values of a series; a view. */
export function valuesOf(row: SeriesRow): Float64Array {
  return row.columns.values(row);
}

/** What a series has at a time; undefined: nothing that can be drawn. */
export function valueAt(row: SeriesRow, timeMs: number): number | undefined {
  const { times, stepMs } = row.columns;
  const index = Math.round((timeMs - (times[0] ?? 0)) / stepMs);
  if (times[index] !== timeMs) return undefined;
  const value = valuesOf(row)[index];
  return Number.isFinite(value) ? value : undefined;
}

/** Least and greatest value. */
export type Extremes = readonly [least: number, greatest: number];

/** The least and greatest value of a series in the span that a step is of; undefined: it is of none, or they are the same. */
export function extremesAt(row: SeriesRow, timeMs: number): Extremes | undefined {
  const { pairsFrom, times, stepMs } = row.columns;
  if (pairsFrom === undefined) return undefined;
  const index = Math.round((timeMs - (times[0] ?? 0)) / stepMs);
  const isFirst = (index - pairsFrom) % 2 === 0;
  const one = valueAt(row, timeMs);
  const other = valuesOf(row)[isFirst ? index + 1 : index - 1];
  if (one === undefined || other === undefined || !Number.isFinite(other) || one === other) {
    return undefined;
  }
  return one < other ? [one, other] : [other, one];
}

/** The columns that rows are of, each once. */
export function columnsOf(rows: readonly SeriesRow[]): Set<SeriesColumns> {
  return new Set(rows.map(({ columns }) => columns));
}

/** Index of the first time that is not before; the length when all are. */
export function firstAtOrAfter(times: Float64Array, timeMs: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
