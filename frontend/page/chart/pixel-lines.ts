/**
 * Lines of one pixel's width, set pixel by pixel. Of a thousand lines a browser without a GPU makes paths of a million pieces; here a
 * line costs, for each column of pixels, the rows between its lowest and its highest point there. By turns on one page, in Chromium
 * without a GPU: a thousand lines of 300 points take as long as paths, of 1,000 points half of it, of 4,000 a third.
 */

/** Pixels as a canvas has them: 0xAABBGGRR on every machine that browsers run on. Signed, which is what JavaScript computes with fastest. */
export interface PixelArea {
  readonly width: number;
  readonly height: number;
  readonly pixels: Int32Array;
}

/** Half of a line's width. */
const HALF_LINE_PX = 0.5;
/** A point without neighbours, in each direction. */
const DOT_REACH_PX = 1;
/** Of a pixel: so many parts that their products with two channels side by side stay integers of 31 bits. */
const PARTS = 128;
const PARTS_BITS = 7;
/** Less of a pixel than this is not seen. */
const PARTS_MIN = 4;
const COLOUR = 0x00ffffff;
const RED_AND_BLUE = 0xff00ff;
const GREEN = 0x00ff00;

/** A colour as pixels have it, opaque. @param colour `#rrggbb` */
export function pixelOf(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1, 7), 16);
  const [red, green, blue] = [rgb >> 16, (rgb >> 8) & 0xff, rgb & 0xff];
  return (255 << 24) | (blue << 16) | (green << 8) | red;
}

/**
 * Draws the line of a series: broken where a place is not finite, a dot where a point has no neighbour.
 * @param columns of the points, from the left edge of the area, never falling
 * @param yOf where a value is: rows from the top edge of the area
 * @returns points drawn
 */
export function drawPixelLine(
  area: PixelArea,
  columns: Int32Array,
  values: Float64Array,
  yOf: (value: number) => number,
  colour: number,
): number {
  let pointCount = 0;
  let isDrawing = false;
  /** The column that is being gathered, the line's extent in it so far, and where the last point was. */
  let [column, low, high, last] = [0, 0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const y = yOf(values[index] as number);
    if (!Number.isFinite(y)) {
      if (isDrawing) fillColumn(area, column, low, high, colour);
      isDrawing = false;
      continue;
    }
    pointCount++;
    const at = columns[index] as number;
    if (!isDrawing) {
      isDrawing = true;
      [column, low, high, last] = [at, y, y, y];
      if (!Number.isFinite(yOf(values[index + 1] ?? Number.NaN))) drawDot(area, at, y, colour);
      continue;
    }
    if (at === column) {
      if (y < low) low = y;
      if (y > high) high = y;
      last = y;
      continue;
    }
    fillColumn(area, column, low, high, colour);
    const slope = (y - last) / (at - column);
    for (column++; column < at; column++) {
      const next = last + slope;
      fillColumn(area, column, Math.min(last, next), Math.max(last, next), colour);
      last = next;
    }
    low = last < y ? last : y;
    high = last < y ? y : last;
    last = y;
  }
  if (isDrawing) fillColumn(area, column, low, high, colour);
  return pointCount;
}

function drawDot(area: PixelArea, column: number, y: number, colour: number): void {
  for (let at = column - DOT_REACH_PX; at <= column + DOT_REACH_PX; at++) {
    fillColumn(area, at, y - DOT_REACH_PX, y + DOT_REACH_PX, colour);
  }
}

/** A line's pixels in one column; those at both ends have as much of the colour as the line covers. */
function fillColumn(
  { width, height, pixels }: PixelArea,
  column: number,
  low: number,
  high: number,
  colour: number,
): void {
  if (column < 0 || column >= width) return;
  const from = Math.max(0, low - HALF_LINE_PX);
  const to = Math.min(height, high + HALF_LINE_PX);
  if (from >= to) return;
  // Neither is negative.
  const first = from | 0;
  const final = to | 0;
  if (first === final) {
    blend(pixels, first * width + column, colour, to - from);
    return;
  }
  blend(pixels, first * width + column, colour, first + 1 - from);
  const end = final * width + column;
  for (let place = (first + 1) * width + column; place < end; place += width) {
    pixels[place] = colour;
  }
  // Beyond the lower edge there is none of it.
  if (final < height) blend(pixels, end, colour, to - final);
}

/** Puts a colour over what is there. @param share of the pixel that it covers, 0 to 1 */
function blend(pixels: Int32Array, place: number, colour: number, share: number): void {
  const part = (share * PARTS) | 0;
  if (part < PARTS_MIN) return;
  const below = pixels[place] as number;
  if (part >= PARTS) {
    pixels[place] = colour;
    return;
  }
  const alpha = part << 1;
  if (below === 0) {
    pixels[place] = (colour & COLOUR) | (alpha << 24);
    return;
  }
  const rest = PARTS - part;
  const redAndBlue =
    (Math.imul(colour & RED_AND_BLUE, part) + Math.imul(below & RED_AND_BLUE, rest)) >> PARTS_BITS;
  const green = (Math.imul(colour & GREEN, part) + Math.imul(below & GREEN, rest)) >> PARTS_BITS;
  const alphaBelow = below >>> 24;
  const both = alphaBelow + Math.ceil(((255 - alphaBelow) * part) / PARTS);
  pixels[place] = (both << 24) | (redAndBlue & RED_AND_BLUE) | (green & GREEN);
}
