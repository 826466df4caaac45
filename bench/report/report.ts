import type { BenchmarkResult, Results, Summary } from '../results.ts';
import { formatNumber } from '../table.ts';
import { type Curve, type Plot, plotsOf } from './plots.ts';
import { scoresOf, type Verdict, verdictOf } from './verdicts.ts';

/** What the report needs to know of a benchmark besides its result. */
export interface ReportedBenchmark {
  name: string;
  curves?: readonly Curve[];
}

/** A page of Markdown, and the pictures that it shows, by the names of their files. */
export interface Report {
  markdown: string;
  pictures: ReadonlyMap<string, string>;
}

/** Where pictures lie, as seen from the page. */
export const PICTURES_FOLDER = 'images/benchmarks';

/** Beginning of the parameters' names that say what a contender's 204 means. */
const PROMISE = '204 of ';

const HEAD = `# Benchmarks

Written by \`bun bench/main.ts report\` from [bench/results.json](../bench/results.json); don't edit it.
[bench/README.md](../bench/README.md) says what is measured, what each figure means and how to repeat it.

A ratio is taken within a round, where contenders take turns; shown is the median of the rounds, in brackets the lowest
and the highest. A row has a winner when every round agrees about it. More than 1 time better is good for the
one that is named first, whatever the figure. No contest: the same thing under two conditions.`;

/**
 * Writes the report of all results, in the order of `benchmarks`.
 * @throws RangeError when a figure's name doesn't say whether more of it is better
 */
export function writeReport(results: Results, benchmarks: readonly ReportedBenchmark[]): Report {
  const pictures = new Map<string, string>();
  const reported = benchmarks.flatMap(({ name, curves = [] }) => {
    const result = results.benchmarks[name];
    return result === undefined ? [] : [{ name, result, curves }];
  });
  const sections = reported.map(({ name, result, curves }) => {
    const plots = plotsOf(name, result, curves);
    for (const plot of plots) pictures.set(pictureName(plot), plot.svg);
    return describeBenchmark(name, result, plots);
  });
  const parts = [HEAD, ...promises(reported), ...overview(reported), ...sections];
  return { markdown: `${parts.join('\n\n')}\n`, pictures };
}

/** What quick runs gave, short and without pictures: shows that everything ran. */
export function writeQuickTable(results: readonly { name: string; result: BenchmarkResult }[]) {
  const verdicts = results.flatMap(({ name, result }) =>
    result.ratios.map((ratio) => ({ name, verdict: verdictOf(ratio) })),
  );
  const rows = verdicts.map(({ name, verdict }) => [name, ...verdictCells(verdict)]);
  return [
    'Quick runs: they show that every benchmark runs, and prove nothing about speed.',
    table(['benchmark', ...VERDICT_HEAD], rows),
    `${results.map(({ name }) => name).join(', ')}: ${results.length} ran to their end.\n`,
  ].join('\n\n');
}

interface Reported {
  name: string;
  result: BenchmarkResult;
}

function promises(reported: readonly Reported[]): string[] {
  const found = new Map<string, string>();
  for (const { result } of reported)
    for (const [key, value] of Object.entries(result.parameters))
      if (key.startsWith(PROMISE)) found.set(key.slice(PROMISE.length), String(value));
  if (found.size === 0) return [];
  return [
    '## What a 204 means',
    'Lines that are answered 204 are not equally safe; whoever promises less has less to do.',
    table(['', 'the lines are'], [...found]),
  ];
}

function overview(reported: readonly Reported[]): string[] {
  const rows = reported.flatMap(({ name, result }) =>
    scoresOf(result.ratios.map(verdictOf)).map((score) => [
      `[${name}](#${name})`,
      `${score.first} / ${score.second}`,
      score.figure,
      String(score.firstWins),
      String(score.secondWins),
      String(score.undecided),
    ]),
  );
  if (rows.length === 0) return [];
  const head = ['', 'first / second', 'figure', 'first wins', 'second wins', 'rounds disagree'];
  return ['## Who wins how many rows', table(head, rows)];
}

const VERDICT_HEAD = ['row', 'first / second', 'figure', 'times better', 'who wins'];

function verdictCells(verdict: Verdict): string[] {
  const { row, first, second, figure, advantage, winner, isContest, rounds } = verdict;
  const { median, min, max } = advantage;
  const nobody = isContest ? 'rounds disagree' : 'no contest';
  const caveat = rounds === 1 ? ', in one round' : '';
  const wins = winner === undefined ? nobody : `**${winner}**${caveat}`;
  return [row, `${first} / ${second}`, figure, spread(median, min, max), wins];
}

function describeBenchmark(name: string, result: BenchmarkResult, plots: readonly Plot[]): string {
  const verdicts = result.ratios.map(verdictOf);
  const pictures = plots.map((plot) => `![${plot.title}](${PICTURES_FOLDER}/${pictureName(plot)})`);
  const parts = [`## ${name}`, result.question, measuredOn(result), pictures.join('\n')];
  if (verdicts.length > 0) parts.push(table(VERDICT_HEAD, verdicts.map(verdictCells)));
  parts.push(details(figureTable(result)));
  return parts.filter(Boolean).join('\n\n');
}

function measuredOn({ measuredAt, machine, versions, rounds, parameters, quick }: BenchmarkResult) {
  const { cpu, cores, memoryGiB, kernel } = machine;
  const list = (values: Record<string, string | number | boolean>) =>
    Object.entries(values)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ');
  return [
    `${measuredAt.slice(0, 10)}, ${counted(rounds, 'round')}, ${cores} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}; ${list(versions)}.`,
    `Load: ${list(parameters)}.`,
    ...(quick ? ['**A quick run: it shows that it runs, and proves nothing.**'] : []),
  ].join('\n');
}

/** Of what is compared; of a benchmark that compares nothing, all. */
function figureTable({ contenders, ratios }: BenchmarkResult): string {
  const compared = new Set(ratios.map(({ figure }) => figure));
  const rows = contenders.flatMap(({ name, figures }) =>
    Object.entries(figures)
      .filter(([figure]) => compared.size === 0 || compared.has(figure))
      .map(([figure, summary]) => [name, figure, cell(summary)]),
  );
  return table(['', 'figure', 'median (lowest–highest)'], rows);
}

function details(content: string): string {
  return `<details><summary>Figures</summary>\n\n${content}\n\n</details>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

function escapeCell(value: string): string {
  return value.replaceAll('|', '\\|');
}

function cell({ median, min, max }: Summary): string {
  return spread(median, min, max);
}

function spread(median: number, min: number, max: number): string {
  const [middle, low, high] = [median, min, max].map(formatNumber);
  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function pictureName({ name }: Plot): string {
  return `${name.replaceAll(/[^\w-]+/g, '-')}.svg`;
}
