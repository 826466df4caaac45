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
  /** The value at which it is drawn: its own, or in a stack the sum up to it. */
  readonly height: number;
  /** Where the value is one of the two of a span. */
  readonly extremes?: Extremes | undefined;
}

/** What the chart has at one time. */
export interface Readings {
  readonly timeMs: number;
  /** The series nearest to the value asked for, in the order in which they are drawn, from top to bottom. */
  readonly readings: readonly Reading[];
  readonly nearest: Reading;
  /** Further series with a value at that time. */
  readonly moreCount: number;
  /** Of all values at that time. */
  readonly sum: number;
}

/** A place in a chart: a time, and a value on its scale. */
export interface Place {
  readonly timeMs: number;
  readonly value: number;
  /** The series that is meant, whatever else is near: that of a key. */
  readonly rowId?: string;
}

/** Where the values of series are drawn, on the scale of the axis: each from its low to its high end. */
export interface Heights {
  readonly axis: { readonly scaleOf: (value: number) => number };
  /** @returns tells the span of a series that has the value; undefined: it is not drawn */
  spansAt(
    rows: readonly SeriesRow[],
    timeMs: number,
  ): (row: SeriesRow, value: number) => Span | undefined;
}

export type Span = readonly [low: number, high: number];

/**
 * What is nearest to a place: the step closest to its time at which any series has a value, and there the series closest to its value.
 * @param reachMs how far away it may be, in whole steps
 * @returns undefined when there is nothing that near
 */
export function readAt(
  rows: readonly SeriesRow[],
  place: Place,
  reachMs: number,
  heights: Heights,
): Readings | undefined {
  const timeMs = nearestTime(rows, place.timeMs, reachMs);
  if (timeMs === undefined) return undefined;
  const spanOf = heights.spansAt(rows, timeMs);
  const level = heights.axis.scaleOf(place.value);
  let sum = 0;
  const all = rows
    .flatMap((row) => {
      const value = valueAt(row, timeMs);
      const span = value === undefined ? undefined : spanOf(row, value);
      if (value === undefined || !span) return [];
      sum += value;
      const distance = row.id === place.rowId ? -1 : distanceTo(span, level);
      return [{ row, value, span, distance }];
    })
    .sort((a, b) => a.distance - b.distance);
  const readings = all
    .slice(0, READINGS_MAX)
    .sort((a, b) => b.span[1] - a.span[1])
    .map(({ row, value, span: [low, high] }) => ({
      row,
      value,
      height: low === high ? value : value < 0 ? low : high,
      extremes: extremesAt(row, timeMs),
    }));
  const nearest = readings.find(({ row }) => row === all[0]?.row);
  return nearest && { timeMs, readings, nearest, moreCount: all.length - readings.length, sum };
}

function distanceTo([low, high]: Span, level: number): number {
  return level < low ? low - level : Math.max(0, level - high);
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
