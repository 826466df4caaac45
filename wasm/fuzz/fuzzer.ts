import fc from 'fast-check';
import { CASES, NOW_NS } from '../cases.ts';
import type { ParserLimits } from '../parser-limits.ts';
import {
  createParsers,
  expectSame,
  type Parsers,
  type Run,
  type RunOptions,
} from '../parser-runs.ts';
import { Random } from '../parser-samples.ts';
import { BODY, PRECISION } from './arbitraries.ts';
import { ByteMutator } from './byte-mutator.ts';

/** Random input through the parser and its reference, for as long as one likes. */

/** A way to make input, with parsers of certain limits. */
export interface FuzzTarget {
  readonly name: string;
  /**
   * @returns how many inputs there were
   * @throws FuzzError when parser and reference differ, or something traps
   */
  run(seed: number, milliseconds: number): Promise<number>;
}

/** Says which input it was, and how to have it again. */
export class FuzzError extends Error {
  override name = 'FuzzError';
}

/** Everything as lines usually need it, in little memory. */
const ROOMY: Partial<ParserLimits> = {
  seriesMax: 10_000,
  seriesBytesMax: 8 << 20,
  catalogueBytesMax: 4 << 20,
  shapesMax: 512,
  openBytesTarget: 64 << 10,
  blocksMax: 256,
};

/** So little of everything that all of it is exhausted all the time. */
const TIGHT: Partial<ParserLimits> = {
  catalogueBytesMax: 4 << 20,
  openBytesTarget: 1500,
  blockRowsMax: 3,
  blocksMax: 3,
  shapesMax: 2,
  unknownFieldsMax: 2,
  seriesMax: 3,
  seriesBytesMax: 1 << 20,
  lineBytesMax: 600,
  pieceBytes: 300,
  seriesKeyBytesMax: 120,
  stringBytesMax: 40,
  nameBytesMax: 12,
  tagsMax: 4,
  fieldsMax: 6,
  measurementsMax: 5,
};

/** Every input has a database of its own; after so many there are new parsers, before names exhaust their memory. */
const INPUTS_OF_PARSERS = 1000;
/** Values of fast-check grow within a round. */
const RUNS_OF_ROUND = 500;
/** A round in which not one body is tried counts as failed, on a machine that stands still for a moment too. */
const ROUND_MS_MIN = 5000;
/** How long a body that fails is made smaller: each step makes parsers anew. */
const SHRINK_MS_MAX = 20_000;

/** Bytes at which parsing takes another way, and the others. */
const BYTE = fc.oneof(
  fc.constantFrom(...Buffer.from('\0\t\n\r "#+,-.0129=EeIituT\\_')),
  fc.integer({ min: 0, max: 255 }),
);
const BYTES = fc.array(BYTE, { maxLength: 200 }).map((bytes) => Buffer.from(bytes));

type Options = Omit<RunOptions, 'database' | 'nowNs'>;

/** Parsers that are made anew from time to time. */
class Subject {
  readonly #limits: Partial<ParserLimits>;
  #parsers: Parsers | undefined;
  inputs = 0;

  constructor(limits: Partial<ParserLimits>) {
    this.#limits = limits;
  }

