import { formatNumber } from '../table.ts';
import { LogScale } from './log-scale.ts';
import { card, colorOf, FAINT_INK, line, mark, round, text } from './svg.ts';

/** What was measured at one place of the horizontal axis. */
export interface CurvePoint {
  x: number;
  median: number;
  min: number;
  max: number;
}

export interface CurvePlot {
  title: string;
  xAxis: string;
  yAxis: string;
  curves: readonly { name: string; points: readonly CurvePoint[] }[];
}

const WIDTH = 860;
const HEIGHT = 330;
const [LEFT, RIGHT, TOP, BOTTOM] = [80, 680, 48, 274];

/** Draws how a cost grows: both axes logarithmic, so that what grows in proportion is a straight line. */
export function drawCurvePlot({ title, xAxis, yAxis, curves }: CurvePlot): string {
  const points = curves.flatMap((curve) => curve.points);
  const xScale = new LogScale(
    points.map(({ x }) => x),
    LEFT,
    RIGHT,
  );
  const yScale = new LogScale(
    points.flatMap(({ min, max }) => [min, max]),
    BOTTOM,
    TOP,
  );
  const columns = xScale.ticks.flatMap((tick) => {
    const x = xScale.place(tick);
    return [
      line(x, TOP, x, BOTTOM),
      text(x, BOTTOM + 18, formatNumber(tick), { anchor: 'middle', size: 11, color: FAINT_INK }),
    ];
  });
  const rows = yScale.ticks.flatMap((tick) => {
    const y = yScale.place(tick);
    return [
      line(LEFT, y, RIGHT, y),
      text(LEFT - 8, y + 4, formatNumber(tick), { anchor: 'end', size: 11, color: FAINT_INK }),
    ];
  });
  const drawn = curves.flatMap(({ name, points: ofCurve }, tone) => {
    const places = ofCurve.map(({ x, median, min, max }) => ({
      x: xScale.place(x),
      y: yScale.place(median),
      low: yScale.place(min),
      high: yScale.place(max),
    }));
    const path = places.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ');
    const y = TOP + 12 + tone * 22;
    return [
      `<polyline points="${path}" fill="none" stroke="${colorOf(tone)}" stroke-width="2"/>`,
      ...places.map(({ x, low, high }) => line(x, low, x, high, colorOf(tone), 2)),
      ...places.map((place) => mark(place.x, place.y, tone)),
      mark(RIGHT + 20, y - 4, tone),
      text(RIGHT + 32, y, name, { size: 11 }),
    ];
  });
  return card(WIDTH, HEIGHT, `${title}. ${yAxis} against ${xAxis}`, [
    text(20, 26, `${title}: ${yAxis}`, { size: 14, bold: true }),
    ...columns,
    ...rows,
    ...drawn,
    text((LEFT + RIGHT) / 2, BOTTOM + 40, xAxis, { anchor: 'middle', size: 11, color: FAINT_INK }),
  ]);
}
