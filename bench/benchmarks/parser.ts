import { LineParser, PARSER_LIMITS, startBody } from '@overseer/wasm';
import { ReferenceParser } from '@overseer/wasm/reference';
import type { Benchmark, Contender, Figures } from '../harness.ts';
import { type Body, BodyMaker } from '../lines.ts';
import { CpuOnlyWalk, FIELDS, MEASUREMENT, type ValueKind } from '../tsbs.ts';

const HOSTS = 4000;
const SEED = 1;
const START_NS = 1_767_225_600_000_000_000n;
const BODY_BYTES_MAX = 1024 * 1024;
const PARTITIONS = 4;
const DATABASE = 'bench';
/** Seed of the series ids. */
const ID_SEED = new Uint8Array(16).fill(SEED);
const BITS = 64;
/** What the plain parser gets of the lines: its speed doesn't depend on their number, only the patience does. */
const REFERENCE_SHARE = 0.01;

/** As many new series as a parser keeps with ease. */
const NEW_SERIES_SHARE = 0.2;

/** Bytes of bodies into validated columns, on one thread. */
export const parser: Benchmark = {
  name: 'parser',
  question:
    'How fast is line protocol parsed and validated on one core, against a plain TypeScript parser?',
  async prepare({ quick, progress }) {
    const lines = quick ? 20_000 : 1_000_000;
    progress(`parser: making ${lines} lines of each kind`);
    const integers = bodiesOf('integers', lines, HOSTS);
    const decimals = bodiesOf('decimals', lines, HOSTS);
    const strangers = bodiesOf('integers', lines * NEW_SERIES_SHARE, lines * NEW_SERIES_SHARE);
    const known = { integers: await wasmParser('integer'), decimals: await wasmParser('float') };
    return {
      contenders: [
        contender('wasm, integers', integers, () => known.integers),
        contender('wasm, decimals', decimals, () => known.decimals),
        contender('wasm, every series new', strangers, () => wasmParser('integer')),
        referenceContender('reference, integers', integers.slice(0, share(integers)), 'integer'),
        referenceContender('reference, decimals', decimals.slice(0, share(decimals)), 'float'),
      ],
      ratios: [
        ratio('wasm, integers', 'reference, integers'),
        ratio('wasm, decimals', 'reference, decimals'),
        ratio('wasm, every series new', 'wasm, integers'),
      ],
      parameters: {
        lines,
        hosts: HOSTS,
        seed: SEED,
        bodyBytesMax: BODY_BYTES_MAX,
        partitions: PARTITIONS,
      },
      versions: {},
      rounds: quick ? 1 : 5,
      stop: async () => {},
    };
  },
};

function share(bodies: readonly Body[]): number {
  return Math.ceil(bodies.length * REFERENCE_SHARE);
}

function ratio(of: string, to: string) {
  return { name: `${of} / ${to}`, figure: 'linesPerSecond', of, to };
}

function bodiesOf(values: ValueKind, lines: number, hosts: number): Body[] {
  const walk = new CpuOnlyWalk({ hosts, seed: SEED, startNs: START_NS, values });
  return new BodyMaker(walk, BODY_BYTES_MAX, 1).make(lines).flat();
}

function fieldsOf(type: 'integer' | 'float') {
  return FIELDS.map((name) => ({ name, type }));
}

async function wasmParser(type: 'integer' | 'float'): Promise<LineParser> {
  const parser = await LineParser.create({ seed: ID_SEED, partitions: PARTITIONS });
  parser.defineFields(DATABASE, MEASUREMENT, fieldsOf(type));
  return parser;
}

/** @param make gives the parser of a run: the one of the run before knows its series. */
function contender(
  name: string,
  bodies: readonly Body[],
  make: () => LineParser | Promise<LineParser>,
): Contender {
  return {
    name,
    async run() {
      const parser = await make();
      return measure(bodies, (body) => parseBody(parser, body));
    },
  };
}

/** What ingress does with a body, up to the point where it would encode the columns. */
function parseBody(parser: LineParser, { bytes }: Body): number {
  const database = parser.database(DATABASE);
  const progress = startBody({ database, precision: 1n, nowNs: 0n, errorsMax: 1 });
  for (;;) {
    const status = parser.parse(bytes, progress);
    if (status === 'done') return progress.accepted;
    if (status === 'unknown-fields') throw new Error('a field is unknown that was defined');
    takeBlocks(parser, parser.fullPartition());
  }
}

function takeBlocks(parser: LineParser, partition: number): void {
  for (const { announced } of parser.take(partition))
    if (announced) parser.confirm(announced.fresh, announced.generation);
  parser.reset(partition);
}

function referenceContender(
  name: string,
  bodies: readonly Body[],
  type: 'integer' | 'float',
): Contender {
  const limits = PARSER_LIMITS;
  const options = { seed: ID_SEED, partitions: PARTITIONS, limits, idBits: BITS };
  return {
    name,
    async run() {
      const parser = new ReferenceParser(options);
      parser.defineFields(DATABASE, MEASUREMENT, fieldsOf(type));
      const parse = { database: DATABASE, precision: 1n, nowNs: 0n };
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
