import type { Benchmark } from '../harness.ts';
import { startOverseer } from '../servers/overseer.ts';
import type { WriteServer } from '../servers/write-server.ts';
import { describeWorkloads, WORKLOADS } from '../workloads.ts';
import { WRITE_ROUNDS, writeContender, writeRatios } from '../write-contender.ts';

/** Many lines a request, and one: the former shows what lines pay, the latter what requests pay. */
const WORKLOAD_NAMES: readonly string[] = ['integers', 'one-line bodies'];

const OFF = 'off';
/** The same as off: how far two that are alike differ on this machine. */
const CONTROL = 'off, once more';

/** What of tracing is felt where nothing is recorded, which is nearly always, and where everything is. */
export const tracing: Benchmark = {
  name: 'tracing',
  question:
    'What does tracing cost those who write, by default and when every request is recorded?',
  async prepare({ quick, progress }) {
    await using started = new AsyncDisposableStack();
    const collector = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: async (request) => {
        await request.arrayBuffer();
        return Response.json({});
      },
    });
    started.defer(() => collector.stop(true));
    const on = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url.origin}/v1/traces` };
    const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      [OFF]: {},
      [CONTROL]: {},
      'one trace a second': on,
      'every request': { ...on, OTEL_TRACES_SAMPLER: 'always_on' },
    };
    const servers: WriteServer[] = [];
    for (const [name, environment] of Object.entries(settings)) {
      progress(`tracing: starting Overseer, ${name}`);
      servers.push(started.use(await startOverseer(name, environment)));
    }
    const workloads = WORKLOADS.filter(({ name }) => WORKLOAD_NAMES.includes(name));
    const all = started.move();
    return {
      contenders: workloads.flatMap((workload) =>
        servers.map((server) => writeContender(workload, server, quick)),
      ),
      ratios: workloads.flatMap((workload) =>
        servers
          .slice(1)
          .flatMap(({ name }) => writeRatios(workload, name, OFF))
          .map((ratio) => ({ ...ratio, isOfConditions: true })),
      ),
      parameters: {
        ...describeWorkloads(),
        ...Object.fromEntries(workloads.map(({ name, lines }) => [`lines of ${name}`, lines])),
      },
      versions: servers[0]?.version ?? {},
      rounds: quick ? 1 : WRITE_ROUNDS,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};
