import { beforeAll, describe, expect, test } from 'bun:test';
import { startBody } from './body-progress.ts';
import { FUZZ_SEED } from './fuzz/seed.ts';
import { LineParser } from './line-parser.ts';
import { Random } from './parser-samples.ts';

/**
 * Decimals against what they must come to: the host, which JavaScript obliges to round correctly, and for decimals that lie exactly
 * between two doubles, or a hair beside, what follows from how they were made.
 */

const RANDOM_DOUBLES = 20_000;
const RANDOM_HALFWAYS = 3000;
const MANTISSA_BITS = 52n;
/** Bits of the greatest double. */
const BITS_MAX = 0x7fef_ffff_ffff_ffffn;

console.log(`rounding random decimals: FUZZ_SEED=${FUZZ_SEED}`);

const view = new DataView(new ArrayBuffer(8));

function doubleOf(bits: bigint): number {
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** The double with its exact decimal expansion; so is the point halfway to the next, which `halves` adds. */
function expansion(bits: bigint, halves: bigint): string {
  const field = bits >> MANTISSA_BITS;
  const hidden = field === 0n ? 0n : 1n << MANTISSA_BITS;
  const mantissa = (bits & ((1n << MANTISSA_BITS) - 1n)) | hidden;
  const exponent = (field === 0n ? 1n : field) - 1075n - 1n;
  const number = 2n * mantissa + halves;
  if (exponent >= 0n) return String(number << exponent);
  const digits = String(number * 5n ** -exponent).padStart(Number(-exponent) + 1, '0');
  return `${digits.slice(0, Number(exponent))}.${digits.slice(Number(exponent))}`;
}

/** The same number with its point elsewhere and an exponent that makes up for it. */
function withExponent(text: string, random: Random): string {
  const [whole = '', fraction = ''] = text.split('.');
  const digits = `${whole}${fraction}`.replace(/^0+(?=.)/, '');
  const point = random.below(digits.length + 1);
  const exponent = digits.length - fraction.length - point;
  const letter = random.pick(['e', 'E']);
  const sign = exponent >= 0 ? random.pick(['', '+']) : '';
  return `${digits.slice(0, point)}.${digits.slice(point)}${letter}${sign}${exponent}`;
}

interface Decimal {
  readonly text: string;
  readonly value: number;
}

/** Exactly between two doubles (rounded to the even one), a hair below, a hair above; each in two spellings. */
function aroundHalfway(bits: bigint, random: Random): Decimal[] {
  const middle = expansion(bits, 1n);
  const below = doubleOf(bits);
  const above = bits === BITS_MAX ? Number.POSITIVE_INFINITY : doubleOf(bits + 1n);
  const even = bits % 2n === 0n ? below : above;
  const pointed = middle.includes('.') ? middle : `${middle}.`;
  const zeros = '0'.repeat(random.below(900));
  const isWhole = !middle.includes('.');
  // The last digit of a fraction that is a half of something is a 5.
  const lesser = isWhole
    ? String(BigInt(middle) - 1n)
    : `${middle.slice(0, -1)}4${'9'.repeat(random.below(900))}`;
  const decimals = [
    { text: pointed, value: even },
    { text: `${pointed}${zeros}`, value: even },
    { text: `${pointed}${zeros}1`, value: above },
    { text: lesser, value: below },
  ];
  return decimals.flatMap(({ text, value }) => [
    { text, value },
    { text: withExponent(text, random), value },
  ]);
}

function randomBits(random: Random): bigint {
  return (BigInt(random.below(0x7ff0_0000)) << 32n) | BigInt(random.below(2 ** 32));
}

function ofHost(text: string): Decimal {
  return { text, value: Number(text) };
}

let parser: LineParser;
let database: number;

beforeAll(async () => {
  const seed = new Uint8Array(16);
  parser = await LineParser.create({ seed, partitions: 1, limits: { seriesBytesMax: 1 << 20 } });
  parser.defineFields('db', 'm', [{ name: 'f', type: 'float' }]);
  database = parser.database('db');
});

/** What the parser makes of the decimals, each being the timestamp's row; one that is out of range is missing. */
function parseAll(decimals: readonly Decimal[], lineEnd: string): Map<number, number> {
  const body = decimals.map(({ text }, i) => `m f=${text} ${i}${lineEnd}`).join('');
  const progress = startBody({ database, precision: 1n, nowNs: 0n, errorsMax: 0 });
  const values = new Map<number, number>();
  const take = () => {
    for (const { times, columns } of parser.take(0)) {
      const column = columns[0];
      if (!column || !('values' in column)) throw new Error('a column of strings');
      const floats = new Float64Array(column.values.slice().buffer);
      const rows = new BigInt64Array(times.slice().buffer);
      for (const [i, row] of rows.entries()) values.set(Number(row), floats[i] as number);
    }
    parser.reset(0);
  };
  const bytes = Buffer.from(body);
  while (parser.parse(bytes, progress) !== 'done') take();
  take();
  return values;
}

/** Both ways of the parser: lines as expected, and lines that it looks at byte by byte, for which a carriage return is enough. */
function expectRounded(decimals: readonly Decimal[]): void {
  for (const lineEnd of ['\n', '\r\n']) {
    const values = parseAll(decimals, lineEnd);
    const wrong = decimals.filter(
      ({ value }, i) => !Object.is(values.get(i) ?? Number.POSITIVE_INFINITY, value),
    );
    expect(wrong).toEqual([]);
  }
}

describe('floats', () => {
  test('halfway - rounds to the even double, and a hair beside to the nearer one', () => {
    const random = new Random(FUZZ_SEED);
    const edges = [
      0n,
      1n,
      2n,
      0x000f_ffff_ffff_fffen,
      0x000f_ffff_ffff_ffffn,
      0x0010_0000_0000_0000n,
      0x3ff0_0000_0000_0000n,
      0x4330_0000_0000_0000n,
      0x4340_0000_0000_0000n,
      BITS_MAX - 1n,
      BITS_MAX,
    ];
    expectRounded(edges.flatMap((bits) => aroundHalfway(bits, random)));
    for (let i = 0; i < RANDOM_HALFWAYS; i += 100) {
      const some = Array.from({ length: 100 }, () => randomBits(random));
      expectRounded(some.flatMap((bits) => aroundHalfway(bits, random)));
    }
  });

  test('random bits - come back from every way to write them', () => {
    const random = new Random(FUZZ_SEED);
    const decimals = Array.from({ length: RANDOM_DOUBLES }, () => doubleOf(randomBits(random)));
    expectRounded(decimals.map((value) => ({ text: String(value), value })));
    expectRounded(decimals.map((value) => ({ text: `-${value.toPrecision(17)}`, value: -value })));
    expectRounded(decimals.map((value) => ({ text: value.toExponential(16), value })));
    // Fewer digits than it takes, and more than are true: another double, perhaps none.
    expectRounded(decimals.map((value) => ofHost(value.toPrecision(1 + random.below(16)))));
    expectRounded(decimals.map((value) => ofHost(value.toPrecision(18 + random.below(60)))));
  });

  test('subnormal - every power of two and its neighbours', () => {
    const powers = Array.from({ length: 53 }, (_, i) => 1n << BigInt(i));
    const values = powers.flatMap((bits) => [bits - 1n, bits, bits + 1n].map(doubleOf));
    expectRounded(values.map((value) => ({ text: String(value), value })));
    expectRounded(values.map((value) => ({ text: value.toExponential(30), value })));
  });

  test('exponents - at the limits and far beyond, with digits that bring them back', () => {
    const random = new Random(FUZZ_SEED);
    const exponents = Array.from({ length: 800 }, (_, i) => i - 400);
    expectRounded(exponents.map((exponent) => ofHost(`1e${exponent}`)));
    expectRounded(exponents.map((exponent) => ofHost(`${random.below(2 ** 32)}.5e${exponent}`)));
    expectRounded(exponents.map((exponent) => ofHost(`9999999999999999999999e${exponent}`)));
    expectRounded(
      exponents.map((zeros) => {
        const digits = '0'.repeat(Math.abs(zeros));
        return ofHost(zeros < 0 ? `0.${digits}17e${-zeros}` : `17${digits}e${-zeros}`);
      }),
    );
  });

  test('800 digits - decide as a whole', () => {
    const random = new Random(FUZZ_SEED);
    const texts = Array.from({ length: 2000 }, () => {
      const digits = Array.from({ length: 780 + random.below(40) }, () => random.below(10));
      const point = random.below(digits.length);
      const text = `${digits.slice(0, point).join('')}.${digits.slice(point).join('')}`;
      return `${text}e${random.below(700) - 350 - point}`;
    });
    expectRounded(texts.map(ofHost));
  });
});
