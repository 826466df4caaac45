import type { Benchmark, Contender, Figures } from '../harness.ts';
import { startLineServers } from '../line-servers.ts';
import { LoadGenerator } from '../load.ts';
import { ProcessMeter } from '../processes.ts';
import type { WriteServer } from '../servers/write-server.ts';

const AGENTS = 2000;
const AGENTS_QUICK = 200;
/** What an agent sends a second, in one request. */
const LINES = 10;
const SECONDS = 20;
const SECONDS_QUICK = 2;
const SEED = 1;
const DATABASE = 'agents';
/** Before now, the first line; the runs follow each other. */
const AGE_MS = 3_600_000;

/** Many small agents that know nothing of each other: each has its connection and its moment of the second. */
export const agents: Benchmark = {
  name: 'agents',
  question:
    'How soon are the requests of 2,000 agents answered that send ten lines a second each, whatever became of those before?',
  async prepare(context) {
    const { quick } = context;
    await using started = new AsyncDisposableStack();
    const { servers, parameters, versions } = await startLineServers(started, 'agents', context);
    const size = {
      agents: quick ? AGENTS_QUICK : AGENTS,
      linesPerRequest: LINES,
      seconds: quick ? SECONDS_QUICK : SECONDS,
    };
    const all = started.move();
    return {
      contenders: servers.map((server) => agentsContender(server, size)),
      ratios: servers.slice(1).flatMap(({ name: to }) =>
        ['requestMedianMs', 'requestP99Ms', 'cpuSecondsPerMillionLines'].map((figure) => {
          return { name: `overseer / ${to}`, figure, of: 'overseer', to };
        }),
      ),
      parameters: { ...size, seed: SEED, ...parameters },
      versions,
      rounds: quick ? 1 : 5,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

interface Size {
  agents: number;
  linesPerRequest: number;
  seconds: number;
}

/** Each run writes what comes after the run before. */
function agentsContender(server: WriteServer, size: Size): Contender {
  const lines = size.agents * size.linesPerRequest * size.seconds;
  let nextMs = Date.now() - AGE_MS;
  return {
    name: server.name,
    async run(): Promise<Figures> {
      const startNs = BigInt(nextMs) * 1_000_000n;
      nextMs += size.seconds * 60_000;
      await using generator = await LoadGenerator.start({
        hosts: size.agents * size.linesPerRequest,
        seed: SEED,
        startNs,
        values: 'devices',
        replacedShare: 0,
      });
      await generator.prepareAgents(size.agents, size.linesPerRequest, size.seconds);
      await server.resume();
      try {
        await server.createDatabase(DATABASE);
        const meter = new ProcessMeter(server.processes);
        meter.start();
        const { seconds, ...counts } = await generator.beAgents(server.writeUrl(DATABASE));
        await server.stored(DATABASE, lines);
        const usage = Object.values(meter.stop());
        const cpuSeconds = usage.reduce((sum, used) => sum + used.cpuSeconds, 0);
        return {
          ...counts,
          acknowledgedLinesPerSecond: lines / seconds,
          cpuSecondsPerMillionLines: (cpuSeconds / lines) * 1e6,
          serverCores: cpuSeconds / seconds,
        };
      } finally {
        await server.pause();
      }
    },
  };
}
