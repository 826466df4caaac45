import { LineParser, PARSER_LIMITS, startBody } from '@overseer/wasm';
import { ReferenceParser } from '@overseer/wasm/reference';
import type { Benchmark, Contender, Figures } from '../harness.ts';
import { type Body, BodyMaker } from '../lines.ts';
import { openLoad } from '../loads.ts';
import { describeWorkloads, WORKLOADS, type Workload } from '../workloads.ts';

const START_NS = 1_767_225_600_000_000_000n;
const PARTITIONS = 4;
const DATABASE = 'bench';
/** Seed of the series ids. */
const ID_SEED = new Uint8Array(16).fill(1);
const BITS = 64;
/** What the plain parser gets of the lines: its speed doesn't depend on their number, only the patience does. */
const REFERENCE_SHARE = 0.02;
/** Of a run's lines in a quick run. */
const QUICK_SHARE = 0.02;
/** Fewer would fit into the caches with their bodies. */
const LINES_MIN = 10_000;

/** Bytes of bodies into validated columns, on one thread. */
export const parser: Benchmark = {
  name: 'parser',
  question:
    'How fast is line protocol parsed and validated on one core, against a plain TypeScript parser?',
  async prepare({ quick, progress }) {
    const contenders: Contender[] = [];
    for (const workload of WORKLOADS) {
      progress(`parser: making the lines of ${workload.name}`);
      const lines = Math.max(LINES_MIN, workload.lines * (quick ? QUICK_SHARE : 1));
      const bodies = bodiesOf(workload, lines);
      const share = Math.ceil(bodies.length * REFERENCE_SHARE);
      contenders.push(
        await wasmContender(workload, bodies),
        referenceContender(workload, bodies.slice(0, share)),
      );
    }
    return {
      contenders,
      ratios: [
        ...WORKLOADS.map(({ name }) => ratio(`wasm, ${name}`, `reference, ${name}`)),
        { ...ratio('wasm, every series new', 'wasm, integers'), isOfConditions: true },
      ],
      parameters: {
        ...describeWorkloads(),
        ...Object.fromEntries(WORKLOADS.map(({ name, lines }) => [`lines of ${name}`, lines])),
        partitions: PARTITIONS,
      },
      versions: {},
      rounds: quick ? 1 : 5,
      isCold: quick,
      stop: async () => {},
    };
  },
};

function ratio(of: string, to: string) {
  return { name: `${of} / ${to}`, figure: 'linesPerSecond', of, to };
}

function bodiesOf({ load, bodyBytesMax, senders }: Workload, lines: number): Body[] {
  const queues = new BodyMaker(openLoad(load(lines, START_NS)), bodyBytesMax, senders).make(lines);
  // In the order in which they would come, which is how a parser meets the hosts.
  const longest = Math.max(...queues.map((queue) => queue.length));
  return Array.from({ length: longest }, (_, turn) =>
    queues.flatMap((queue) => queue[turn] ?? []),
  ).flat();
}

function makeParser(): Promise<LineParser> {
  return LineParser.create({ seed: ID_SEED, partitions: PARTITIONS });
}

/** A parser that knows the series from the run before, unless every run is to bring new ones. */
async function wasmContender(workload: Workload, bodies: readonly Body[]): Promise<Contender> {
  const kept = await makeParser();
  return {
    name: `wasm, ${workload.name}`,
    async run() {
      const parser = workload.isNewEveryRun ? await makeParser() : kept;
      return measure(bodies, (body) => parseBody(parser, body));
    },
  };
}

/** What ingress does with a body, up to the point where it would encode the columns. */
function parseBody(parser: LineParser, { bytes }: Body): number {
  const database = parser.database(DATABASE);
  const progress = startBody({ database, precision: 1n, nowNs: START_NS, errorsMax: 1 });
  for (;;) {
    const status = parser.parse(bytes, progress);
    if (status === 'done') return progress.accepted;
    if (status === 'unknown-fields') defineUnknown(parser);
    else takeBlocks(parser, parser.fullPartition());
  }
}

/** As if every reservation were granted at once. */
function defineUnknown(parser: LineParser): void {
  for (const { database, measurement, name, type } of parser.unknownFields())
    parser.defineFields(database, measurement, [{ name, type }]);
}

function takeBlocks(parser: LineParser, partition: number): void {
  for (const { announced } of parser.take(partition))
    if (announced) parser.confirm(announced.fresh, announced.generation);
  parser.reset(partition);
}

function referenceContender({ name }: Workload, bodies: readonly Body[]): Contender {
  const limits = PARSER_LIMITS;
  const options = { seed: ID_SEED, partitions: PARTITIONS, limits, idBits: BITS };
  return {
    name: `reference, ${name}`,
    async run() {
      const parser = new ReferenceParser(options);
      const parse = { database: DATABASE, precision: 1n, nowNs: START_NS };
      return measure(bodies, ({ bytes }) => parser.parse(bytes, parse).points.length);
    },
  };
}

/** @throws when a line was not accepted: errors are parsed at another speed. */
function measure(bodies: readonly Body[], parse: (body: Body) => number): Figures {
  let bytes = 0;
  let lines = 0;
  const startedAt = performance.now();
  for (const body of bodies) {
    const accepted = parse(body);
    if (accepted !== body.lines)
      throw new Error(`${accepted} of ${body.lines} lines were accepted`);
    bytes += body.bytes.length;
    lines += accepted;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { megabytesPerSecond: bytes / 1e6 / seconds, linesPerSecond: lines / seconds };
}
