import type { BenchmarkResult, Summary } from '../results.ts';
import { type CurvePlot, drawCurvePlot } from './curve-plot.ts';
import { drawDotPlot } from './dot-plot.ts';
import { type Verdict, verdictOf } from './verdicts.ts';

/** How a benchmark's figures grow with one of them, which every contender has. */
export interface Curve {
  title: string;
  /** The figure that says where a contender lies, such as `series`. */
  x: string;
  /** Contenders whose names begin alike, up to the first colon, make a curve. */
  y: string;
}

/** Longer plots are scrolled past. */
const ROWS_MAX = 60;
/** Beside medians they say little in a plot that is full. */
const TAILS = /P9\d+Ms$/;

/** A picture of a result, and the end of its file's name. */
export interface Plot {
  name: string;
  title: string;
  svg: string;
}

/** What a result's plots show: who is better by how much, how costs grow, or just the first figure. */
export function plotsOf(name: string, result: BenchmarkResult, curves: readonly Curve[]): Plot[] {
  const verdicts = result.ratios.map(verdictOf);
  const plots: Plot[] = curves.map((curve) => ({
    name: `${name}-${curve.y}`,
    title: curve.title,
    svg: drawCurvePlot(curveOf(result, curve)),
  }));
  if (verdicts.length > 0) plots.unshift(verdictPlot(name, verdicts));
  return plots.length > 0 ? plots : [figurePlot(name, result)];
}

function verdictPlot(name: string, all: readonly Verdict[]): Plot {
  const medians = all.filter(({ figure }) => !TAILS.test(figure));
  const verdicts = all.length > ROWS_MAX ? medians : all;
  // Those named first come first: they have the same tone in every plot of theirs.
  const names = [
    ...new Set([...verdicts.map(({ first }) => first), ...verdicts.map(({ second }) => second)]),
  ];
  const toneOf = (winner: string | undefined) =>
    winner === undefined ? undefined : names.indexOf(winner);
  const winners = new Set(verdicts.map(({ winner }) => winner));
  const legend = [...winners].map((winner) => ({
    name: winner === undefined ? 'rounds disagree, or no contest' : `${winner} is better`,
    tone: toneOf(winner),
  }));
  const isOneFigure = new Set(verdicts.map(({ figure }) => figure)).size === 1;
  const figures = isOneFigure ? ` (${verdicts[0]?.figure})` : '';
  const title = `${name}: who is better`;
  return {
    name,
    title,
    svg: drawDotPlot({
      title,
      axis: `times better, of the first named${figures}; the line: from the lowest round to the highest`,
      reference: 1,
      legend,
      rows: verdicts.map(({ row, figure, first, second, advantage, winner }) => ({
        label: [row, `${first} / ${second}`, isOneFigure ? '' : figure].filter(Boolean).join(', '),
        ...advantage,
        tone: toneOf(winner),
      })),
    }),
  };
}

function figurePlot(name: string, { contenders }: BenchmarkResult): Plot {
  const figure = commonFigure(contenders);
  const title = `${name}: ${figure}`;
  return {
    name,
    title,
    svg: drawDotPlot({
      title,
      axis: `${figure}, median; the line: from the lowest round to the highest`,
      rows: contenders.flatMap((contender) => {
        const summary = contender.figures[figure];
        return summary === undefined
          ? []
          : [{ label: contender.name, ...spread(summary), tone: 0 }];
      }),
    }),
  };
}

/** The figure that most contenders have; of equals the one that comes first. */
function commonFigure(contenders: BenchmarkResult['contenders']): string {
  const counts = new Map<string, number>();
  for (const { figures } of contenders)
    for (const figure of Object.keys(figures)) counts.set(figure, (counts.get(figure) ?? 0) + 1);
  const [[first] = ['']] = [...counts].sort(([, a], [, b]) => b - a);
  return first;
}

function curveOf({ contenders }: BenchmarkResult, { title, x, y }: Curve): CurvePlot {
  const curves = new Map<string, CurvePlot['curves'][number]['points'][number][]>();
  for (const { name, figures } of contenders) {
    const [at, summary] = [figures[x], figures[y]];
    if (at === undefined || summary === undefined) continue;
    const curve = name.split(':', 1)[0] as string;
    curves.set(curve, [...(curves.get(curve) ?? []), { x: at.median, ...spread(summary) }]);
  }
  return {
    title,
    xAxis: x,
    yAxis: y,
    curves: [...curves].map(([curve, points]) => ({ name: curve, points })),
  };
}

function spread({ median, min, max }: Summary) {
  return { median, min, max };
}
