import { ProgramMissingError } from '@overseer/local/packaged-program';
import type { Benchmark, BenchmarkContext } from '../harness.ts';
import { startInfluxdb } from '../servers/influxdb.ts';
import { startOverseer } from '../servers/overseer.ts';
import { startVictoriaMetrics } from '../servers/victoria-metrics.ts';
import { describeWorkloads, WORKLOADS } from '../workloads.ts';
import { WRITE_ROUNDS, writeContender, writeRatios } from '../write-contender.ts';

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
      contenders: pairs.map(({ workload, server }) => writeContender(workload, server, quick)),
      ratios: pairs
        .filter(({ server }) => server !== servers[0])
        .flatMap(({ workload, server }) => writeRatios(workload, 'overseer', server.name)),
      parameters: {
        ...describeWorkloads(),
        ...Object.fromEntries(WORKLOADS.map(({ name, lines }) => [`lines of ${name}`, lines])),
        ...Object.fromEntries(servers.map(({ name, share }) => [`share of ${name}`, share])),
        ...Object.fromEntries(servers.map(({ name, promise }) => [`204 of ${name}`, promise])),
        ...missing,
      },
      versions: Object.assign({}, ...servers.map(({ version }) => version)),
      rounds: quick ? 1 : WRITE_ROUNDS,
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
