import { type SeriesRow, valuesOf } from '../series/series-columns.ts';

/** The label of classic histograms that says up to which value a bucket counts. */
const BUCKET_LABEL = 'le';

/** How much each bucket of a histogram has at each step. */
export interface HeatGrid {
  /** Milliseconds since 1970, one every `stepMs`. What a step has is of the time since the one before. */
  readonly times: Float64Array;
  readonly stepMs: number;
  /** Up to which value each bucket counts, ascending; the last one may be infinite. */
  readonly edges: readonly number[];
  /** Bucket by bucket, a number a step; NaN: nothing is known. */
  readonly counts: readonly Float64Array[];
  /** The most that a bucket has; 0: there is nothing. */
  readonly largest: number;
}

/** What there is at a place of a grid. */
export interface HeatCell {
  readonly step: number;
  readonly bucket: number;
  readonly timeMs: number;
  /** Its bucket counts what is above `low`, up to `high`. */
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * The buckets of classic histograms, which count everything up to their edge, as what is in each alone. Histograms that differ in other
 * labels are added up; of several queries, the first with buckets counts.
 * @returns undefined when no series is of a bucket
 */
export function heatGrid(rows: readonly SeriesRow[]): HeatGrid | undefined {
  const columns = rows.find((row) => edgeOf(row) !== undefined)?.columns;
  if (!columns) return undefined;
  const sums = new Map<number, Float64Array>();
  for (const row of rows) {
    const edge = edgeOf(row);
    if (row.columns !== columns || edge === undefined) continue;
    const known = sums.get(edge);
    if (known) addTo(known, valuesOf(row));
    else sums.set(edge, valuesOf(row).slice());
  }
  const edges = [...sums.keys()].sort((a, b) => a - b);
  const totals = edges.map((edge) => sums.get(edge) ?? new Float64Array());
  const counts = totals.map((total, bucket) => difference(total, totals[bucket - 1]));
  let largest = 0;
  for (const bucket of counts) {
    for (const count of bucket) if (count > largest) largest = count;
  }
  return { times: columns.times, stepMs: columns.stepMs, edges, counts, largest };
}

/** @returns undefined: it is of no bucket */
function edgeOf({ labels }: SeriesRow): number | undefined {
  if (!Object.hasOwn(labels, BUCKET_LABEL)) return undefined;
  const text = labels[BUCKET_LABEL] ?? '';
  const edge = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
  return text === '' || Number.isNaN(edge) ? undefined : edge;
}

/** A histogram without a value at a step adds nothing to the others. */
function addTo(sums: Float64Array, values: Float64Array): void {
  for (let step = 0; step < sums.length; step++) {
    const value = values[step] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const sum = sums[step] ?? Number.NaN;
    sums[step] = Number.isNaN(sum) ? value : sum + value;
  }
}

/** What is in the bucket and not in the one below; samples of the two that were taken at different moments may make it less than nothing. */
function difference(total: Float64Array, below: Float64Array | undefined): Float64Array {
  if (!below) return total;
  return total.map((value, step) => {
    const lower = below[step] ?? Number.NaN;
    return Number.isNaN(lower) ? value : Math.max(0, value - lower);
  });
}

/**
 * What is at a place of the grid.
 * @param bucket may have a fraction, as a pointer between two edges has
 * @returns undefined: it is outside, or nothing is known there
 */
export function cellAt(grid: HeatGrid, timeMs: number, bucket: number): HeatCell | undefined {
  const { times, stepMs, edges, counts } = grid;
  const step = Math.ceil((timeMs - (times[0] ?? 0)) / stepMs);
  const index = Math.floor(bucket);
  const [stepTimeMs, high, count] = [times[step], edges[index], counts[index]?.[step]];
  if (stepTimeMs === undefined || high === undefined || count === undefined) return undefined;
  if (Number.isNaN(count)) return undefined;
  const low = edges[index - 1] ?? Number.NEGATIVE_INFINITY;
  return { step, bucket: index, timeMs: stepTimeMs, low, high, count };
}

/** The lowest cell that has anything, at the newest step that has. */
export function newestCell(grid: HeatGrid): HeatCell | undefined {
  const { times, counts } = grid;
  for (let step = times.length - 1; step >= 0; step--) {
    const bucket = counts.findIndex((of) => (of[step] ?? 0) > 0);
    if (bucket >= 0) return cellAt(grid, times[step] ?? 0, bucket);
  }
  return undefined;
}
