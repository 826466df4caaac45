import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { CASES, NOW_NS } from './cases.ts';
import { FUZZ_SEED } from './fuzz/seed.ts';
import type { ParserLimits } from './parser-limits.ts';
import { createParsers, expectSame, type Parsers } from './parser-runs.ts';

/** Random input through the parser and its reference. FUZZ_SEED repeats a run, FUZZ_RUNS makes it longer. */
const SEED = FUZZ_SEED;
const RUNS = Number(process.env.FUZZ_RUNS ?? 300);
const TIMEOUT_MS = 60_000 + RUNS * 100;

console.log(`fuzzing the parser: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);

/** So little of everything that all of it is exhausted all the time. */
const TIGHT: Partial<ParserLimits> = {
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

const FLOAT = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer({ min: -10_000, max: 10_000 }).map((value) => String(value / 100)),
  fc.integer({ min: -1000, max: 1000 }).map(String),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.integer({ min: -350, max: 320 }))
    .map(([digits, exponent]) => `${digits}e${exponent}`)
    .filter((text) => Number.isFinite(Number(text))),
  fc
    .tuple(fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.bigInt({ min: 0n, max: 10n ** 20n }))
    .map(([whole, fraction]) => `${whole}.${fraction}`),
);
const INTEGER = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => `${value}i`);
const SMALL_INTEGER = fc.integer({ min: -200, max: 200 }).map((value) => `${value}i`);
const UNSIGNED = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => `${value}u`);
const BOOLEAN = fc.constantFrom(
  't',
  'T',
  'true',
  'True',
  'TRUE',
  'f',
  'F',
  'false',
  'False',
  'FALSE',
);
const STRING = fc
  .oneof(
    fc.string({ maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', '\\', 'n', '\n', ',', '='), maxLength: 20 }),
  )
  .filter((text) => !text.includes('\0'))
  .map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);

/** The type of a field is in its name, so that most lines are valid. */
const FIELD = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('i', 'int\\ eger', 'i3'), SMALL_INTEGER) },
  fc.tuple(fc.constant('i'), INTEGER),
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('f', 'f_1', 'a_name_of_19_bytes_'), FLOAT) },
  fc.tuple(fc.constantFrom('u', 'u\\=2'), UNSIGNED),
  fc.tuple(fc.constant('b'), BOOLEAN),
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('s', 'ström'), STRING) },
);
const TAGS = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom('host', 'region', 'r', 'reg', 'a\\,b', 'é'),
      fc.constantFrom('a', 'b', 'c\\ d', 'ü', 'x\\y', 'a_value_longer_than_16_bytes'),
    ),
    { selector: ([key]) => key, maxLength: 4 },
  )
  .map((tags) => tags.map(([key, value]) => `,${key}=${value}`).join(''));
const TIME = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 0, max: 5 }).map((time) => ` ${time}`),
  fc.integer({ min: 0, max: 5 }).map((time) => ` ${1_700_000_000_000_000_000n + BigInt(time)}`),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((time) => ` ${time}`),
);
const LINE = fc
  .tuple(
    fc.constantFrom('m', 'cpu', 'a\\ b\\,c'),
    TAGS,
    fc.array(FIELD, { minLength: 1, maxLength: 6 }),
    TIME,
    fc.constantFrom('\n', '\n', '\n', '\r\n', ' \n', '\n# comment\n\n'),
  )
  .map(
    ([measurement, tags, fields, time, end]) =>
      `${measurement}${tags} ${fields.map(([key, value]) => `${key}=${value}`).join(',')}${time}${end}`,
  );
/** Few different lines, each several times, so that much is as expected. */
const BODY = fc
  .tuple(fc.array(LINE, { minLength: 1, maxLength: 8 }), fc.array(fc.nat(7), { maxLength: 40 }))
  .map(([lines, order]) => order.map((index) => lines[index % lines.length]).join(''));

/** Bytes at which parsing takes another way. */
const INTERESTING = [...'\0\t\n\r "#+,-.0129=EeIituT\\_'].map((char) => char.charCodeAt(0));
const BYTE = fc.oneof(fc.constantFrom(...INTERESTING), fc.integer({ min: 0, max: 255 }));
interface Mutation {
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly number[];
}
const MUTATION: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  remove: fc.nat(3),
  insert: fc.array(BYTE, { maxLength: 3 }),
});
const ORIGINAL = fc.oneof(
  BODY.map((text) => Buffer.from(text)),
  fc
    .array(fc.constantFrom(...CASES.filter(({ body }) => body.length < 200)), { maxLength: 6 })
    .map((cases) =>
      Buffer.concat(cases.flatMap(({ body }) => [Buffer.from(body), Buffer.from('\n')])),
    ),
);
const MUTANT = fc
  .tuple(ORIGINAL, fc.array(MUTATION, { minLength: 1, maxLength: 6 }))
  .map(([original, mutations]) => mutations.reduce(mutate, original));

function mutate(bytes: Buffer, { at, remove, insert }: Mutation): Buffer {
  const start = at % (bytes.length + 1);
  return Buffer.concat([
    bytes.subarray(0, start),
    Buffer.from(insert),
    bytes.subarray(start + remove),
  ]);
}

const PRECISION = fc.constantFrom(1n, 1n, 1_000_000n, 1_000_000_000n, 0n);

describe.each([
  ['default limits', {}],
  ['tight limits', TIGHT],
])('parser and reference - %s', (_, limits) => {
  let databases = 0;

  const check = (parsers: Parsers, body: Uint8Array, precision: bigint) => {
    const database = `db${databases++}`;
    return expectSame(parsers, body, { database, precision, nowNs: NOW_NS });
  };

  test(
    'fuzz - valid lines',
    async () => {
      const parsers = await createParsers(limits);
      const property = fc.property(BODY, (body) => {
        const { errors } = check(parsers, Buffer.from(body), 1n);
        if (limits !== TIGHT) expect(errors).toEqual([]);
      });
      fc.assert(property, { seed: SEED, numRuns: RUNS });
    },
    TIMEOUT_MS,
  );

  test(
    'fuzz - damaged lines',
    async () => {
      const parsers = await createParsers(limits);
      const property = fc.property(MUTANT, PRECISION, (body, precision) => {
        check(parsers, body, precision);
      });
      fc.assert(property, { seed: SEED, numRuns: RUNS * 4 });
    },
    TIMEOUT_MS,
  );

  test(
    'fuzz - any bytes',
    async () => {
      const parsers = await createParsers(limits);
      const property = fc.property(fc.array(BYTE, { maxLength: 200 }), (bytes) => {
        check(parsers, Uint8Array.from(bytes), 1n);
      });
      fc.assert(property, { seed: SEED, numRuns: RUNS });
    },
    TIMEOUT_MS,
  );
});
