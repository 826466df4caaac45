import type { Benchmark } from '../harness.ts';
import { startLineServers } from '../line-servers.ts';
import { describeWorkloads, HARD_WORKLOADS, WORKLOADS, type Workload } from '../workloads.ts';
import { WRITE_ROUNDS, writeContender, writeRatios } from '../write-contender.ts';

/** The whole write path, from HTTP bodies until lines are acknowledged, and stored, against others. */
export const write: Benchmark = writeBenchmark(
  'write',
  'How fast are lines written over HTTP, and what does it cost, against other servers of line protocol?',
  WORKLOADS,
);

/** The same of what is hard: many series, series that come and go, what comes long after its time. */
export const writeHard: Benchmark = writeBenchmark(
  'write-hard',
  'How fast are a million series, series that come and go, and a backfill written, against other servers of line protocol?',
  HARD_WORKLOADS,
);

function writeBenchmark(name: string, question: string, workloads: readonly Workload[]): Benchmark {
  return {
    name,
    question,
    async prepare(context) {
      const { quick } = context;
      await using started = new AsyncDisposableStack();
      const { servers, parameters, versions } = await startLineServers(started, name, context);
      const pairs = workloads.flatMap((workload) =>
        servers.map((server) => ({ workload, server })),
      );
      const all = started.move();
      return {
        contenders: pairs.map(({ workload, server }) => writeContender(workload, server, quick)),
        ratios: pairs
          .filter(({ server }) => server !== servers[0])
          .flatMap(({ workload, server }) => writeRatios(workload, 'overseer', server.name)),
        parameters: {
          ...describeWorkloads(),
          ...Object.fromEntries(workloads.map(({ name, lines }) => [`lines of ${name}`, lines])),
          ...Object.fromEntries(servers.map(({ name, share }) => [`share of ${name}`, share])),
          ...parameters,
        },
        versions,
        rounds: quick ? 1 : WRITE_ROUNDS,
        isCold: quick,
        stop: () => all.disposeAsync(),
      };
    },
  };
}
