import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, runBenchmark } from './harness.ts';
import { BENCHMARKS } from './registry.ts';
import { mergeResult } from './results.ts';
import { formatResult } from './table.ts';

const USAGE = `bun run bench [names…] [--quick] [--out file]

  names    ${BENCHMARKS.map(({ name }) => name).join(', ')}; all when none is named
  --quick  small and short: shows that everything runs; the figures prove nothing
  --out    results file; bench/results.json, or nowhere with --quick, when not given`;

/**
 * Runs the named benchmarks one after another, writes each result as soon as it is there, and
 * prints them all at the end.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: Bun.argv.slice(2),
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return console.log(USAGE);
  const out = values.out ?? (values.quick ? undefined : join(import.meta.dir, 'results.json'));
  const tables: string[] = [];
  for (const benchmark of select(positionals)) {
    const result = await runBenchmark(benchmark, {
      quick: values.quick,
      progress: (text) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`),
    });
    if (out !== undefined) await mergeResult(out, benchmark.name, result);
    tables.push((benchmark.format ?? formatResult)(benchmark.name, result));
  }
  console.log(`\n${tables.join('\n\n')}`);
}

function select(names: string[]): readonly Benchmark[] {
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

await main();
