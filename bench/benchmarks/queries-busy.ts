import type { Benchmark, Contender, Figures } from '../harness.ts';
import { percentile } from '../latencies.ts';
import { LoadGenerator } from '../load.ts';
import { startWholeOverseer } from '../overseer.ts';
import { startVictoriaMetrics } from '../servers/victoria-metrics.ts';
import { INTERVAL_MS } from '../tsbs.ts';

const HOSTS = 1000;
const HOSTS_QUICK = 10;
const SEED = 1;
const HOUR_MS = 3_600_000;
const STEP_SECONDS = 60;
const BODY_BYTES_MAX = 256 * 1024;
const SENDERS = 8;
const ASKED_DATABASE = 'asked';
const LOAD_DATABASE = 'load';
/** What comes in meanwhile: less than any of the servers can take here. */
const LINES_PER_SECOND = 50_000;
const LINES_PER_SECOND_QUICK = 2_000;
const DEADLINE_MS = 10 * 60_000;

/** A server that is asked in PromQL, over HTTP. */
interface AskedServer {
  name: string;
  /** Ends before `query_range`. */
  url: string;
  writeUrl(database: string): string;
  resume(): Promise<void>;
  pause(): Promise<void>;
}

const QUERIES: Readonly<Record<string, (turn: number, hosts: number) => string>> = {
  'one host': (turn, hosts) =>
    `max(max_over_time(cpu_usage_user{hostname="host_${(turn * 7919) % hosts}"}[1m]))`,
  'all hosts by region': () => 'avg by (region) (avg_over_time(cpu_usage_user[1m]))',
};

/** The same questions with nothing else to do, and while lines come in. */
export const queriesBusy: Benchmark = {
  name: 'queries-busy',
  question: 'How long does a question about an hour take, idle and while lines come in?',
  async prepare({ quick, progress }) {
    const hosts = quick ? HOSTS_QUICK : HOSTS;
    const asked = quick ? 5 : 200;
    const linesPerSecond = quick ? LINES_PER_SECOND_QUICK : LINES_PER_SECOND;
    const lines = (hosts * HOUR_MS) / INTERVAL_MS;
    await using started = new AsyncDisposableStack();
    progress('queries-busy: starting Overseer and VictoriaMetrics');
    const overseer = started.use(await startWholeOverseer());
    const victoriaMetrics = started.use(await startVictoriaMetrics(progress));
    const endMs = Math.floor(Date.now() / 60_000) * 60_000;
    progress(`queries-busy: writing ${lines} lines`);
    const load = started.use(
      await LoadGenerator.start({
        hosts,
        seed: SEED,
        startNs: BigInt(endMs - HOUR_MS) * 1_000_000n,
        values: 'integers',
      }),
    );
    await load.prepare(lines, BODY_BYTES_MAX, SENDERS);
    const servers: AskedServer[] = [
      {
        name: 'overseer',
        url: `${overseer.frontendUrl}/db/${ASKED_DATABASE}/api/v1`,
        writeUrl: (database) => `${overseer.ingressUrl}/write?db=${database}`,
        resume: async () => {},
        pause: async () => {},
      },
      {
        name: victoriaMetrics.name,
        url: `${new URL(victoriaMetrics.writeUrl('')).origin}/api/v1`,
        writeUrl: (database) => victoriaMetrics.writeUrl(database),
        resume: () => victoriaMetrics.resume(),
        pause: () => victoriaMetrics.pause(),
      },
    ];
    for (const server of servers) await load.push(server.writeUrl(ASKED_DATABASE));
    await overseer.commits.reach(ASKED_DATABASE, lines, DEADLINE_MS);
    await victoriaMetrics.stored(ASKED_DATABASE, lines);
    await victoriaMetrics.diskBytes();
    await overseer.sql.unsafe('vacuum analyze');
    await victoriaMetrics.pause();
    const window = { startS: (endMs - HOUR_MS) / 1000, endS: endMs / 1000 };
    const contenders = Object.keys(QUERIES).flatMap((query) =>
      servers.flatMap((server) => [
        contender(server, query, 'idle', () => askAll(server, query, hosts, asked, window)),
        contender(server, query, BUSY, () =>
          whileWriting(server, linesPerSecond, () => askAll(server, query, hosts, asked, window)),
        ),
      ]),
    );
    const all = started.move();
    return {
      contenders,
      ratios: Object.keys(QUERIES).flatMap((query) =>
        ['idle', BUSY].flatMap((when) =>
          ['answerMedianMs', 'answerP95Ms', 'answerP99Ms'].map((figure) => {
            const [of, to] = servers.map(({ name }) => nameOf(query, when, name)) as [
              string,
              string,
            ];
            return { name: `${of} / ${to}`, figure, of, to };
          }),
        ),
      ),
      parameters: { hosts, lines, asked, linesPerSecond, stepSeconds: STEP_SECONDS, seed: SEED },
      versions: { ...overseer.versions, ...victoriaMetrics.version },
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

const BUSY = 'while lines come in';

const nameOf = (query: string, when: string, server: string) => `${query}, ${when}: ${server}`;

function contender(
  server: AskedServer,
  query: string,
  when: string,
  measure: () => Promise<Figures>,
): Contender {
  return {
    name: nameOf(query, when, server.name),
    async run() {
      await server.resume();
      try {
        return await measure();
      } finally {
        await server.pause();
      }
    },
  };
}

/** One question after the other, each until all of its answer is here. */
async function askAll(
  { url }: AskedServer,
  query: string,
  hosts: number,
  asked: number,
  { startS, endS }: { startS: number; endS: number },
): Promise<Figures> {
  const latenciesMs: number[] = [];
  for (let turn = 0; turn < asked; turn++) {
    const parameters = new URLSearchParams({
      query: QUERIES[query]?.(turn, hosts) ?? '',
      start: String(startS + STEP_SECONDS),
      end: String(endS),
      step: String(STEP_SECONDS),
      nocache: '1',
    });
    const startedAt = performance.now();
    const text = await (await fetch(`${url}/query_range?${parameters}`)).text();
    latenciesMs.push(performance.now() - startedAt);
    if (!text.includes('"values"')) throw new Error(`${url} answered ${text.slice(0, 300)}`);
  }
  return {
    answerMedianMs: percentile(latenciesMs, 0.5),
    answerP95Ms: percentile(latenciesMs, 0.95),
    answerP99Ms: percentile(latenciesMs, 0.99),
  };
}

/** Lines of another database, at a rate that doesn't wait for anybody. */
async function whileWriting(
  server: AskedServer,
  linesPerSecond: number,
  measure: () => Promise<Figures>,
): Promise<Figures> {
  await using load = await LoadGenerator.start({
    hosts: HOSTS,
    seed: SEED,
    startNs: BigInt(Date.now()) * 1_000_000n,
    values: 'decimals',
  });
  const startedAt = performance.now();
  await load.pace({
    url: server.writeUrl(LOAD_DATABASE),
    linesPerSecond,
    bodyBytesMax: BODY_BYTES_MAX,
    senders: SENDERS,
  });
  const figures = await measure();
  const { lines, latenessMaxMs } = await load.halt();
  const seconds = (performance.now() - startedAt) / 1000;
  return { ...figures, loadLinesPerSecond: lines / seconds, latenessMaxMs };
}
