import {
  columnsOf,
  type Extremes,
  extremesAt,
  firstAtOrAfter,
  type SeriesColumns,
  type SeriesRow,
  valueAt,
  valuesOf,
} from '../series/series-columns.ts';

/** Series that a tooltip tells. */
const READINGS_MAX = 8;

export interface Reading {
  readonly row: SeriesRow;
  readonly value: number;
  /** Where the value is one of the two of a span. */
  readonly extremes?: Extremes | undefined;
}

type OwnReading = { -readonly [K in keyof Reading]: Reading[K] };

/** What the chart has at one time. */
export interface Readings {
  readonly timeMs: number;
  /** The series nearest to the value asked for, in the order of their values, from large to small. */
  readonly readings: readonly Reading[];
  readonly nearest: Reading;
  /** Further series with a value at that time. */
  readonly moreCount: number;
}

/** A place in a chart: a time, and a value on its scale. */
export interface Place {
  readonly timeMs: number;
  readonly value: number;
}

/**
 * What is nearest to a place: the step closest to its time at which any series has a value, and there the series closest to its value.
 * @param reachMs how far away it may be, in whole steps
 * @returns undefined when there is nothing that near
 */
export function readAt(
  rows: readonly SeriesRow[],
  place: Place,
  reachMs: number,
): Readings | undefined {
  const timeMs = nearestTime(rows, place.timeMs, reachMs);
  if (timeMs === undefined) return undefined;
  const all = rows
    .flatMap((row): OwnReading[] => {
      const value = valueAt(row, timeMs);
      return value === undefined ? [] : [{ row, value }];
    })
    .sort((a, b) => Math.abs(a.value - place.value) - Math.abs(b.value - place.value));
  const [nearest] = all;
  if (!nearest) return undefined;
  const readings = all.slice(0, READINGS_MAX).sort((a, b) => b.value - a.value);
  for (const reading of readings) reading.extremes = extremesAt(reading.row, timeMs);
  return { timeMs, readings, nearest, moreCount: all.length - readings.length };
}

function nearestTime(
  rows: readonly SeriesRow[],
  timeMs: number,
  reachMs: number,
): number | undefined {
  let nearest: number | undefined;
  for (const columns of columnsOf(rows)) {
    const own = rows.filter((row) => row.columns === columns);
    const found = columns.times[nearestStep(columns, own, timeMs, reachMs)];
    if (found === undefined) continue;
    if (nearest === undefined || Math.abs(found - timeMs) < Math.abs(nearest - timeMs)) {
      nearest = found;
    }
  }
  return nearest;
}

/** -1: there is none that near. */
function nearestStep(
  { times, stepMs }: SeriesColumns,
  rows: readonly SeriesRow[],
  timeMs: number,
  reachMs: number,
): number {
  const middle = firstAtOrAfter(times, timeMs - stepMs / 2);
  const stepsMax = Math.ceil(reachMs / stepMs);
  for (let distance = 0; distance <= stepsMax; distance++) {
    for (const index of [middle - distance, middle + distance]) {
      if (rows.some((row) => Number.isFinite(valuesOf(row)[index]))) return index;
    }
  }
  return -1;
}

/** The next step in a direction at which the series has a value; undefined when there is none. */
export function nextStep(row: SeriesRow, timeMs: number, direction: 1 | -1): number | undefined {
  const { times } = row.columns;
  const values = valuesOf(row);
  let index = firstAtOrAfter(times, timeMs) + direction;
  while (index >= 0 && index < values.length) {
    if (Number.isFinite(values[index])) return times[index];
    index += direction;
  }
  return undefined;
}

export interface Summary {
  readonly last: number;
  readonly min: number;
  readonly max: number;
}

/** The last value that a series has, and the smallest and largest; undefined when it has none. */
export function summarize(values: Float64Array): Summary | undefined {
  let [last, min, max] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    last = value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { last, min, max } : undefined;
}
