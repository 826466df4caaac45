import type { Tone } from '../../model/annotation.ts';
import type { PictureFrame } from '../chart/picture-frame.ts';
import { LEVEL_TOKENS } from '../units/levels.ts';
import type { TimeMark } from './time-mark.ts';

const WASH_OPACITY = 0.13;
/** Of what points at the beginning of a mark, from the upper edge. */
const FLAG_SIZE_PX = 5;
/** Lengths of dashes and gaps: a tone can be told without its colour. */
const DASHES_PX: Readonly<Record<Tone, readonly number[]>> = {
  plain: [3, 3],
  good: [1, 4],
  warning: [6, 4],
  danger: [],
};

/** The token with the colour of a tone. */
export const TONE_TOKENS: Readonly<Record<Tone, string>> = { plain: '--mark', ...LEVEL_TOKENS };

/** Tints the stretches of time: below the data. */
export function drawMarkWashes(
  context: CanvasRenderingContext2D,
  { area, fromMs, toMs, xOf, token }: PictureFrame,
  marks: readonly TimeMark[],
): void {
  context.save();
  context.globalAlpha = WASH_OPACITY;
  for (const mark of marks) {
    if (mark.toMs === mark.fromMs || mark.toMs < fromMs || mark.fromMs > toMs) continue;
    const left = Math.max(area.left, xOf(mark.fromMs));
    const right = Math.min(area.left + area.width, xOf(mark.toMs));
    context.fillStyle = token(TONE_TOKENS[mark.tone]);
    context.fillRect(left, area.top, right - left, area.height);
  }
  context.restore();
}

/** A line where each begins, and where it ends, with a flag at the beginning: above the data. */
export function drawMarkLines(
  context: CanvasRenderingContext2D,
  frame: PictureFrame,
  marks: readonly TimeMark[],
): void {
  const { fromMs, toMs, token, pixelRatio } = frame;
  context.save();
  context.lineWidth = pixelRatio;
  for (const mark of marks) {
    context.strokeStyle = context.fillStyle = token(TONE_TOKENS[mark.tone]);
    context.setLineDash(DASHES_PX[mark.tone].map((length) => length * pixelRatio));
    for (const timeMs of new Set([mark.fromMs, mark.toMs])) {
      if (timeMs < fromMs || timeMs > toMs) continue;
      drawLine(context, frame, timeMs);
      if (timeMs === mark.fromMs) drawFlag(context, frame, timeMs);
    }
  }
  context.restore();
}

function drawLine(
  context: CanvasRenderingContext2D,
  { area, xOf }: PictureFrame,
  timeMs: number,
): void {
  const x = Math.round(xOf(timeMs)) + 0.5;
  context.beginPath();
  context.moveTo(x, area.top);
  context.lineTo(x, area.top + area.height);
  context.stroke();
}

function drawFlag(
  context: CanvasRenderingContext2D,
  { area, xOf, pixelRatio }: PictureFrame,
  timeMs: number,
): void {
  const x = xOf(timeMs);
  const size = FLAG_SIZE_PX * pixelRatio;
  context.beginPath();
  context.moveTo(x - size, area.top);
  context.lineTo(x + size, area.top);
  context.lineTo(x, area.top + 1.5 * size);
  context.fill();
}
