import { ProgramMissingError } from '@overseer/local/packaged-program';
import type { Benchmark, BenchmarkContext, Contender, Figures, Ratio } from '../harness.ts';
import { LoadGenerator } from '../load.ts';
import { ProcessMeter, type Usage } from '../processes.ts';
import { startInfluxdb } from '../servers/influxdb.ts';
import { startOverseer } from '../servers/overseer.ts';
import { startVictoriaMetrics } from '../servers/victoria-metrics.ts';
import type { WriteServer } from '../servers/write-server.ts';
import { describeWorkloads, RUN_SPAN_NS, WORKLOADS, type Workload } from '../workloads.ts';

const ROUNDS = 5;
/** Of a run's lines in a quick run. */
const QUICK_SHARE = 0.02;
/**
 * How long before now the lines of the first run begin: what is old is refused by some, or sorted in
 * with effort.
 */
const AGE_NS = BigInt(ROUNDS + 1) * RUN_SPAN_NS;

const OPTIONAL_SERVERS = {
  influxdb: startInfluxdb,
  'victoria-metrics': startVictoriaMetrics,
} as const;

/** The whole write path, from HTTP bodies until lines are acknowledged, and stored, against others. */
export const write: Benchmark = {
  name: 'write',
  question:
    'How fast are lines written over HTTP, and what does it cost, against other servers of line protocol?',
  async prepare(context) {
    const { quick } = context;
    await using started = new AsyncDisposableStack();
    const { servers, missing } = await startServers(started, context);
    const pairs = WORKLOADS.flatMap((workload) => servers.map((server) => ({ workload, server })));
    const all = started.move();
    return {
      contenders: pairs.map(({ workload, server }) =>
        contender(workload, server, quick ? QUICK_SHARE : 1),
      ),
      ratios: pairs.filter(({ server }) => server !== servers[0]).flatMap(ratiosTo),
      parameters: {
        ...describeWorkloads(),
        ...Object.fromEntries(WORKLOADS.map(({ name, lines }) => [`lines of ${name}`, lines])),
        ...Object.fromEntries(servers.map(({ name, share }) => [`share of ${name}`, share])),
        ...Object.fromEntries(servers.map(({ name, promise }) => [`204 of ${name}`, promise])),
        ...missing,
      },
      versions: Object.assign({}, ...servers.map(({ version }) => version)),
      rounds: quick ? 1 : ROUNDS,
      stop: () => all.disposeAsync(),
    };
  },
};

/** @returns Overseer first, then the others that can be had, and why the rest can't. */
async function startServers(started: AsyncDisposableStack, { progress }: BenchmarkContext) {
  progress('write: starting Overseer');
  const servers = [started.use(await startOverseer())];
  const missing: Record<string, string> = {};
  for (const [name, start] of Object.entries(OPTIONAL_SERVERS)) {
    progress(`write: starting ${name}`);
    try {
      const server = started.use(await start((line) => progress(`write: ${line}`)));
      await server.pause();
      servers.push(server);
    } catch (error) {
      if (!(error instanceof ProgramMissingError)) throw error;
      progress(`write: ${name} is left out: ${error.message}`);
      missing[`${name} is left out`] = error.message;
    }
  }
  return { servers, missing };
}

function ratiosTo({ workload, server }: { workload: Workload; server: WriteServer }): Ratio[] {
  const [of, to] = [nameOf(workload, 'overseer'), nameOf(workload, server.name)];
  return [rateOf(workload), 'cpuSecondsPerMillionLines'].map((figure) => ({
    name: `${of} / ${server.name}`,
    figure,
    of,
    to,
  }));
}

/** How fast a workload is acknowledged. */
const rateOf = ({ isOneLine }: Workload) =>
  isOneLine ? 'requestsPerSecond' : 'acknowledgedLinesPerSecond';

const nameOf = (workload: Workload, server: string) => `${workload.name}: ${server}`;

/** Each run writes what comes after the lines of the run before. */
function contender(workload: Workload, server: WriteServer, share: number): Contender {
  const lines = Math.ceil(workload.lines * server.share * share);
  const firstNs = BigInt(Date.now()) * 1_000_000n - AGE_NS;
  let runs = 0;
  return {
    name: nameOf(workload, server.name),
    async run() {
      const number = runs++;
      const database = databaseOf(workload, number);
      const startNs = firstNs + BigInt(number) * RUN_SPAN_NS;
      await using generator = await LoadGenerator.start(workload.load(lines, startNs));
      await generator.prepare(lines, workload.bodyBytesMax, workload.senders);
      await server.resume();
      try {
        if (number === 0 || workload.isNewEveryRun) await server.createDatabase(database);
        return await measure(workload, server, generator, database, lines);
      } finally {
        await server.pause();
      }
    },
  };
}

function databaseOf({ name, isNewEveryRun }: Workload, run: number): string {
  const database = name.replaceAll(/\W+/g, '_').toLowerCase();
  return isNewEveryRun ? `${database}_${run}` : database;
}

async function measure(
  workload: Workload,
  server: WriteServer,
  generator: LoadGenerator,
  database: string,
  lines: number,
): Promise<Figures> {
  const url = server.writeUrl(database);
  const meter = new ProcessMeter({
    ...server.processes,
    generator: { processId: generator.processId, memory: 'process' },
  });
  meter.start();
  const startedAt = performance.now();
  const sent = workload.isOneLine ? generator.request(url) : generator.push(url);
  const { seconds, ...counts } = await sent;
  // Lines that are stored when they are acknowledged are only counted.
  if (server.isStoredLater) await server.stored(database, lines);
  const storedSeconds = (performance.now() - startedAt) / 1000;
  const { generator: generatorUsage, ...usage } = meter.stop();
  if (!server.isStoredLater) await server.stored(database, lines);
  return {
    [rateOf(workload)]: lines / seconds,
    ...(server.isStoredLater && { storedLinesPerSecond: lines / storedSeconds }),
    ...counts,
    ...usageFigures(usage, lines),
    generatorCores: (generatorUsage?.cpuSeconds ?? 0) / seconds,
  };
}

/** The sum of the processes, and the CPU time of each, when there are several. */
function usageFigures(usage: Record<string, Usage>, lines: number): Figures {
  const entries = Object.entries(usage);
  const perMillion = (cpuSeconds: number) => (cpuSeconds / lines) * 1e6;
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const figures: Figures = {
    cpuSecondsPerMillionLines: perMillion(sum(entries.map(([, used]) => used.cpuSeconds))),
    memoryPeakMiB: sum(entries.map(([, used]) => used.memoryPeakBytes)) / 2 ** 20,
  };
  if (entries.length === 1) return figures;
  for (const [name, used] of entries)
    figures[`${name}CpuSecondsPerMillionLines`] = perMillion(used.cpuSeconds);
  return figures;
}
