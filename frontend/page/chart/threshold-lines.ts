import type { PanelSpec, Threshold, ThresholdLevel } from '../../model/panel-spec.ts';
import { LEVEL_MARKS, LEVEL_TOKENS } from '../units/levels.ts';
import { formatQuantity } from '../units/quantity.ts';
import type { PictureFrame } from './picture-frame.ts';

const WASH_OPACITY = 0.09;
const FONT_PX = 11;
const TEXT_GAP_PX = 4;
/** Lengths of dashes and gaps: a level can be told without its colour. */
const DASHES_PX: Readonly<Record<ThresholdLevel, readonly number[]>> = {
  good: [1, 4],
  warning: [6, 4],
  danger: [],
};

/** Tints what is from each threshold to the next one: below the data. */
export function drawThresholdWashes(
  context: CanvasRenderingContext2D,
  { area, yOf, token }: PictureFrame,
  thresholds: readonly Threshold[],
): void {
  const bottom = area.top + area.height;
  // What has no place on a logarithmic scale is below it.
  const levelAt = (value: number) => {
    const y = yOf(value);
    return Number.isFinite(y) ? Math.min(bottom, Math.max(area.top, y)) : bottom;
  };
  context.save();
  context.globalAlpha = WASH_OPACITY;
  thresholds.forEach(({ value, level }, index) => {
    const next = thresholds[index + 1];
    const top = next ? levelAt(next.value) : area.top;
    context.fillStyle = token(LEVEL_TOKENS[level]);
    context.fillRect(area.left, top, area.width, levelAt(value) - top);
  });
  context.restore();
}

/** A line at each threshold, with its value and the mark of its level: above the data. */
export function drawThresholdLines(
  context: CanvasRenderingContext2D,
  { area, yOf, token, pixelRatio, fontFamily }: PictureFrame,
  { thresholds, unit }: Pick<PanelSpec, 'thresholds' | 'unit'>,
): void {
  context.save();
  context.lineWidth = pixelRatio;
  context.font = `${FONT_PX * pixelRatio}px ${fontFamily}`;
  context.textAlign = 'right';
  for (const { value, level } of thresholds) {
    const y = Math.round(yOf(value)) + 0.5;
    if (!(y >= area.top && y <= area.top + area.height)) continue;
    context.strokeStyle = context.fillStyle = token(LEVEL_TOKENS[level]);
    context.setLineDash(DASHES_PX[level].map((length) => length * pixelRatio));
    context.beginPath();
    context.moveTo(area.left, y);
    context.lineTo(area.left + area.width, y);
    context.stroke();
    const hasRoomAbove = y - area.top > 2 * FONT_PX * pixelRatio;
    context.textBaseline = hasRoomAbove ? 'bottom' : 'top';
    const gap = TEXT_GAP_PX * pixelRatio;
    const text = `${LEVEL_MARKS[level]} ${formatQuantity(value, unit)}`;
    context.fillText(text, area.left + area.width - gap, y + (hasRoomAbove ? -gap / 2 : gap / 2));
  }
  context.restore();
}
