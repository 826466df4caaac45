import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '@overseer/local/project';
import { BENCHMARKS } from '../registry.ts';
import {
  type BenchmarkResult,
  type RatioResult,
  type Results,
  readResults,
  summarize,
} from '../results.ts';
import { readReport, saveReport } from './files.ts';
import { LogScale } from './log-scale.ts';
import { plotsOf } from './plots.ts';
import { writeQuickTable, writeReport } from './report.ts';
import { scoresOf, verdictOf } from './verdicts.ts';

const ratio = (of: string, to: string, figure: string, ...samples: number[]): RatioResult => ({
  name: `${of} / ${to}`,
  figure,
  of,
  to,
  ratio: summarize(samples),
});

const result = (ratios: RatioResult[]): BenchmarkResult => ({
  question: 'How fast is <nothing>?',
  measuredAt: '2030-01-02T03:04:05.000Z',
  quick: false,
  rounds: 3,
  ratios,
  contenders: [
    { name: 'ours: 1', figures: { linesPerSecond: summarize([10]), series: summarize([1]) } },
    { name: 'ours: 2', figures: { linesPerSecond: summarize([40]), series: summarize([100]) } },
  ],
  parameters: { '204 of ours': 'safe', '204 of theirs': 'in memory | soon safe' },
  machine: { cpu: 'a processor', cores: 2, memoryGiB: 4, kernel: '6' },
  versions: { commit: 'abc' },
});

const RATIOS = [
  ratio('x: ours', 'x: theirs', 'linesPerSecond', 2, 3, 4),
  ratio('y: ours', 'y: theirs', 'linesPerSecond', 0.9, 1.2, 1.3),
  ratio('z: ours', 'z: theirs', 'answerMedianMs', 5, 4, 8),
  { ...ratio('w, busy', 'w, idle', 'answerMedianMs', 2, 2, 2), isOfConditions: true },
];

describe('verdict', () => {
  test('a ratio above 1 in every round - is won by the first where more is better, else by the second', () => {
    expect(RATIOS.map((one) => verdictOf(one).winner)).toEqual([
      'ours',
      undefined,
      'theirs',
      undefined,
    ]);
    expect(verdictOf(RATIOS[2] as RatioResult).advantage).toEqual({
      median: 1 / 5,
      min: 1 / 8,
      max: 1 / 4,
    });
  });

  test('names - are split into what is compared and what both have in common', () => {
    const names = (of: string, to: string) => {
      const { row, first, second } = verdictOf(ratio(of, to, 'rowsPerSecond', 1));
      return [row, first, second];
    };
    expect(names('4 MB: a', '4 MB: b')).toEqual(['4 MB', 'a', 'b']);
    expect(names('wasm, integers', 'plain, integers')).toEqual(['integers', 'wasm', 'plain']);
    expect(names('q, hot: a', 'q, hot: b')).toEqual(['q, hot', 'a', 'b']);
    expect(names('a', 'b')).toEqual(['', 'a', 'b']);
  });

  test('a figure without a known unit - is an error that says where to add it', () => {
    expect(() => verdictOf(ratio('a', 'b', 'beauty', 1))).toThrow('bench/report/directions.ts');
  });

  test('scores - count contests alone', () => {
    expect(scoresOf(RATIOS.map(verdictOf))).toEqual([
      {
        first: 'ours',
        second: 'theirs',
        figure: 'linesPerSecond',
        firstWins: 1,
        secondWins: 0,
        undecided: 1,
      },
      {
        first: 'ours',
        second: 'theirs',
        figure: 'answerMedianMs',
        firstWins: 0,
        secondWins: 1,
        undecided: 0,
      },
    ]);
  });
});

describe('scale', () => {
  test('values - lie between its ends, each decade as long as the other', () => {
    const scale = new LogScale([1, 1000], 0, 300);
    expect([1, 10, 100, 1000].map((value) => Math.round(scale.place(value)))).toEqual([
      0, 100, 200, 300,
    ]);
    expect(scale.ticks).toContain(1000);
    expect(scale.place(0)).toBe(0);
  });

  test('one value alone - still has two ends', () => {
    const scale = new LogScale([5], 0, 100);
    expect(scale.ticks).toEqual([5, 10]);
  });

  test('nothing above 0 - is refused', () => {
    expect(() => new LogScale([0], 0, 100)).toThrow(RangeError);
  });
});

describe('plots', () => {
  test('ratios, curves and figures alone - are each well-formed and escape what they show', () => {
    const curves = [{ title: 'growth <of> it', x: 'series', y: 'linesPerSecond' }];
    const plots = [...plotsOf('a', result(RATIOS), curves), ...plotsOf('b', result([]), [])];
    expect(plots.map(({ name }) => name)).toEqual(['a', 'a-linesPerSecond', 'b']);
    for (const { svg } of plots) {
      const opened = svg.match(/<(?!\/|\?)\w+/g)?.length;
      const closed = svg.match(/<\/\w+>|\/>/g)?.length;
      expect(closed).toBe(opened as number);
      expect(svg).not.toContain('NaN');
    }
    expect(plots[1]?.svg).toContain('growth &lt;of&gt; it');
  });
});

describe('report', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'overseer-report-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const results: Results = { format: 1, benchmarks: { sample: result(RATIOS) } };

  test('a row - says who wins, by how much, with its spread, or that nobody does', () => {
    const { markdown } = writeReport(results, [{ name: 'sample' }, { name: 'never run' }]);
    expect(markdown).toContain(
      '| x | ours / theirs | linesPerSecond | 3 (2–4) | **ours** |\n' +
        '| y | ours / theirs | linesPerSecond | 1.2 (0.9–1.3) | rounds disagree |\n' +
        '| z | ours / theirs | answerMedianMs | 0.2 (0.125–0.25) | **theirs** |\n' +
        '| w | busy / idle | answerMedianMs | 0.5 | no contest |',
    );
    expect(markdown).toContain('| theirs | in memory \\| soon safe |');
    expect(markdown).toContain('2030-01-02, 3 rounds, 2 × a processor');
    expect(markdown).not.toContain('never run');
  });

  test('the quick table - says that it proves nothing', () => {
    const table = writeQuickTable([{ name: 'sample', result: result(RATIOS) }]);
    expect(table).toContain('prove nothing');
    expect(table).toContain('| sample | x | ours / theirs | linesPerSecond | 3 (2–4) | **ours** |');
  });

  test('files - are read as they were saved, without pictures that are no longer shown', async () => {
    const report = writeReport(results, [{ name: 'sample' }]);
    await saveReport(folder, { ...report, pictures: new Map([['old.svg', '<svg/>']]) });
    await saveReport(folder, report);
    expect(await readReport(folder)).toEqual(report);
  });

  test('docs/benchmarks.md - is what bench/results.json gives; "bun bench/main.ts report" writes it', async () => {
    const measured = await readResults(join(projectFolder, 'bench', 'results.json'));
    const written = await readReport(join(projectFolder, 'docs'));
    const made = writeReport(measured, BENCHMARKS);
    expect(written.markdown).toBe(made.markdown);
    expect(Object.fromEntries(written.pictures)).toEqual(Object.fromEntries(made.pictures));
  });
});
