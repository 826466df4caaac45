import { valuesOf } from '../series/series-columns.ts';
import type { LinesFrame } from './lines.ts';

/** Of the line's own colour, as the last two digits of `#rrggbbaa`. */
const OPACITY_AT_LINE = '33';
const OPACITY_AT_FOOT = '00';

/** Tints what is below the one line of a frame, fading out towards the foot. Not below points that have no neighbour. */
export function fillBelow(
  context: CanvasRenderingContext2D,
  { rows, xOf, yOf, colourOf }: LinesFrame,
  top: number,
  foot: number,
): void {
  const [row] = rows;
  if (!row) return;
  const gradient = context.createLinearGradient(0, top, 0, foot);
  gradient.addColorStop(0, colourOf(row) + OPACITY_AT_LINE);
  gradient.addColorStop(1, colourOf(row) + OPACITY_AT_FOOT);
  context.fillStyle = gradient;
  const { times } = row.columns;
  const values = valuesOf(row);
  context.beginPath();
  let lastX: number | undefined;
  for (let index = 0; index <= values.length; index++) {
    const y = yOf(values[index] ?? Number.NaN);
    if (Number.isFinite(y)) {
      const x = xOf(times[index] ?? 0);
      if (lastX === undefined) context.moveTo(x, foot);
      context.lineTo(x, y);
      lastX = x;
    } else if (lastX !== undefined) {
      context.lineTo(lastX, foot);
      lastX = undefined;
    }
  }
  context.fill();
}
