import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

/**
 * The form of `bench/results.json`, checked when read and when written: one entry a benchmark, that
 * of its last run. Names of figures end in their unit (`linesPerSecond`), so a number never stands
 * without one.
 */

const Summary = Type.Object({
  median: Type.Number(),
  min: Type.Number(),
  max: Type.Number(),
  /** One a round, in their order, so that drift and outliers stay visible. */
  samples: Type.Array(Type.Number(), { minItems: 1 }),
});
export type Summary = Static<typeof Summary>;

const RatioResult = Type.Object({
  name: Type.String({ minLength: 1 }),
  figure: Type.String({ minLength: 1 }),
  of: Type.String({ minLength: 1 }),
  to: Type.String({ minLength: 1 }),
  /** One thing under two conditions, such as idle and under load: there is nobody to win. */
  isOfConditions: Type.Optional(Type.Boolean()),
  /** The ratio is taken round by round, between neighbours in time, and only then summed up. */
  ratio: Summary,
});

export type RatioResult = Static<typeof RatioResult>;

const ContenderResult = Type.Object({
  name: Type.String({ minLength: 1 }),
  figures: Type.Record(Type.String({ minLength: 1 }), Summary),
});

const Machine = Type.Object({
  cpu: Type.String(),
  cores: Type.Integer({ minimum: 1 }),
  memoryGiB: Type.Number({ exclusiveMinimum: 0 }),
  kernel: Type.String(),
});
export type Machine = Static<typeof Machine>;

const BenchmarkResult = Type.Object({
  question: Type.String(),
  measuredAt: Type.String(),
  /** Made with `--quick`: shows that the benchmark runs, proves nothing. */
  quick: Type.Boolean(),
  rounds: Type.Integer({ minimum: 1 }),
  ratios: Type.Array(RatioResult),
  contenders: Type.Array(ContenderResult, { minItems: 1 }),
  parameters: Type.Record(
    Type.String(),
    Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
  ),
  machine: Machine,
  /**
   * Version of every program that took part; `commit` is that of this repository, with `+changes`
   * when it had any.
   */
  versions: Type.Record(Type.String(), Type.String()),
});
export type BenchmarkResult = Static<typeof BenchmarkResult>;

const Results = Type.Object({
  format: Type.Literal(1),
  benchmarks: Type.Record(Type.String({ minLength: 1 }), BenchmarkResult),
});
export type Results = Static<typeof Results>;

/** A results file that isn't in the form above. */
export class ResultsError extends Error {
  override name = 'ResultsError';
}

/** Sums up the samples of one figure. */
export function summarize(samples: number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median =
    ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
  return { median, min: sorted[0] as number, max: sorted.at(-1) as number, samples };
}

/**
 * Reads a results file; one that doesn't exist yet holds no benchmarks.
 * @throws {ResultsError} naming the first place that doesn't fit.
 */
export async function readResults(path: string): Promise<Results> {
  const file = Bun.file(path);
  if (!(await file.exists())) return { format: 1, benchmarks: {} };
  return checked(path, await file.json());
}

/**
 * Puts the result of one benchmark into the file, in the place of its earlier one, and leaves the
 * others as they are.
 */
export async function mergeResult(
  path: string,
  name: string,
  result: BenchmarkResult,
): Promise<void> {
  const results = await readResults(path);
  results.benchmarks[name] = result;
  await Bun.write(path, `${JSON.stringify(checked(path, results), undefined, 2)}\n`);
}

function checked(path: string, value: unknown): Results {
  const problem = Value.Errors(Results, value).First();
  if (problem !== undefined)
    throw new ResultsError(
      `${path} is not a results file of format 1: ${problem.path || '/'}: ${problem.message}, ` +
        `got ${JSON.stringify(problem.value)}. ` +
        'Repair it, or move it away and measure again.',
    );
  return value as Results;
}
