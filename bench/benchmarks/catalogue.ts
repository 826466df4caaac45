import { askToEnd, type Bus, CATALOGUE_SUBJECT } from '@overseer/shared';
import type { Benchmark, Contender } from '../harness.ts';
import { latencyFigures } from '../latencies.ts';
import { LoadGenerator } from '../load.ts';
import { startWholeOverseer, type WholeOverseer } from '../overseer.ts';
import { ProcessMeter } from '../processes.ts';
import { MEASUREMENT } from '../tsbs.ts';

const HOSTS = 4000;
const SEED = 1;
const START_NS = 1_767_225_600_000_000_000n;
const BODY_BYTES_MAX = 1024 * 1024;
const SENDERS = 8;
const DEADLINE_MS = 10 * 60_000;
/** Databases: of the load, and of the measurements of which the catalogue is asked. */
const LOADED = 'loaded';
const WIDE = 'wide';
const FIELDS = 10;
const TAGS = 10;

/** What the processor costs while lines come in at full speed, and how soon it answers for a catalogue that is not small. */
export const catalogue: Benchmark = {
  name: 'catalogue',
  question:
    'What does the processor cost at full ingest, and how long do answers about what there is take?',
  async prepare({ quick, progress }) {
    const size = quick
      ? { rows: 50_000, measurements: 50, asked: 10 }
      : { rows: 2_000_000, measurements: 1000, asked: 200 };
    progress('catalogue: starting Overseer');
    await using started = new AsyncDisposableStack();
    const overseer = started.use(await startWholeOverseer());
    progress(`catalogue: writing ${size.measurements} measurements`);
    await writeMeasurements(overseer, size.measurements);
    const load = started.adopt(
      await LoadGenerator.start({
        hosts: HOSTS,
        seed: SEED,
        startNs: START_NS,
        values: 'integers',
      }),
      (made) => made.stop(),
    );
    const { bus, frontendUrl } = overseer;
    const wide = `${frontendUrl}/db/${WIDE}/api/v1`;
    const loaded = `${frontendUrl}/db/${LOADED}/api/v1`;
    const detail = `${loaded}/catalogue?measurement=${MEASUREMENT}&values=20`;
    const all = started.move();
    return {
      contenders: [
        ingestContender(overseer, load, size.rows),
        answerContender('the processor, by NATS', size.asked, () => askProcessor(bus)),
        answerContender('/api/v1/catalogue', size.asked, () => get(`${wide}/catalogue`)),
        answerContender('/api/v1/metadata', size.asked, () => get(`${wide}/metadata`)),
        answerContender('one measurement, with values', size.asked, () => get(detail)),
        answerContender('/api/v1/status/tsdb', size.asked, () => get(`${loaded}/status/tsdb`)),
      ],
      ratios: [],
      parameters: { ...size, fields: FIELDS, tags: TAGS, hosts: HOSTS, seed: SEED },
      versions: overseer.versions,
      rounds: quick ? 1 : 3,
      isCold: quick,
      stop: () => all.disposeAsync(),
    };
  },
};

/** A line for each measurement. */
async function writeMeasurements(
  { ingressUrl, commits }: WholeOverseer,
  measurements: number,
): Promise<void> {
  const list = (count: number, item: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => item(i)).join(',');
  const lines = Array.from({ length: measurements }, (_, i) => {
    const tags = list(TAGS, (tag) => `tag_key_${tag}=value_${i}`);
    return `measurement_${i},${tags} ${list(FIELDS, (field) => `usage_field_${field}=1.5`)}`;
  });
  const url = `${ingressUrl}/write?db=${WIDE}`;
  const response = await fetch(url, { method: 'POST', body: lines.join('\n') });
  if (!response.ok) throw new Error(`not written: ${await response.text()}`);
  await commits.reach(WIDE, measurements, DEADLINE_MS);
}

/** As in `end-to-end`, of which the processor's part is metered: it hears of every commit. */
function ingestContender(overseer: WholeOverseer, load: LoadGenerator, rows: number): Contender {
  const { commits, ingressUrl, processes } = overseer;
  const { processor } = processes;
  const meter = new ProcessMeter({ processor: { processId: processor.pid, memory: 'process' } });
  return {
    name: 'ingest at full speed',
    async run() {
      await load.prepare(rows, BODY_BYTES_MAX, SENDERS);
      const target = commits.rows(LOADED) + rows;
      meter.start();
      const startedAt = performance.now();
      await Promise.all([
        load.push(`${ingressUrl}/write?db=${LOADED}`),
        commits.reach(LOADED, target, DEADLINE_MS),
      ]);
      const seconds = (performance.now() - startedAt) / 1000;
      const { cpuSeconds, memoryPeakBytes } = meter.stop().processor;
      return {
        rowsPerSecond: rows / seconds,
        processorCores: cpuSeconds / seconds,
        processorMemoryPeakMiB: memoryPeakBytes / 2 ** 20,
      };
    },
  };
}

function answerContender(name: string, asked: number, ask: () => Promise<number>): Contender {
  return {
    name,
    async run() {
      const latenciesMs: number[] = [];
      let bytes = 0;
      for (let turn = 0; turn < asked; turn++) {
        const startedAt = performance.now();
        bytes = await ask();
        latenciesMs.push(performance.now() - startedAt);
      }
      return { ...latencyFigures('answer', latenciesMs), answerBytes: bytes };
    },
  };
}

/** Gives the bytes of what measurements are made of. */
async function askProcessor(bus: Bus): Promise<number> {
  let bytes = 0;
  await askToEnd(
    bus,
    CATALOGUE_SUBJECT,
    { db: WIDE },
    {
      onPart: (part: { measurements: readonly { shape: Uint8Array }[] }) => {
        for (const { shape } of part.measurements) bytes += shape.length;
      },
    },
  );
  if (bytes === 0) throw new Error('the catalogue has no measurements');
  return bytes;
}

async function get(url: string): Promise<number> {
  const response = await fetch(url);
  const { length } = await response.text();
  if (!response.ok) throw new Error(`${url} is answered ${response.status}`);
  return length;
}