  async check(body: Uint8Array, options: Options): Promise<Run> {
    if (this.inputs % INPUTS_OF_PARSERS === 0) this.#parsers = undefined;
    this.#parsers ??= await createParsers(this.#limits);
    const database = `db${this.inputs++}`;
    return expectSame(this.#parsers, body, { database, nowNs: NOW_NS, ...options });
  }

  /** Whether the body alone fails, with parsers that saw nothing else. */
  async fails(body: Uint8Array, options: Options): Promise<boolean> {
    const parsers = await createParsers(this.#limits);
    try {
      expectSame(parsers, body, { database: 'db', nowNs: NOW_NS, ...options });
      return false;
    } catch {
      return true;
    }
  }
}

async function fuzzProperty(
  limits: Partial<ParserLimits>,
  body: fc.Arbitrary<Buffer>,
  seed: number,
  milliseconds: number,
  inspect?: (run: Run) => void,
): Promise<number> {
  const subject = new Subject(limits);
  const property = fc.asyncProperty(body, PRECISION, async (bytes, precision) => {
    const run = await subject.check(bytes, { precision });
    inspect?.(run);
  });
  const end = performance.now() + milliseconds;
  for (let round = 0; round === 0 || performance.now() < end; round++) {
    await fc.assert(property, {
      seed: seed + round,
      numRuns: RUNS_OF_ROUND,
      interruptAfterTimeLimit: Math.max(end - performance.now(), ROUND_MS_MIN),
    });
  }
  return subject.inputs;
}

async function fuzzMutants(
  limits: Partial<ParserLimits>,
  seed: number,
  milliseconds: number,
): Promise<number> {
  const random = new Random(seed);
  const bodies = CASES.map(({ body }) => (typeof body === 'string' ? Buffer.from(body) : body));
  const mutator = new ByteMutator(random, bodies);
  const subject = new Subject(limits);
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    const body = mutator.next();
    const options = randomOptions(random);
    try {
      mutator.learn(body, outcomeOf(await subject.check(body, options)));
    } catch (cause) {
      throw await explain(subject, seed, body, options, cause);
    }
  }
  return subject.inputs;
}

function randomOptions(random: Random): Options {
  const isBounded = random.below(4) === 0;
  return {
    precision: random.pick([1n, 1n, 1n, 0n, 1000n, 1_000_000n, 1_000_000_000n, 3_600_000_000_000n]),
    oldestNs: isBounded ? BigInt(random.below(4)) : undefined,
    newestNs: isBounded ? random.pick([3n, 1_000_000n, NOW_NS]) : undefined,
    linesMax: random.below(8) === 0 ? 1 + random.below(5) : undefined,
  };
}

/** In few words what a body came to: bodies that come to the same are taken for alike. */
function outcomeOf({ points, errors }: Run): string {
  const kinds = points.map(({ fields }) =>
    Object.values(fields)
      .map((value) => value.slice(0, 2))
      .join(''),
  );
  const codes = errors.map(({ code }) => code);
  return [...new Set(kinds), ...codes, Math.min(points.length, 4)].join();
}

async function explain(
  subject: Subject,
  seed: number,
  body: Buffer,
  options: Options,
  cause: unknown,
): Promise<FuzzError> {
  const described = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  const where = `with seed ${seed} at input ${subject.inputs} (${described.join(', ')})`;
  // Told at once: whoever runs this may not wait until it is smaller.
  console.error(`parser and reference differ ${where}, in base64: ${body.toString('base64')}`);
  const isAlone = await subject.fails(body, options);
  const small = isAlone ? await shrink(subject, body, options) : body;
  return new FuzzError(
    `parser and reference differ ${where}, ${isAlone ? 'by itself' : 'only after the inputs before it'}:\n` +
      `${JSON.stringify(small.toString('latin1'))}\nin base64: ${small.toString('base64')}\n` +
      `${cause instanceof Error ? cause.message : cause}`,
    { cause },
  );
}

/** Leaves out what can be left out of a body that fails: half of it, a quarter, and so on to single bytes. */
async function shrink(subject: Subject, body: Buffer, options: Options): Promise<Buffer> {
  let small = body;
  const end = performance.now() + SHRINK_MS_MAX;
  for (let length = small.length >> 1; length > 0; length >>= 1) {
    for (let at = 0; at + length <= small.length && performance.now() < end; ) {
      const shorter = Buffer.concat([small.subarray(0, at), small.subarray(at + length)]);
      if (await subject.fails(shorter, options)) small = shorter;
      else at += length;
    }
  }
  return small;
}

function targetsOf(name: string, limits: Partial<ParserLimits>): FuzzTarget[] {
  const isTight = limits === TIGHT;
  const expectValid = ({ errors }: Run) => {
    const first = errors.find(({ code }) => code !== 'timestamp-out-of-range');
    if (first && !isTight) throw new FuzzError(`a valid line is rejected: ${first.message}`);
  };
  const lines = BODY.map((text) => Buffer.from(text));
  return [
    {
      name: `valid lines, ${name}`,
      run: (seed, milliseconds) => fuzzProperty(limits, lines, seed, milliseconds, expectValid),
    },
    {
      name: `any bytes, ${name}`,
      run: (seed, milliseconds) => fuzzProperty(limits, BYTES, seed, milliseconds),
    },
    {
      name: `mutants, ${name}`,
      run: (seed, milliseconds) => fuzzMutants(limits, seed, milliseconds),
    },
  ];
}

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  ...targetsOf('usual limits', ROOMY),
  ...targetsOf('tight limits', TIGHT),
];
