import { describeMachine, describeVersions } from './machine.ts';
import type { Curve } from './report/plots.ts';
import { type BenchmarkResult, summarize } from './results.ts';

/** Numbers of one run of one contender, by names that end in their unit. */
export type Figures = Record<string, number>;

/** One of the things that a benchmark compares. */
export interface Contender {
  name: string;
  /**
   * Does the work once and measures it. Called once a round; what it leaves behind it clears away
   * itself, unmeasured.
   */
  run(): Promise<Figures>;
}

/** A figure of one contender divided by the same of another. */
export interface Ratio {
  name: string;
  figure: string;
  of: string;
  to: string;
  /** One thing under two conditions, such as idle and under load: there is nobody to win. */
  isOfConditions?: boolean;
}

/** A benchmark whose servers are up and whose data is made. */
export interface PreparedBenchmark {
  contenders: Contender[];
  ratios: Ratio[];
  /** What the load was: sizes, counts, seeds, settings. */
  parameters: Record<string, string | number | boolean>;
  /** Versions of the servers that took part. */
  versions: Record<string, string>;
  /** Rounds that count, after one that doesn't. */
  rounds: number;
  /** Of a quick run that has nothing to warm up: the first round counts. */
  isCold?: boolean;
  stop(): Promise<void>;
}

/** What a benchmark is told when it prepares. */
export interface BenchmarkContext {
  /** Small and short: to see that it runs, not to learn a figure. */
  quick: boolean;
  /** Says what happens now, for whoever waits. */
  progress(text: string): void;
}

/** One file under `benchmarks/` each, listed in `registry.ts`. */
export interface Benchmark {
  name: string;
  /** What its figures answer, in one sentence. */
  question: string;
  /** Prints its result, where a line for each figure says less than a table of its own. */
  format?(name: string, result: BenchmarkResult): string;
  /** How its figures grow, to be drawn in the report. */
  curves?: readonly Curve[];
  prepare(context: BenchmarkContext): Promise<PreparedBenchmark>;
}

/**
 * Runs a benchmark: every contender once to warm up, then in rounds A B C, A B C, … so that a
 * machine that becomes slower or faster meanwhile does so for all of them. Ratios are taken inside
 * each round.
 */
export async function runBenchmark(
  benchmark: Benchmark,
  context: BenchmarkContext,
): Promise<BenchmarkResult> {
  const versions = await describeVersions();
  const prepared = await benchmark.prepare(context);
  try {
    const rounds: Map<string, Figures>[] = [];
    for (let round = prepared.isCold ? 1 : 0; round <= prepared.rounds; round++) {
      const title = round === 0 ? 'warm-up' : `round ${round} of ${prepared.rounds}`;
      const figures = await runRound(prepared.contenders, (contender) =>
        context.progress(`${benchmark.name}, ${title}: ${contender}`),
      );
      if (round > 0) rounds.push(figures);
    }
    return {
      question: benchmark.question,
      measuredAt: new Date().toISOString(),
      quick: context.quick,
      rounds: prepared.rounds,
      ratios: prepared.ratios.map((ratio) => ({
        ...ratio,
        ratio: summarize(rounds.map((round) => divide(round, ratio))),
      })),
      contenders: prepared.contenders.map(({ name }) => ({
        name,
        figures: summarizeFigures(rounds, name),
      })),
      parameters: prepared.parameters,
      machine: describeMachine(),
      versions: { ...versions, ...prepared.versions },
    };
  } finally {
    await prepared.stop();
  }
}

async function runRound(
  contenders: Contender[],
  starts: (name: string) => void,
): Promise<Map<string, Figures>> {
  const round = new Map<string, Figures>();
  for (const contender of contenders) {
    starts(contender.name);
    round.set(contender.name, await contender.run());
  }
  return round;
}

function divide(round: Map<string, Figures>, ratio: Ratio): number {
  const [of, to] = [ratio.of, ratio.to].map((name) => round.get(name)?.[ratio.figure]);
  if (of === undefined || to === undefined)
    throw new Error(
      `the ratio "${ratio.name}" needs ${ratio.figure} of "${ratio.of}" and of "${ratio.to}"`,
    );
  return of / to;
}

function summarizeFigures(
  rounds: Map<string, Figures>[],
  contender: string,
): BenchmarkResult['contenders'][number]['figures'] {
  const names = Object.keys(rounds[0]?.get(contender) ?? {});
  return Object.fromEntries(
    names.map((name) => [
      name,
      summarize(rounds.map((round) => round.get(contender)?.[name] ?? Number.NaN)),
    ]),
  );
}
