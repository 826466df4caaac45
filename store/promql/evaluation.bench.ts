import type { Labels } from '@overseer/shared';
import { evaluateRange } from './evaluation.ts';
import type { SampleBlock, Selection, SeriesSource } from './series-source.ts';
import { parseExpression } from './syntax/parser.ts';
import { unboundedBudget } from './testing/mod.ts';

/**
 * How fast samples in memory become answers: an hour of 4,000 hosts, a sample every 10 s, a step every 15 s.
 * `bun store/promql/evaluation.bench.ts` prints medians; the bench harness takes `evaluationContenders`.
 */

/** Numbers of one run, by names that end in their unit. */
export type EvaluationFigures = Record<string, number>;

export interface EvaluationContender {
  readonly name: string;
  run(): Promise<EvaluationFigures>;
}

const HOSTS = 4000;
const HOSTS_QUICK = 400;
const REGIONS = 20;
const INTERVAL_MS = 10_000;
const SAMPLES = 360;
const STEP_MS = 15_000;
const BLOCK_SERIES = 200;
const RUNS = 7;
const EXPRESSIONS = [
  'load',
  'rate(load[5m])',
  'sum(load)',
  'sum by (region) (load)',
  'sum by (region) (rate(load[5m]))',
  'avg without (host) (rate(load[5m]))',
  'max by (host) (rate(load[5m]))',
  'sum_over_time(load[5m])',
  'avg_over_time(load[1h])',
  'max_over_time(load[5m])',
  'stddev_over_time(load[5m])',
  'quantile_over_time(0.9, load[5m])',
  'deriv(load[5m])',
  'changes(load[5m])',
  'load * 2',
  'load > 100',
  'load / load',
  'load / on (region) group_left sum by (region) (load)',
  'load and load',
  'load or load',
  'topk(5, load)',
  'quantile by (region) (0.9, load)',
  'label_replace(load, "zone", "$1", "region", "region-(.*)")',
  'max_over_time(rate(load[5m])[10m:1m])',
];

/** The same samples for every series of a block: reading them is not what is measured. */
class ConstantSource implements SeriesSource {
  readonly #labels: Labels[];
  readonly #times = new Float64Array(BLOCK_SERIES * SAMPLES);
  readonly #values = new Float64Array(BLOCK_SERIES * SAMPLES);
  readonly #offsets = new Uint32Array(BLOCK_SERIES + 1);

  constructor(hosts: number) {
    this.#labels = Array.from({ length: hosts }, (_, host) => ({
      __name__: 'load',
      host: `host-${host}`,
      region: `region-${host % REGIONS}`,
      rack: `rack-${host % 100}`,
    }));
    for (let series = 0; series < BLOCK_SERIES; series++) {
      this.#offsets[series + 1] = (series + 1) * SAMPLES;
      for (let i = 0; i < SAMPLES; i++) {
        this.#times[series * SAMPLES + i] = i * INTERVAL_MS;
        // A counter that is reset once.
        this.#values[series * SAMPLES + i] = ((i + series) % 300) * 1.1;
      }
    }
  }

  async select(): Promise<Selection> {
    return { labels: this.#labels, read: () => this.#read() };
  }

  async *#read(): AsyncGenerator<SampleBlock> {
    for (let first = 0; first < this.#labels.length; first += BLOCK_SERIES) {
      yield {
        series: Uint32Array.from({ length: BLOCK_SERIES }, (_, i) => first + i),
        offsets: this.#offsets,
        times: this.#times,
        values: this.#values,
      };
    }
  }
}

/** Contenders for the bench harness; `quick` makes them small. */
export function evaluationContenders(quick: boolean): EvaluationContender[] {
  const hosts = quick ? HOSTS_QUICK : HOSTS;
  const source = new ConstantSource(hosts);
  return EXPRESSIONS.map((text) => ({
    name: text,
    run: async () => {
      const evaluateMs = await timeOf(text, source);
      return { evaluateMs, samplesPerSecond: (hosts * SAMPLES * 1000) / evaluateMs };
    },
  }));
}

/** @returns milliseconds */
async function timeOf(text: string, source: SeriesSource): Promise<number> {
  const count = (SAMPLES * INTERVAL_MS) / STEP_MS;
  const options = {
    db: 'bench',
    source,
    budget: unboundedBudget(),
    lookbackMs: 300_000,
    seriesMax: HOSTS,
  };
  const startedMs = performance.now();
  const grid = { startMs: 0, stepMs: STEP_MS, count };
  for await (const _ of evaluateRange(parseExpression(text), grid, options));
  return performance.now() - startedMs;
}

if (import.meta.main) {
  for (const { name, run } of evaluationContenders(false)) {
    const figures: EvaluationFigures[] = [];
    for (let turn = 0; turn < RUNS; turn++) figures.push(await run());
    const [evaluateMs, samplesPerSecond] = ['evaluateMs', 'samplesPerSecond'].map(
      (figure) =>
        figures.map((ofRun) => ofRun[figure] as number).toSorted((a, b) => a - b)[RUNS >> 1],
    ) as [number, number];
    console.log(
      `${name.padEnd(40)} ${evaluateMs.toFixed(1).padStart(7)} ms ${(samplesPerSecond / 1e6).toFixed(1).padStart(7)} million samples/s`,
    );
  }
}
