import {
  columnsOf,
  firstAtOrAfter,
  type SeriesColumns,
  type SeriesRow,
  valuesOf,
} from '../series/series-columns.ts';

/** What is drawn, and where: positions are pixels of the canvas. */
export interface LinesFrame {
  readonly rows: readonly SeriesRow[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly xOf: (timeMs: number) => number;
  readonly yOf: (value: number) => number;
  readonly colourOf: (row: SeriesRow) => string;
  readonly lineWidth: number;
}

/** The part of a canvas' context that drawing lines takes. */
export type LinesContext = Pick<
  CanvasRenderingContext2D,
  'beginPath' | 'moveTo' | 'lineTo' | 'stroke' | 'lineWidth' | 'lineCap' | 'lineJoin'
> & { strokeStyle: string | CanvasGradient | CanvasPattern };

/** A point without neighbours is a dot, so many times as wide as a line. */
const LONE_POINT_WIDTHS = 3;

/**
 * Draws one line a series: broken where values are missing, a dot where one has no neighbour.
 * @returns points drawn
 */
export function drawLines(context: LinesContext, frame: LinesFrame): number {
  context.lineJoin = 'round';
  const visible = new Map<SeriesColumns, VisiblePlaces>();
  for (const columns of columnsOf(frame.rows)) visible.set(columns, visiblePlaces(columns, frame));
  let pointCount = 0;
  for (const row of frame.rows) {
    const { from, to, xs } = visible.get(row.columns) as VisiblePlaces;
    const values = valuesOf(row).subarray(from, to);
    context.strokeStyle = frame.colourOf(row);
    pointCount += drawLine(context, xs, values, frame.yOf, frame.lineWidth);
  }
  return pointCount;
}

/** The steps [from, to) of some columns, and where each is. */
interface VisiblePlaces {
  readonly from: number;
  readonly to: number;
  readonly xs: Float64Array;
}

export function visiblePlaces(
  { times }: SeriesColumns,
  { fromMs, toMs, xOf }: LinesFrame,
): VisiblePlaces {
  const [from, to] = visibleSteps(times, fromMs, toMs);
  const xs = Float64Array.from({ length: to - from }, (_, index) => xOf(times[from + index] ?? 0));
  return { from, to, xs };
}

function drawLine(
  context: LinesContext,
  xs: Float64Array,
  values: Float64Array,
  yOf: (value: number) => number,
  lineWidth: number,
): number {
  const lone: number[] = [];
  let pointCount = 0;
  let isDrawing = false;
  context.beginPath();
  for (let index = 0; index < values.length; index++) {
    const y = yOf(values[index] ?? Number.NaN);
    // A value may have no place on the scale, as zero on a logarithmic one.
    const isPoint = Number.isFinite(y);
    if (isPoint) {
      pointCount++;
      const x = xs[index] ?? 0;
      if (isDrawing) context.lineTo(x, y);
      else if (Number.isFinite(yOf(values[index + 1] ?? Number.NaN))) context.moveTo(x, y);
      else lone.push(x, y);
    }
    isDrawing = isPoint;
  }
  context.lineWidth = lineWidth;
  context.lineCap = 'butt';
  context.stroke();
  if (lone.length > 0) drawDots(context, lone, lineWidth * LONE_POINT_WIDTHS);
  return pointCount;
}

/** Lines without length, with round ends. */
function drawDots(context: LinesContext, positions: readonly number[], width: number): void {
  context.beginPath();
  for (let index = 0; index < positions.length; index += 2) {
    const [x = 0, y = 0] = [positions[index], positions[index + 1]];
    context.moveTo(x, y);
    context.lineTo(x, y);
  }
  context.lineWidth = width;
  context.lineCap = 'round';
  context.stroke();
}

/** Smallest and largest value in between, of those from `floor` on; undefined when there is none. */
export function valueBounds(
  rows: readonly SeriesRow[],
  fromMs: number,
  toMs: number,
  floor = Number.NEGATIVE_INFINITY,
): readonly [min: number, max: number] | undefined {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const [from, to] = visibleSteps(row.columns.times, fromMs, toMs);
    const values = valuesOf(row);
    for (let index = from; index < to; index++) {
      const value = values[index] ?? Number.NaN;
      if (!Number.isFinite(value) || value < floor) continue;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return min <= max ? [min, max] : undefined;
}

/** The steps in between, and one more on either side, to which lines lead out of sight. */
export function visibleSteps(
  times: Float64Array,
  fromMs: number,
  toMs: number,
): [from: number, to: number] {
  const from = firstAtOrAfter(times, fromMs);
  const to = firstAtOrAfter(times, toMs);
  return [Math.max(0, from - 1), Math.min(times.length, to + 1)];
}
