import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectFolder } from '@overseer/local/project';
import { runGate } from './gate/command.ts';
import { type Benchmark, runBenchmark } from './harness.ts';
import { BENCHMARKS } from './registry.ts';
import { saveReport } from './report/files.ts';
import { writeQuickTable, writeReport } from './report/report.ts';
import { type BenchmarkResult, mergeResult, readResults } from './results.ts';
import { formatResult } from './table.ts';

const RESULTS_PATH = join(import.meta.dir, 'results.json');
const REPORT_FOLDER = join(projectFolder, 'docs');
/** More would have more processes than two cores can start in time. */
const QUICK_AT_ONCE = 3;

/** The last result that is being written. */
let merging = Promise.resolve();

const USAGE = `bun run bench [names…] [--quick] [--out file] [--markdown file]
bun run bench report
bun run bench gate [--record] [--slow group=percent]

  names       ${BENCHMARKS.map(({ name }) => name).join(', ')}; all when none is named
  --quick     small and short: shows that everything runs; the figures prove nothing
  --out       results file; bench/results.json, or nowhere with --quick, when not given
  --markdown  where to write who wins each row of this run, as a table of Markdown

  report      writes docs/benchmarks.md and its pictures from bench/results.json, as every run into that file does

  gate        fails when a kernel has become slower than bench/baseline.json has it
  --record    measures this processor's baseline instead; on a quiet machine
  --slow      lets the kernels of a group do so much more work, to see the gate fail`;

const { values, positionals } = parseArgs({
  args: Bun.argv.slice(2),
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string' },
    markdown: { type: 'string' },
    record: { type: 'boolean', default: false },
    slow: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) console.log(USAGE);
else if (positionals[0] === 'report') await report();
else if (positionals[0] === 'gate') process.exitCode = (await gate()) ? 0 : 1;
else await measure(select(positionals));

/**
 * Runs benchmarks one after another, writes each result as soon as it is there, and prints them all
 * at the end. Quick ones run some at a time: nobody quotes their figures, and most of their time they wait.
 */
async function measure(benchmarks: readonly Benchmark[]): Promise<void> {
  const { quick, out = quick ? undefined : RESULTS_PATH, markdown } = values;
  const results = new Map<Benchmark, BenchmarkResult>();
  const waiting = benchmarks.values();
  const runNext = async () => {
    for (const benchmark of waiting)
      results.set(benchmark, await measureOne(benchmark, quick, out));
  };
  await Promise.all(Array.from({ length: quick ? QUICK_AT_ONCE : 1 }, runNext));
  const reported = benchmarks.map((benchmark) => {
    const { name, format = formatResult } = benchmark;
    const result = results.get(benchmark) as BenchmarkResult;
    return { name, result, table: format(name, result) };
  });
  if (out === RESULTS_PATH) await report();
  if (markdown !== undefined) await Bun.write(markdown, writeQuickTable(reported));
  console.log(`\n${reported.map(({ table }) => table).join('\n\n')}`);
}

async function measureOne(
  benchmark: Benchmark,
  quick: boolean,
  out: string | undefined,
): Promise<BenchmarkResult> {
  const result = await runBenchmark(benchmark, { quick, progress });
  // One after the other: each reads the file and writes it again.
  if (out !== undefined) merging = merging.then(() => mergeResult(out, benchmark.name, result));
  await merging;
  return result;
}

function gate(): Promise<boolean> {
  return runGate({ record: values.record, slow: values.slow, progress });
}

function progress(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

async function report(): Promise<void> {
  await saveReport(REPORT_FOLDER, writeReport(await readResults(RESULTS_PATH), BENCHMARKS));
}

function select(names: readonly string[]): readonly Benchmark[] {
  if (names.length === 0) return BENCHMARKS;
  return names.map((name) => {
    const found = BENCHMARKS.find((benchmark) => benchmark.name === name);
    if (found === undefined) {
      console.error(`There is no benchmark "${name}".\n\n${USAGE}`);
      process.exit(2);
    }
    return found;
  });
}
