import type { SeriesColumns } from '../series/series-columns.ts';
import { columnsOf, valuesOf } from '../series/series-columns.ts';
import { type LinesFrame, visiblePlaces } from './lines.ts';
import type { PictureFrame } from './picture-frame.ts';
import { drawPixelLine, pixelOf } from './pixel-lines.ts';

/** So many lines are a texture: none of them needs more than a pixel's width. */
export const TEXTURE_SERIES_MIN = 51;

/** Where lines are set pixel by pixel, before they are drawn as one image. */
interface Sheet {
  readonly canvas: OffscreenCanvas;
  readonly context: OffscreenCanvasRenderingContext2D;
  readonly image: ImageData;
  readonly pixels: Int32Array;
}

/** Of the last size: drawing ends before another chart draws, so that one is enough for all. */
let sheet: Sheet | undefined;

/**
 * Draws one line a series, as `drawLines` does, but thin, and much sooner when there are many.
 * @returns points drawn
 */
export function drawLineTexture(
  context: CanvasRenderingContext2D,
  frame: LinesFrame & Pick<PictureFrame, 'area'>,
): number {
  const left = Math.floor(frame.area.left);
  const top = Math.floor(frame.area.top);
  const width = Math.ceil(frame.area.left + frame.area.width) - left;
  const height = Math.ceil(frame.area.top + frame.area.height) - top;
  if (width <= 0 || height <= 0) return 0;
  const { canvas, context: sheetContext, image, pixels } = clearSheet(width, height);
  const area = { width, height, pixels };
  const visible = new Map<SeriesColumns, { from: number; to: number; columns: Int32Array }>();
  for (const columns of columnsOf(frame.rows)) {
    const { from, to, xs } = visiblePlaces(columns, frame);
    visible.set(columns, { from, to, columns: Int32Array.from(xs, (x) => Math.floor(x - left)) });
  }
  const yOf = (value: number) => frame.yOf(value) - top;
  let pointCount = 0;
  for (const row of frame.rows) {
    const places = visible.get(row.columns);
    if (!places) continue;
    const values = valuesOf(row).subarray(places.from, places.to);
    pointCount += drawPixelLine(area, places.columns, values, yOf, pixelOf(frame.colourOf(row)));
  }
  sheetContext.putImageData(image, 0, 0);
  context.drawImage(canvas, left, top);
  return pointCount;
}

function clearSheet(width: number, height: number): Sheet {
  if (sheet?.canvas.width === width && sheet.canvas.height === height) {
    sheet.pixels.fill(0);
    return sheet;
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the browser gives no canvas to draw many lines on');
  const image = context.createImageData(width, height);
  sheet = { canvas, context, image, pixels: new Int32Array(image.data.buffer) };
  return sheet;
}
