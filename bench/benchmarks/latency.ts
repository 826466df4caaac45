import { hasChromium, TestBrowser } from '@overseer/local/testing';
import type { Benchmark, Contender, Figures } from '../harness.ts';
import { latencyFigures } from '../latencies.ts';
import { LoadGenerator } from '../load.ts';
import { startWholeOverseer, truncateMeasurement, type WholeOverseer } from '../overseer.ts';
import { pageWatcher } from '../page-watcher.ts';
import { Probes, type Watcher } from '../probes.ts';
import { Random } from '../random.ts';
import { MEASUREMENT } from '../tsbs.ts';
import { liveWatcher, queryWatcher } from '../watchers.ts';

const HOSTS = 4000;
const SEED = 1;
const START_NS = 1_767_225_600_000_000_000n;
const BODY_BYTES_MAX = 256 * 1024;
const FULL_SPEED_BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
/** Of the measured ingest rate: a machine that is busy, and not yet overrun. */
const LOAD_SHARE = 0.7;
const PROBES_DATABASE = 'probes';
const LOAD_DATABASE = 'load';
/** A run takes seconds; one that takes this long has stalled. */
const DEADLINE_MS = 10 * 60_000;

/** From just before a write over HTTP until the value can be read, and until it is on the screen. */
export const latency: Benchmark = {
  name: 'latency',
  question: 'How soon is a value that is written seen by a query, a live socket and an open page?',
  async prepare({ quick, progress }) {
    if (!(await hasChromium())) throw new Error('this benchmark needs Chromium');
    progress('latency: starting Overseer and Chromium');
    await using started = new AsyncDisposableStack();
    const overseer = started.use(await startWholeOverseer());
    const browser = started.use(await TestBrowser.start());
    const load = started.adopt(
      await LoadGenerator.start({
        hosts: HOSTS,
        seed: SEED,
        startNs: START_NS,
        values: 'decimals',
      }),
      (made) => made.stop(),
    );
    const probes = new Probes(
      `${overseer.ingressUrl}/write?db=${PROBES_DATABASE}`,
      new Random(SEED),
    );
    await probes.writeOne();
    await overseer.commits.reach(PROBES_DATABASE, 1, DEADLINE_MS);

    const query = [queryWatcher(overseer.frontendUrl, PROBES_DATABASE)];
    const page = [
      liveWatcher(overseer.frontendUrl, PROBES_DATABASE),
      pageWatcher(browser, overseer.frontendUrl, PROBES_DATABASE),
    ];
    const fullSpeed = new FullSpeed(overseer, load, quick ? 50_000 : 2_000_000);
    const count = quick ? 4 : 120;
    const idle = (name: string, watchers: readonly Watcher[]): Contender => ({
      name: `${name}, idle`,
      run: () => measure(probes, count, watchers),
    });
    const loaded = (name: string, watchers: readonly Watcher[]): Contender => ({
      name: `${name}, under load`,
      run: () =>
        underLoad(overseer, load, fullSpeed.rowsPerSecond * LOAD_SHARE, () =>
          measure(probes, count, watchers),
        ),
    });
    const all = started.move();
    return {
      contenders: [
        fullSpeed,
        idle('query', query),
        loaded('query', query),
        idle('page', page),
        loaded('page', page),
      ],
      ratios: ['query', 'live', 'pixel'].map((figure) => {
        const name = figure === 'query' ? 'query' : 'page';
        const [of, to] = [`${name}, under load`, `${name}, idle`];
        return {
          name: `${figure}: ${of} / ${to}`,
          figure: `${figure}MedianMs`,
          of,
          to,
          isOfConditions: true,
        };
      }),
      parameters: {
        probes: count,
        loadShare: LOAD_SHARE,
        hosts: HOSTS,
        seed: SEED,
        bodyBytesMax: BODY_BYTES_MAX,
        senders: SENDERS,
      },
      versions: { ...overseer.versions, chromium: browser.version },
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

/** How fast lines become rows here, now, with all services running: what the load is a share of. */
class FullSpeed implements Contender {
  readonly name = 'ingest at full speed';
  /** Of the last run. */
  rowsPerSecond = 0;

  constructor(
    private readonly overseer: WholeOverseer,
    private readonly load: LoadGenerator,
    private readonly rows: number,
  ) {}

  async run(): Promise<Figures> {
    const { commits, ingressUrl, sql } = this.overseer;
    await this.load.prepare(this.rows, FULL_SPEED_BODY_BYTES_MAX, SENDERS);
    const target = commits.rows(LOAD_DATABASE) + this.rows;
    const startedAt = performance.now();
    await Promise.all([
      this.load.push(writeUrl(ingressUrl)),
      commits.reach(LOAD_DATABASE, target, DEADLINE_MS),
    ]);
    this.rowsPerSecond = (this.rows / (performance.now() - startedAt)) * 1000;
    await truncateMeasurement(sql, LOAD_DATABASE, MEASUREMENT);
    return { rowsPerSecond: this.rowsPerSecond };
  }
}

async function measure(
  probes: Probes,
  count: number,
  watchers: readonly Watcher[],
): Promise<Figures> {
  const latencies = await probes.measure(count, watchers);
  return Object.assign({}, ...[...latencies].map(([name, values]) => latencyFigures(name, values)));
}

/** Measures while lines come in at a fixed rate, and waits afterwards until they are stored. */
async function underLoad(
  { ingressUrl, commits, sql }: WholeOverseer,
  load: LoadGenerator,
  linesPerSecond: number,
  measureLatencies: () => Promise<Figures>,
): Promise<Figures> {
  const rowsBefore = commits.rows(LOAD_DATABASE);
  const startedAt = performance.now();
  await load.pace({
    url: writeUrl(ingressUrl),
    linesPerSecond,
    bodyBytesMax: BODY_BYTES_MAX,
    senders: SENDERS,
  });
  const figures = await measureLatencies();
  const { lines, latenessMaxMs, retries } = await load.halt();
  const seconds = (performance.now() - startedAt) / 1000;
  await commits.reach(LOAD_DATABASE, rowsBefore + lines, DEADLINE_MS);
  await truncateMeasurement(sql, LOAD_DATABASE, MEASUREMENT);
  return { ...figures, loadLinesPerSecond: lines / seconds, latenessMaxMs, retries };
}

const writeUrl = (ingressUrl: string) => `${ingressUrl}/write?db=${LOAD_DATABASE}`;
