import type { Benchmark, Contender, Figures } from '../harness.ts';
import { LoadGenerator } from '../load.ts';
import { type Pipeline, startPipeline } from '../pipeline.ts';
import { ProcessMeter, type Usage } from '../processes.ts';
import { encodeLoad, rawCopyContender } from '../raw-copy.ts';
import { type CpuOnlyOptions, MEASUREMENT, type ValueKind } from '../tsbs.ts';

const HOSTS = 4000;
const SEED = 1;
const START_NS = 1_767_225_600_000_000_000n;
const BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
/** A run takes seconds; one that takes this long has stalled. */
const DEADLINE_MS = 10 * 60_000;
const VALUE_KINDS: readonly ValueKind[] = ['integers', 'decimals'];

/**
 * From the first request until the last row can be read, against PostgreSQL alone in the same run.
 */
export const endToEnd: Benchmark = {
  name: 'end-to-end',
  question:
    'How fast do lines become committed rows, against a COPY of the same rows encoded before?',
  async prepare({ quick, progress }) {
    const rows = quick ? 50_000 : 2_000_000;
    progress('end-to-end: starting nats-server, PostgreSQL, store and ingress');
    await using started = new AsyncDisposableStack();
    const pipeline = started.use(await startPipeline());
    const contenders: Contender[] = [];
    for (const values of VALUE_KINDS) {
      progress(`end-to-end: making ${rows} rows of ${values}`);
      const options: CpuOnlyOptions = { hosts: HOSTS, seed: SEED, startNs: START_NS, values };
      const load = encodeLoad(options, rows);
      const generator = started.adopt(await LoadGenerator.start(options), (made) => made.stop());
      const { sql, processes } = pipeline;
      contenders.push(
        rawCopyContender(`COPY into a heap, ${values}`, 'heap', load, processes.postgres, sql),
        rawCopyContender(`COPY, ${values}`, 'partitioned', load, processes.postgres, sql),
        endToEndContender(`end to end, ${values}`, `bench_${values}`, pipeline, generator, rows),
      );
    }
    const all = started.move();
    return {
      contenders,
      ratios: VALUE_KINDS.flatMap((values) => [
        ratio(`end to end, ${values}`, `COPY, ${values}`),
        ratio(`COPY, ${values}`, `COPY into a heap, ${values}`),
      ]),
      parameters: {
        rows,
        hosts: HOSTS,
        seed: SEED,
        bodyBytesMax: BODY_BYTES_MAX,
        senders: SENDERS,
      },
      versions: pipeline.versions,
      rounds: quick ? 1 : 5,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

function ratio(of: string, to: string) {
  return { name: `${of} / ${to}`, figure: 'rowsPerSecond', of, to };
}

/**
 * Pushes the next lines of the generator's walk; those of the run before are older, none is a
 * repetition.
 */
function endToEndContender(
  name: string,
  database: string,
  pipeline: Pipeline,
  generator: LoadGenerator,
  rows: number,
): Contender {
  const meter = new ProcessMeter({
    ...pipeline.processes,
    generator: { processId: generator.processId, memory: 'process' },
  });
  const url = `${pipeline.ingressUrl}/write?db=${database}`;
  return {
    name,
    async run() {
      await generator.prepare(rows, BODY_BYTES_MAX, SENDERS);
      await pipeline.sql.unsafe('checkpoint');
      const target = pipeline.commits.rows(database) + rows;
      meter.start();
      const startedAt = performance.now();
      const [{ retries }] = await Promise.all([
        generator.push(url),
        pipeline.commits.reach(database, target, DEADLINE_MS),
      ]);
      const seconds = (performance.now() - startedAt) / 1000;
      const usage = meter.stop();
      await checkRows(pipeline, database, target);
      return { rowsPerSecond: rows / seconds, retries, ...figuresOf(usage, rows) };
    },
  };
}

function figuresOf(usage: Record<string, Usage>, rows: number): Figures {
  const figures: Figures = {};
  let cpuSeconds = 0;
  for (const [name, used] of Object.entries(usage)) {
    cpuSeconds += used.cpuSeconds;
    figures[`${name}CpuSecondsPerMillionRows`] = (used.cpuSeconds / rows) * 1e6;
  }
  figures.totalCpuSecondsPerMillionRows = (cpuSeconds / rows) * 1e6;
  // The generator's memory is its bodies, made before: it says nothing.
  for (const [name, used] of Object.entries(usage).filter(([name]) => name !== 'generator'))
    figures[`${name}MemoryPeakMiB`] = used.memoryPeakBytes / 2 ** 20;
  return figures;
}

/**
 * @throws when the view has another number of rows than the stored events told: the figure would be
 * false.
 */
async function checkRows({ sql }: Pipeline, database: string, rows: number): Promise<void> {
  const [counted] = await sql<{ rows: number }[]>`
    select count(*)::int as rows from ${sql(database)}.${sql(MEASUREMENT)}`;
  if (counted?.rows !== rows)
    throw new Error(`${rows} rows of ${database} were reported stored, ${counted?.rows} are there`);
}
