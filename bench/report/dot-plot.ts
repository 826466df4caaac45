import { formatNumber } from '../table.ts';
import { LogScale } from './log-scale.ts';
import { card, colorOf, FAINT_INK, line, mark, text } from './svg.ts';

/** A row of a plot: a median with its lowest and highest, in one of the series' tones. */
export interface DotRow {
  label: string;
  median: number;
  min: number;
  max: number;
  /** Number of the series; none when it belongs to nobody. */
  tone?: number | undefined;
}

export interface DotPlot {
  title: string;
  /** What the axis counts. */
  axis: string;
  rows: readonly DotRow[];
  /** A value to which all are compared, such as 1 of ratios. */
  reference?: number;
  /** What the tones mean, and having none. */
  legend?: readonly { name: string; tone: number | undefined }[];
}

const WIDTH = 960;
const MARGIN = 20;
const CHARACTER_PX = 6.7;
const LABEL_PX_MAX = 500;
const VALUE_PX = 70;
const HEAD_PX = 62;
const ROW_PX = 20;
const FOOT_PX = 44;

/** Draws rows on a common logarithmic axis: the mark is the median, the line from lowest to highest. */
export function drawDotPlot({ title, axis, rows, reference, legend = [] }: DotPlot): string {
  const labelPx = Math.min(
    LABEL_PX_MAX,
    Math.max(...rows.map(({ label }) => label.length)) * CHARACTER_PX,
  );
  const [left, right] = [MARGIN + labelPx + 14, WIDTH - MARGIN - VALUE_PX];
  const bottom = HEAD_PX + rows.length * ROW_PX;
  const values = rows.flatMap(({ min, max }) => [min, max]);
  const scale = new LogScale(
    reference === undefined ? values : [...values, reference],
    left,
    right,
  );
  const grid = scale.ticks.flatMap((tick) => {
    const x = scale.place(tick);
    const isReference = tick === reference;
    return [
      line(x, HEAD_PX, x, bottom, isReference ? FAINT_INK : undefined, isReference ? 1.5 : 1),
      text(x, bottom + 16, formatNumber(tick), { anchor: 'middle', size: 11, color: FAINT_INK }),
    ];
  });
  const dots = rows.flatMap(({ label, median, min, max, tone }, index) => {
    const y = HEAD_PX + (index + 0.5) * ROW_PX;
    return [
      text(left - 14, y + 4, label, { anchor: 'end' }),
      line(scale.place(min), y, scale.place(max), y, colorOf(tone), 2),
      mark(scale.place(median), y, tone),
      text(WIDTH - MARGIN, y + 4, formatNumber(median), { anchor: 'end', color: FAINT_INK }),
    ];
  });
  return card(WIDTH, bottom + FOOT_PX, `${title}. ${axis}`, [
    text(MARGIN, 26, title, { size: 14, bold: true }),
    ...drawLegend(legend),
    ...grid,
    ...dots,
    text(right, bottom + 34, axis, { anchor: 'end', size: 11, color: FAINT_INK }),
  ]);
}

function drawLegend(entries: NonNullable<DotPlot['legend']>): string[] {
  let x = MARGIN + 6;
  return entries.flatMap(({ name, tone }) => {
    const at = x;
    x += name.length * CHARACTER_PX + 32;
    return [mark(at, 43, tone), text(at + 10, 47, name, { size: 11 })];
  });
}
