import type { PanelSpec } from '../../model/panel-spec.ts';
import { type SeriesRow, valuesOf } from '../series/series-columns.ts';
import { fillBelow } from './area.ts';
import { drawLineTexture, TEXTURE_SERIES_MIN } from './line-texture.ts';
import { drawLines, valueBounds, visibleSteps } from './lines.ts';
import type { Heights, Span } from './nearest.ts';
import type { PictureFrame } from './picture-frame.ts';
import { drawStack, stackBounds, stackSpans } from './stack.ts';
import { drawThresholdLines, drawThresholdWashes } from './threshold-lines.ts';
import { type Bounds, type ValueAxis, valueAxis } from './value-axis.ts';

/** What is drawn between the axes. */
export interface Picture extends Heights {
  readonly axis: ValueAxis;
  readonly rows: readonly SeriesRow[];
  /** Of what is to be seen in between; undefined: nothing. */
  bounds(fromMs: number, toMs: number): Bounds | undefined;
  /** @returns points drawn */
  draw(context: CanvasRenderingContext2D, frame: PictureFrame): number;
  /** Values in between that have no place on the scale. */
  leftOutCount(fromMs: number, toMs: number): number;
}

type ColourOf = (row: SeriesRow) => string;

/** Lines on whichever scale, with thresholds. */
export function linesPicture(
  rows: readonly SeriesRow[],
  spec: PanelSpec,
  colourOf: ColourOf,
): Picture {
  const axis = valueAxis(spec);
  const isLog = spec.scale === 'log';
  const floor = isLog ? Number.MIN_VALUE : Number.NEGATIVE_INFINITY;
  return {
    axis,
    rows,
    bounds: (fromMs, toMs) => valueBounds(rows, fromMs, toMs, floor),
    draw(context, frame) {
      const lines = { ...frame, rows, colourOf };
      const { top, height } = frame.area;
      drawThresholdWashes(context, frame, spec.thresholds);
      if (rows.length === 1) fillBelow(context, lines, top, top + height);
      const isTexture = rows.length >= TEXTURE_SERIES_MIN;
      const pointCount = isTexture ? drawLineTexture(context, lines) : drawLines(context, lines);
      drawThresholdLines(context, frame, spec);
      return pointCount;
    },
    leftOutCount: (fromMs, toMs) => (isLog ? countBelow(rows, fromMs, toMs, floor) : 0),
    spansAt: () => (_row, value) => pointSpan(axis.scaleOf(value)),
  };
}

/** Areas on top of each other, with thresholds: their scale is always linear, or heights would not add up. */
export function stackPicture(
  rows: readonly SeriesRow[],
  spec: PanelSpec,
  colourOf: ColourOf,
): Picture {
  return {
    axis: valueAxis({ ...spec, scale: 'linear' }),
    rows,
    bounds: (fromMs, toMs) => stackBounds(rows, fromMs, toMs),
    draw(context, frame) {
      drawThresholdWashes(context, frame, spec.thresholds);
      const pointCount = drawStack(context, { ...frame, rows, colourOf });
      drawThresholdLines(context, frame, spec);
      return pointCount;
    },
    leftOutCount: () => 0,
    spansAt(all, timeMs) {
      const spans = stackSpans(all, timeMs);
      return (row) => spans.get(row);
    },
  };
}

function pointSpan(place: number): Span | undefined {
  return Number.isFinite(place) ? [place, place] : undefined;
}

function countBelow(
  rows: readonly SeriesRow[],
  fromMs: number,
  toMs: number,
  floor: number,
): number {
  let count = 0;
  for (const row of rows) {
    const [from, to] = visibleSteps(row.columns.times, fromMs, toMs);
    for (const value of valuesOf(row).subarray(from, to)) if (value < floor) count++;
  }
  return count;
}
