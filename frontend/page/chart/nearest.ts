import type { SeriesMatrix, SeriesRow } from '../live/series-matrix.ts';
import { firstAtOrAfter } from './lines.ts';

/** Series that a tooltip tells. */
const READINGS_MAX = 8;

export interface Reading {
  readonly row: SeriesRow;
  readonly value: number;
}

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
 * @param stepsMax how many steps away it may be
 * @returns undefined when there is nothing that near
 */
export function readAt(
  matrix: SeriesMatrix,
  rows: readonly SeriesRow[],
  place: Place,
  stepsMax: number,
): Readings | undefined {
  const index = nearestStep(matrix, rows, place.timeMs, stepsMax);
  if (index === undefined) return undefined;
  const all = rows
    .map((row) => ({ row, value: matrix.values(row)[index] ?? Number.NaN }))
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => Math.abs(a.value - place.value) - Math.abs(b.value - place.value));
  const [nearest] = all;
  if (!nearest) return undefined;
  const readings = all.slice(0, READINGS_MAX).sort((a, b) => b.value - a.value);
  const timeMs = matrix.times[index] ?? 0;
  return { timeMs, readings, nearest, moreCount: all.length - readings.length };
}

function nearestStep(
  matrix: SeriesMatrix,
  rows: readonly SeriesRow[],
  timeMs: number,
  stepsMax: number,
): number | undefined {
  const { times, stepMs } = matrix;
  const middle = firstAtOrAfter(times, timeMs - stepMs / 2);
  for (let distance = 0; distance <= stepsMax; distance++) {
    for (const index of [middle - distance, middle + distance]) {
      if (rows.some((row) => Number.isFinite(matrix.values(row)[index]))) return index;
    }
  }
  return undefined;
}

/** The next step in a direction at which the series has a value; undefined when there is none. */
export function nextStep(
  matrix: SeriesMatrix,
  row: SeriesRow,
  timeMs: number,
  direction: 1 | -1,
): number | undefined {
  const values = matrix.values(row);
  let index = firstAtOrAfter(matrix.times, timeMs) + direction;
  while (index >= 0 && index < values.length) {
    if (Number.isFinite(values[index])) return matrix.times[index];
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
