import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, runBenchmark } from './harness.ts';
import { mergeResult, ResultsError, readResults, summarize } from './results.ts';
import { formatResult } from './table.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overseer-bench-'));
  path = join(folder, 'results.json');
});
afterEach(() => rm(folder, { recursive: true }));

/**
 * A benchmark whose figures are known: contender `fast` makes 20, 40, 60, … and `slow` 10, 10, 10,
 * …
 */
function sample(calls: string[] = []): Benchmark {
  let fastRuns = 0;
  const called = (name: string, rowsPerSecond: number) => {
    calls.push(name);
    return { rowsPerSecond };
  };
  return {
    name: 'sample',
    question: 'How fast is nothing?',
    prepare: async () => ({
      contenders: [
        { name: 'fast', run: async () => called('fast', 20 * ++fastRuns) },
        { name: 'slow', run: async () => called('slow', 10) },
      ],
      ratios: [{ name: 'fast / slow', figure: 'rowsPerSecond', of: 'fast', to: 'slow' }],
      parameters: { rows: 1 },
      versions: { postgres: '18' },
      rounds: 3,
      stop: async () => void calls.push('stop'),
    }),
  };
}

const context = { quick: true, progress: () => {} };

describe('harness', () => {
  test('rounds - contenders take turns, the first round does not count, and everything is stopped', async () => {
    const calls: string[] = [];
    const result = await runBenchmark(sample(calls), context);
    expect(calls).toEqual([...Array(4).fill(['fast', 'slow']).flat(), 'stop']);
    expect(result.contenders[0]?.figures.rowsPerSecond).toEqual({
      median: 60,
      min: 40,
      max: 80,
      samples: [40, 60, 80],
    });
  });

  test('ratios - are taken inside a round', async () => {
    const result = await runBenchmark(sample(), context);
    expect(result.ratios[0]?.ratio.samples).toEqual([4, 6, 8]);
  });

  test('ratios - of a figure that a contender lacks are an error, and everything is stopped', async () => {
    const calls: string[] = [];
    const benchmark = sample(calls);
    const prepare = benchmark.prepare;
    benchmark.prepare = async (given) => {
      const prepared = await prepare(given);
      return { ...prepared, ratios: [{ name: 'wrong', figure: 'rows', of: 'fast', to: 'slow' }] };
    };
    await expect(runBenchmark(benchmark, context)).rejects.toThrow('the ratio "wrong" needs rows');
    expect(calls.at(-1)).toBe('stop');
  });

  test('results - say on what machine, with what versions and from which commit', async () => {
    const { machine, versions } = await runBenchmark(sample(), context);
    expect(machine.cores).toBeGreaterThan(0);
    expect(versions.commit).toMatch(/^[0-9a-f]{12}(\+changes)?$/);
    expect(versions).toMatchObject({ bun: Bun.version, postgres: '18' });
  });

  test('table - starts with the ratios', async () => {
    const lines = formatResult('sample', await runBenchmark(sample(), context)).split('\n');
    const ratio = lines.findIndex((line) => line.includes('fast / slow'));
    expect(lines[ratio]).toMatch(/rowsPerSecond +6 +4 +8$/);
    expect(lines[ratio + 1]).toMatch(/fast +rowsPerSecond +60 +40 +80$/);
  });
});

describe('results', () => {
  test('summary - median of odd and even counts', () => {
    expect(summarize([5]).median).toBe(5);
    expect(summarize([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, samples: [9, 1, 5] });
    expect(summarize([4, 1, 2, 9]).median).toBe(3);
  });

  test('file - a result replaces its earlier one and leaves the others', async () => {
    const result = await runBenchmark(sample(), context);
    await mergeResult(path, 'one', result);
    await mergeResult(path, 'two', result);
    await mergeResult(path, 'one', { ...result, rounds: 7 });
    const { benchmarks } = await readResults(path);
    expect(Object.keys(benchmarks)).toEqual(['one', 'two']);
    expect(benchmarks.one?.rounds).toBe(7);
    expect(benchmarks.two).toEqual(result);
  });

  test("file - of another form is refused with the place that doesn't fit", async () => {
    await Bun.write(path, JSON.stringify({ format: 1, benchmarks: { parser: { quick: 'yes' } } }));
    await expect(readResults(path)).rejects.toThrow(ResultsError);
    await expect(readResults(path)).rejects.toThrow('/benchmarks/parser/');
  });

  test('file - a figure that is no number is not written', async () => {
    const result = await runBenchmark(sample(), context);
    const figures = { rowsPerSecond: summarize([Number.NaN]) };
    await expect(
      mergeResult(path, 'sample', { ...result, contenders: [{ name: 'fast', figures }] }),
    ).rejects.toThrow(ResultsError);
    expect(await Bun.file(path).exists()).toBe(false);
  });
});
