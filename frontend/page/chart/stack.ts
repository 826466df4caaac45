import { columnsOf, type SeriesRow, valueAt, valuesOf } from '../series/series-columns.ts';
import type { LinesFrame } from './lines.ts';
import { visibleSteps } from './lines.ts';

/**
 * Areas on top of each other, in the order of the series. Values that are missing are as high as nothing; negative ones are stacked
 * downwards from zero, so that what is above is the sum of what is above.
 */

/** Of the areas, as the last two digits of `#rrggbbaa`. */
const AREA_OPACITY = '80';
/** More areas than this have no line at their edge: it would be all that is seen of them. */
const EDGED_SERIES_MAX = 50;

type StackContext = Pick<
  CanvasRenderingContext2D,
  'beginPath' | 'moveTo' | 'lineTo' | 'closePath' | 'stroke' | 'fill' | 'lineWidth' | 'lineJoin'
> & {
  strokeStyle: string | CanvasGradient | CanvasPattern;
  fillStyle: string | CanvasGradient | CanvasPattern;
};

/** Where the areas of series are at a time: each from its foot to its top. */
export function stackSpans(
  rows: readonly SeriesRow[],
  timeMs: number,
): Map<SeriesRow, readonly [low: number, high: number]> {
  const spans = new Map<SeriesRow, readonly [number, number]>();
  let [above, below] = [0, 0];
  for (const row of rows) {
    const value = valueAt(row, timeMs);
    if (value === undefined) continue;
    if (value < 0) {
      spans.set(row, [below + value, below]);
      below += value;
    } else {
      spans.set(row, [above, above + value]);
      above += value;
    }
  }
  return spans;
}

/** From the lowest to the highest sum in between, zero included; undefined when there is no value. */
export function stackBounds(
  rows: readonly SeriesRow[],
  fromMs: number,
  toMs: number,
): readonly [min: number, max: number] | undefined {
  const piles = new Piles(rows, fromMs, toMs);
  let hasValues = false;
  for (const row of rows) hasValues = piles.add(row) > 0 || hasValues;
  if (!hasValues) return undefined;
  let [min, max] = [0, 0];
  for (let step = 0; step < piles.count; step++) {
    min = Math.min(min, piles.below[step] ?? 0);
    max = Math.max(max, piles.above[step] ?? 0);
  }
  return [min, max];
}

/** Draws an area a series, the first at the foot. @returns points drawn */
export function drawStack(context: StackContext, frame: LinesFrame): number {
  const { rows, fromMs, toMs, xOf, yOf, colourOf, lineWidth } = frame;
  const piles = new Piles(rows, fromMs, toMs);
  const xs = Float64Array.from({ length: piles.count }, (_, step) => xOf(piles.timeOf(step)));
  let pointCount = 0;
  context.lineJoin = 'round';
  for (const row of rows) {
    pointCount += piles.add(row);
    const colour = colourOf(row);
    context.fillStyle = colour + AREA_OPACITY;
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    for (const [from, to] of runsOf(piles.feet)) {
      drawRun(context, piles, xs, yOf, from, to, rows.length <= EDGED_SERIES_MAX);
    }
  }
  return pointCount;
}

/** The steps [from, to) of each stretch without a gap. */
function* runsOf(values: Float64Array): Generator<readonly [from: number, to: number]> {
  let from = -1;
  for (let step = 0; step <= values.length; step++) {
    const isValue = step < values.length && !Number.isNaN(values[step]);
    if (isValue && from < 0) from = step;
    if (!isValue && from >= 0) {
      yield [from, step];
      from = -1;
    }
  }
}

function drawRun(
  context: StackContext,
  { feet, edges }: Piles,
  xs: Float64Array,
  yOf: (value: number) => number,
  from: number,
  to: number,
  hasEdge: boolean,
): void {
  const traceEdge = () => {
    for (let step = from; step < to; step++) context.lineTo(xs[step] ?? 0, yOf(edges[step] ?? 0));
  };
  context.beginPath();
  context.moveTo(xs[from] ?? 0, yOf(feet[from] ?? 0));
  traceEdge();
  for (let step = to - 1; step > from; step--) {
    context.lineTo(xs[step] ?? 0, yOf(feet[step] ?? 0));
  }
  context.closePath();
  context.fill();
  if (!hasEdge && to - from > 1) return;
  context.beginPath();
  // A point that is alone is as wide as a line, from its foot to its edge.
  const start = to - from > 1 ? edges : feet;
  context.moveTo(xs[from] ?? 0, yOf(start[from] ?? 0));
  traceEdge();
  context.stroke();
}

/** How high the series that were added reach, step by step. Queries of a panel may have steps of their own: the finest are everybody's. */
class Piles {
  readonly count: number;
  /** The sums so far of what is above zero, and of what is below. */
  readonly above: Float64Array;
  readonly below: Float64Array;
  /** Of the series added last: where its area begins and ends. NaN: it has no value. */
  readonly feet: Float64Array;
  readonly edges: Float64Array;
  readonly #startMs: number;
  readonly #stepMs: number;

  constructor(rows: readonly SeriesRow[], fromMs: number, toMs: number) {
    let [startMs, endMs, stepMs] = [Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY];
    for (const columns of columnsOf(rows)) {
      const [from, to] = visibleSteps(columns.times, fromMs, toMs);
      if (to <= from) continue;
      startMs = Math.min(startMs, columns.times[from] ?? 0);
      endMs = Math.max(endMs, columns.times[to - 1] ?? 0);
      stepMs = Math.min(stepMs, columns.stepMs);
    }
    this.#startMs = startMs;
    this.#stepMs = stepMs;
    this.count = endMs >= startMs ? Math.round((endMs - startMs) / stepMs) + 1 : 0;
    this.above = new Float64Array(this.count);
    this.below = new Float64Array(this.count);
    this.feet = new Float64Array(this.count);
    this.edges = new Float64Array(this.count);
  }

  timeOf(step: number): number {
    return this.#startMs + step * this.#stepMs;
  }

  /** @returns the values that it has */
  add(row: SeriesRow): number {
    const values = valuesOf(row);
    const { times, stepMs } = row.columns;
    const perStep = this.#stepMs / stepMs;
    const first = (this.#startMs - (times[0] ?? 0)) / stepMs;
    let valueCount = 0;
    for (let step = 0; step < this.count; step++) {
      const value = values[Math.floor(first + step * perStep + 1e-6)] ?? Number.NaN;
      if (!Number.isFinite(value)) {
        this.feet[step] = Number.NaN;
        continue;
      }
      valueCount++;
      const pile = value < 0 ? this.below : this.above;
      const foot = pile[step] ?? 0;
      this.feet[step] = foot;
      pile[step] = this.edges[step] = foot + value;
    }
    return valueCount;
  }
}
