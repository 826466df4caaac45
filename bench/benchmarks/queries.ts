import type { Benchmark, Contender } from '../harness.ts';
import { latencyFigures } from '../latencies.ts';
import { LoadGenerator } from '../load.ts';
import { startWholeOverseer } from '../overseer.ts';
import { INTERVAL_MS, MEASUREMENT } from '../tsbs.ts';

const SEED = 1;
const START_MS = 1_767_225_600_000;
const RANGE_MS = 3_600_000;
const STEP_SECONDS = 15;
const BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
const DEADLINE_MS = 10 * 60_000;

/** Hosts of a database, and how often each of its questions is asked in a run. */
interface Size {
  hosts: number;
  asked: number;
}

/** Range queries over an hour of the hosts' lines, through HTTP, one after the other. */
export const queries: Benchmark = {
  name: 'queries',
  question: 'How long does a query over an hour take, of one host and of all?',
  async prepare({ quick, progress }) {
    const sizes: Size[] = quick
      ? [{ hosts: 10, asked: 5 }]
      : [
          { hosts: 100, asked: 100 },
          { hosts: 4000, asked: 20 },
        ];
    progress('queries: starting Overseer');
    await using started = new AsyncDisposableStack();
    const overseer = started.use(await startWholeOverseer());
    const contenders: Contender[] = [];
    for (const { hosts, asked } of sizes) {
      const database = `hosts_${hosts}`;
      const rows = (hosts * RANGE_MS) / INTERVAL_MS;
      progress(`queries: writing ${rows} rows of ${hosts} hosts`);
      const startNs = BigInt(START_MS) * 1_000_000n;
      const load = await LoadGenerator.start({ hosts, seed: SEED, startNs, values: 'decimals' });
      try {
        await load.prepare(rows, BODY_BYTES_MAX, SENDERS);
        await Promise.all([
          load.push(`${overseer.ingressUrl}/write?db=${database}`),
          overseer.commits.reach(database, rows, DEADLINE_MS),
        ]);
      } finally {
        await load.stop();
      }
      const url = `${overseer.frontendUrl}/db/${database}/api/v1/query_range`;
      const selector = 'cpu_usage_user';
      contenders.push(
        contender(`one host of ${hosts}`, url, asked, 1, (turn) => {
          return `${selector}{hostname="host_${turn % hosts}"}`;
        }),
        contender(`all ${hosts} hosts`, url, asked, hosts, () => selector),
        contender(`sum of ${hosts} hosts by region`, url, asked, undefined, () => {
          return `sum by (region) (${selector})`;
        }),
        contender(`rate of ${hosts} hosts, averaged`, url, asked, 1, () => {
          return `avg(rate(${selector}[5m]))`;
        }),
      );
    }
    await overseer.sql.unsafe('vacuum analyze');
    const all = started.move();
    return {
      contenders,
      ratios: [],
      parameters: {
        measurement: MEASUREMENT,
        seed: SEED,
        rangeSeconds: RANGE_MS / 1000,
        stepSeconds: STEP_SECONDS,
        intervalSeconds: INTERVAL_MS / 1000,
        asked: sizes.map(({ hosts, asked }) => `${asked} of ${hosts} hosts`).join(', '),
      },
      versions: overseer.versions,
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

/** @param seriesCount how many series every answer must have; undefined: some */
function contender(
  name: string,
  url: string,
  asked: number,
  seriesCount: number | undefined,
  expression: (turn: number) => string,
): Contender {
  return {
    name,
    async run() {
      const latenciesMs: number[] = [];
      let bytes = 0;
      for (let turn = 0; turn < asked; turn++) {
        const parameters = new URLSearchParams({
          query: expression(turn),
          start: String(START_MS / 1000),
          end: String((START_MS + RANGE_MS) / 1000),
          step: String(STEP_SECONDS),
        });
        const startedAt = performance.now();
        const text = await (await fetch(`${url}?${parameters}`)).text();
        latenciesMs.push(performance.now() - startedAt);
        bytes += text.length;
        checkAnswer(text, seriesCount);
      }
      return { ...latencyFigures('answer', latenciesMs), answerBytes: bytes / asked };
    },
  };
}

/** @throws when the answer is not what was asked for: its time would be that of another question. */
function checkAnswer(text: string, seriesCount: number | undefined): void {
  const answer = JSON.parse(text) as { status: string; data?: { result: unknown[] } };
  const found = answer.data?.result.length ?? 0;
  if (answer.status !== 'success' || found === 0 || (seriesCount ?? found) !== found)
    throw new Error(`${seriesCount ?? 'some'} series were expected, got ${text.slice(0, 300)}`);
}
