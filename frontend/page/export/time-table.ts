import { describe } from '../labels.ts';
import { columnsOf, firstAtOrAfter, type SeriesRow, valuesOf } from '../series/series-columns.ts';

/** Some series over all times that any of them has a step at. */
export interface TimeTable {
  /** Milliseconds since 1970, ascending, each once. */
  readonly times: Float64Array;
  readonly columns: readonly TimeColumn[];
}

export interface TimeColumn {
  readonly row: SeriesRow;
  /** Of the series, with all of its labels; the letter of its query before it, where it is not of the first one. */
  readonly name: string;
  /** At an index of the table's times; undefined: there is none. */
  valueAt(index: number): number | undefined;
}

/**
 * Puts series side by side. Valid until the rows' columns change.
 * @param isShown leaves out steps before the time that is shown
 */
export function tabulate(rows: readonly SeriesRow[], fromMs = Number.NEGATIVE_INFINITY): TimeTable {
  const times = mergedTimes(rows, fromMs);
  return { times, columns: rows.map((row) => columnOf(row, times)) };
}

function columnOf(row: SeriesRow, times: Float64Array): TimeColumn {
  const own = row.columns.times;
  const values = valuesOf(row);
  return {
    row,
    name: fullName(row),
    valueAt(index) {
      const timeMs = times[index] ?? Number.NaN;
      const at = firstAtOrAfter(own, timeMs);
      const value = own[at] === timeMs ? values[at] : undefined;
      return value === undefined || Number.isNaN(value) ? undefined : value;
    },
  };
}

function fullName({ labels, columns }: SeriesRow): string {
  const { expr, letter } = columns.query;
  const name = Object.keys(labels).length === 0 ? expr : describe(labels);
  return letter === '' ? name : `${letter}: ${name}`;
}

function mergedTimes(rows: readonly SeriesRow[], fromMs: number): Float64Array {
  const all = [...columnsOf(rows)].map(({ times }) =>
    times.subarray(firstAtOrAfter(times, fromMs)),
  );
  const [first] = all;
  if (first && all.length === 1) return first;
  return Float64Array.from(new Set(all.flatMap((times) => [...times]))).sort();
}
