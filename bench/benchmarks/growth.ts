import type { Benchmark, BenchmarkContext, Contender, Figures } from '../harness.ts';
import { latencyFigures } from '../latencies.ts';
import { LoadGenerator } from '../load.ts';
import { startWholeOverseer, type WholeOverseer } from '../overseer.ts';
import { ProcessMeter } from '../processes.ts';
import { INTERVAL_MS } from '../tsbs.ts';

const SEED = 1;
const BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
const DEADLINE_MS = 20 * 60_000;
const DAY_MS = 86_400_000;
/** Of one host, its last quarter of an hour. */
const QUERY_RANGE_MS = 15 * 60_000;
const QUERY_STEP_SECONDS = 15;

/** What there is before anything is measured. */
interface Stage {
  /** What grows, and how far: the curve and the place on it. */
  curve: 'series' | 'history' | 'partitions';
  /** Hosts, which are the series. */
  hosts: number;
  /** Lines that are there before, in all. */
  linesBefore: number;
  /** Days over which those lines are spread. */
  days: number;
}

/** What a line and a question cost when there is ten and a hundred times as much of something. */
export const growth: Benchmark = {
  name: 'growth',
  question:
    'How do the costs of a line and of a question grow with series, history and partitions?',
  curves: [
    {
      title: 'Growth of what a line costs',
      x: 'timesTheLeast',
      y: 'cpuSecondsPerMillionLines',
    },
    { title: 'Growth of what a question costs', x: 'timesTheLeast', y: 'answerMedianMs' },
  ],
  async prepare(context) {
    const { quick, progress } = context;
    const size = quick ? { lines: 5_000, asked: 5 } : { lines: 300_000, asked: 50 };
    const stages = stagesOf(quick);
    await using started = new AsyncDisposableStack();
    progress('growth: starting Overseer');
    const overseer = started.use(await startWholeOverseer());
    const contenders: Contender[] = [];
    for (const stage of stages)
      contenders.push(await stageContender(overseer, stage, stages, size, context));
    const all = started.move();
    return {
      contenders,
      ratios: stages
        .filter((stage) => placeOf(stage, stages) > 1)
        .flatMap((stage) => {
          const least = stages.find(({ curve }) => curve === stage.curve) as Stage;
          const [of, to] = [nameOf(stage), nameOf(least)];
          return ['cpuSecondsPerMillionLines', 'answerMedianMs'].map((figure) => {
            return { name: `${of} / ${to}`, figure, of, to, isOfConditions: true };
          });
        }),
      parameters: { ...size, seed: SEED, rangeMs: QUERY_RANGE_MS, stepSeconds: QUERY_STEP_SECONDS },
      versions: overseer.versions,
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

function stagesOf(quick: boolean): Stage[] {
  const times = quick ? [1, 10] : [1, 10, 100];
  const unit = quick ? 10 : 1000;
  return [
    ...times.map((factor): Stage => {
      const hosts = unit * factor;
      return { curve: 'series', hosts, linesBefore: hosts, days: 0 };
    }),
    ...times.map((factor): Stage => {
      return { curve: 'history', hosts: unit, linesBefore: unit * 90 * factor, days: 1 };
    }),
    ...times.map((factor): Stage => {
      // As many lines, over more days: it is the partitions that grow.
      const days = 3 * factor;
      return { curve: 'partitions', hosts: unit, linesBefore: unit * 300, days };
    }),
  ];
}

/** How many times the first stage of its curve. */
function placeOf(stage: Stage, stages: readonly Stage[]): number {
  const least = stages.find(({ curve }) => curve === stage.curve) as Stage;
  return amountOf(stage) / amountOf(least);
}

const amountOf = ({ curve, hosts, linesBefore, days }: Stage) =>
  ({ series: hosts, history: linesBefore, partitions: days })[curve];

const UNIT_NAMES = { series: 'series', history: 'lines before', partitions: 'days' };

const nameOf = (stage: Stage) =>
  `${stage.curve}: ${amountOf(stage).toLocaleString('en')} ${UNIT_NAMES[stage.curve]}`;

/** Writes what is there before; each run then writes the next lines of the same hosts, and asks for one of them. */
async function stageContender(
  overseer: WholeOverseer,
  stage: Stage,
  stages: readonly Stage[],
  { lines, asked }: { lines: number; asked: number },
  { progress }: BenchmarkContext,
): Promise<Contender> {
  const database = `${stage.curve}_${amountOf(stage)}`;
  progress(`growth: writing ${stage.linesBefore} lines before, ${nameOf(stage)}`);
  let nextMs = Date.now() - DAY_MS;
  await writeBefore(overseer, database, stage, nextMs);
  return {
    name: nameOf(stage),
    async run() {
      const rounds = Math.ceil(lines / stage.hosts);
      await using generator = await openLines(stage.hosts, nextMs);
      await generator.prepare(lines, BODY_BYTES_MAX, SENDERS);
      nextMs += rounds * INTERVAL_MS;
      const written = await writeMetered(overseer, database, generator, lines);
      const latenciesMs = await ask(overseer, database, nextMs, stage.hosts, asked);
      return {
        timesTheLeast: placeOf(stage, stages),
        ...written,
        ...latencyFigures('answer', latenciesMs),
      };
    },
  };
}

const openLines = (hosts: number, startMs: number) =>
  LoadGenerator.start({
    hosts,
    seed: SEED,
    startNs: BigInt(startMs) * 1_000_000n,
    values: 'integers',
  });

/** Day by day, the oldest first, as many lines in each. */
async function writeBefore(
  { ingressUrl, commits }: WholeOverseer,
  database: string,
  { hosts, linesBefore, days }: Stage,
  untilMs: number,
): Promise<void> {
  const parts = Math.max(1, days);
  const linesOfPart = Math.ceil(linesBefore / parts);
  for (let part = 0; part < parts; part++) {
    const startMs = untilMs - (parts - part) * DAY_MS;
    await using generator = await openLines(hosts, startMs);
    await generator.prepare(linesOfPart, BODY_BYTES_MAX, SENDERS);
    await generator.push(`${ingressUrl}/write?db=${database}`);
  }
  await commits.reach(database, linesOfPart * parts, DEADLINE_MS);
}

async function writeMetered(
  { ingressUrl, commits, processes }: WholeOverseer,
  database: string,
  generator: LoadGenerator,
  lines: number,
): Promise<Figures> {
  const meter = new ProcessMeter({
    ingress: { processId: processes.ingress.pid, memory: 'process' },
    store: { processId: processes.store.pid, memory: 'process' },
    nats: { processId: processes.nats.pid, memory: 'process' },
    postgres: { processId: processes.postgres.pid, memory: 'tree' },
  });
  const target = commits.rows(database) + lines;
  meter.start();
  const startedAt = performance.now();
  await generator.push(`${ingressUrl}/write?db=${database}`);
  await commits.reach(database, target, DEADLINE_MS);
  const seconds = (performance.now() - startedAt) / 1000;
  const usage = Object.values(meter.stop());
  const cpuSeconds = usage.reduce((sum, used) => sum + used.cpuSeconds, 0);
  const bytes = usage.reduce((sum, used) => sum + used.memoryPeakBytes, 0);
  return {
    storedLinesPerSecond: lines / seconds,
    cpuSecondsPerMillionLines: (cpuSeconds / lines) * 1e6,
    memoryPeakMiB: bytes / 2 ** 20,
  };
}

/** One host after the other, each over the quarter of an hour that was written last. */
async function ask(
  { frontendUrl }: WholeOverseer,
  database: string,
  endMs: number,
  hosts: number,
  asked: number,
): Promise<number[]> {
  const latenciesMs: number[] = [];
  for (let turn = 0; turn < asked; turn++) {
    const parameters = new URLSearchParams({
      query: `cpu_usage_user{hostname="host_${(turn * 7919) % hosts}"}`,
      start: String((endMs - QUERY_RANGE_MS) / 1000),
      end: String(endMs / 1000),
      step: String(QUERY_STEP_SECONDS),
    });
    const url = `${frontendUrl}/db/${database}/api/v1/query_range?${parameters}`;
    const startedAt = performance.now();
    const text = await (await fetch(url)).text();
    latenciesMs.push(performance.now() - startedAt);
    if (!text.includes('"values"')) throw new Error(`${url} answered ${text.slice(0, 300)}`);
  }
  return latenciesMs;
}
