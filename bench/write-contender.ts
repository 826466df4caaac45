import type { Contender, Figures, Ratio } from './harness.ts';
import { LoadGenerator } from './load.ts';
import { ProcessMeter, type Usage } from './processes.ts';
import type { WriteServer } from './servers/write-server.ts';
import { RUN_SPAN_NS, type Workload } from './workloads.ts';

/** Rounds that count, of a benchmark that writes: the times of all runs are in the past. */
export const WRITE_ROUNDS = 5;
/** Of a run's lines in a quick run. */
const QUICK_SHARE = 0.02;
/**
 * How long before now the lines of the first run begin: what is old is refused by some, or sorted in
 * with effort.
 */
const AGE_NS = BigInt(WRITE_ROUNDS + 1) * RUN_SPAN_NS;

/** Speed and CPU time of one server against another's, of a workload, within a round. */
export function writeRatios(workload: Workload, of: string, to: string): Ratio[] {
  return [rateOf(workload), 'cpuSecondsPerMillionLines'].map((figure) => ({
    name: `${nameOf(workload, of)} / ${to}`,
    figure,
    of: nameOf(workload, of),
    to: nameOf(workload, to),
  }));
}

/** How fast a workload is acknowledged. */
const rateOf = ({ isOneLine }: Workload) =>
  isOneLine ? 'requestsPerSecond' : 'acknowledgedLinesPerSecond';

const nameOf = (workload: Workload, server: string) => `${workload.name}: ${server}`;

/** A server that is written to: each run writes what comes after the lines of the run before. */
export function writeContender(workload: Workload, server: WriteServer, quick: boolean): Contender {
  const share = workload.isWhole ? 1 : server.share;
  const lines = Math.ceil(workload.lines * share * (quick ? QUICK_SHARE : 1));
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
    ...(!workload.isOneLine && {
      acknowledgedValuesPerSecond: (lines * workload.valuesPerLine) / seconds,
    }),
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
