import { describe, expect, test } from 'bun:test';
import { type Block, decodeBatch, encodeBatch } from '@overseer/shared/batch';
import { type PackedColumn, unpackColumn } from '@overseer/shared/packed-column';
import fc from 'fast-check';
import { startBody } from './body-progress.ts';
import { LineParser } from './line-parser.ts';
import { RowEncoder } from './rows.ts';
import { encodeByReference } from './rows-reference.ts';

const RUNS = 300;
const SEED = new Uint8Array(16);

type PackedType = 'float' | 'integer' | 'unsigned';
const SUFFIX: Readonly<Record<PackedType, string>> = { float: '', integer: 'i', unsigned: 'u' };

/** 8 bytes a value, as columns have them. */
function bytesOf(type: PackedType, values: readonly (number | bigint)[]): Uint8Array {
  const made =
    type === 'float'
      ? Float64Array.from(values, Number)
      : BigInt64Array.from(values, (value) => BigInt.asIntN(64, BigInt(value)));
  return new Uint8Array(made.buffer);
}

function textOf(type: PackedType, value: number | bigint): string {
  return `${Object.is(value, -0) ? '-0' : value}${SUFFIX[type]}`;
}

const parser = await LineParser.create({ seed: SEED, partitions: 1 });
const encoder = await RowEncoder.create({ seed: SEED });
for (const type of ['float', 'integer', 'unsigned'] as const) {
  parser.defineFields('db', type, [{ name: 'f', type }]);
}

/** Writes the values through the parser; gives the block as the store gets it, with its message. */
function pack(type: PackedType, values: readonly (number | bigint)[]) {
  const text = values.map((value, i) => `${type} f=${textOf(type, value)} ${i}\n`).join('');
  const progress = startBody({
    database: parser.database('db'),
    precision: 1n,
    nowNs: 0n,
    errorsMax: 1,
  });
  parser.parse(new TextEncoder().encode(text), progress);
  expect(progress.errors).toEqual([]);
  const blocks = parser.take(0, { pack: true });
  const message = encodeBatch({ installation: '01234567', blocks });
  parser.reset(0);
  const [block] = decodeBatch(message).blocks;
  if (!block) throw new Error('a batch without a block');
  return { message, block, column: block.columns[0] };
}

/** COPY rows of the block by the kernel. */
function encodeAll(message: Uint8Array, block: Block, type: PackedType): string {
  encoder.releaseMessages();
  encoder.clearOutput();
  const loaded = encoder.load(message);
  if (!loaded) throw new Error('an empty encoder had no room');
  const target = [{ kind: 'field', type, source: 0 }] as const;
  encoder.encode(loaded, block, target, { rows: 'all' });
  return Buffer.from(encoder.output).toString('hex');
}

function expectSame(
  type: PackedType,
  values: readonly (number | bigint)[],
): PackedColumn | undefined {
  const { message, block, column } = pack(type, values);
  if (!column || 'ends' in column) throw new Error('no column of numbers');
  const plain =
    'codes' in column ? unpackColumn(column, type === 'float', block.rows) : column.values;
  const expected = bytesOf(type, values);
  expect(plain.toHex()).toBe(expected.toHex());
  const target = [{ kind: 'field', type, source: 0 }] as const;
  const rows = Array.from(values, (_, row) => row);
  const reference = encodeByReference({ ...block, columns: [{ values: expected }] }, target, rows);
  expect(encodeAll(message, block, type)).toBe(Buffer.from(reference).toString('hex'));
  return 'codes' in column ? column : undefined;
}

/** Integers from a least one up, no further than so many bits reach. */
const integers = (least: bigint, greatest: bigint) =>
  fc.tuple(fc.bigInt(least, greatest), fc.integer({ min: 0, max: 64 })).chain(([from, bits]) => {
    const reach = from + (1n << BigInt(bits)) - 1n;
    const to = reach < greatest ? reach : greatest;
    return fc.array(fc.oneof(fc.constant(from), fc.constant(to), fc.bigInt(from, to)), {
      minLength: 1,
      maxLength: 60,
    });
  });

const decimals = fc
  .tuple(fc.integer({ min: 0, max: 12 }), integers(-(2n ** 53n), 2n ** 53n))
  .map(([digits, values]) => values.map((value) => Number(`${value}e-${digits}`)));

const shortFloats = fc.array(
  fc.oneof(
    { weight: 40, arbitrary: fc.integer({ min: -1000, max: 1000 }).map((value) => value / 100) },
    { weight: 1, arbitrary: fc.constantFrom(-0, Math.PI, 1e300) },
  ),
  { minLength: 16, maxLength: 60 },
);

const anyFloats = fc.array(
  fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -1000, max: 1000 }).map((value) => value / 100),
    fc.constantFrom(0, -0, 5e-324, 1.7976931348623157e308, -(2 ** 52) - 1, 2 ** 53),
  ),
  { minLength: 1, maxLength: 60 },
);

describe('packed columns', () => {
  test('numbers - are what they were, bit by bit, whatever they are', () => {
    const holds = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void) =>
      fc.assert(fc.property(arbitrary, check), { numRuns: RUNS });
    holds(integers(-(2n ** 63n), 2n ** 63n - 1n), (values) => void expectSame('integer', values));
    holds(integers(0n, 2n ** 64n - 1n), (values) => void expectSame('unsigned', values));
    holds(decimals, (values) => void expectSame('float', values));
    holds(shortFloats, (values) => void expectSame('float', values));
    holds(anyFloats, (values) => void expectSame('float', values));
  });

  test('integers - take the bytes that their spread asks for', () => {
    const spread = (greatest: bigint) => {
      const values = Array.from({ length: 32 }, (_, i) => 1_000_000n + (i % 2 ? greatest : 0n));
      return expectSame('integer', values)?.codes.length;
    };
    expect([0n, 255n, 256n, 65_535n, 65_536n, 2n ** 32n - 1n, 2n ** 32n].map(spread)).toEqual([
      0,
      32,
      64,
      64,
      128,
      128,
      undefined,
    ]);
  });

  test('floats - with few digits behind the point are decimals, others stay', () => {
    const of = (value: (i: number) => number, rows = 33) =>
      expectSame(
        'float',
        Array.from({ length: rows }, (_, i) => value(i)),
      );
    expect(of((i) => Number(`${i}.${i}`))).toMatchObject({ decimals: 2 });
    expect(of((i) => i)).toMatchObject({ decimals: 0 });
    // The one that needs most digits comes last.
    expect(of((i) => (i === 32 ? 0.123456 : i))).toMatchObject({ decimals: 6 });
    expect(of((i) => Math.sqrt(i))).toBeUndefined();
    expect(of((i) => (i === 32 ? -0 : i))).toBeUndefined();
    expect(of(() => 1e300)).toBeUndefined();
  });

  test('a few rows - stay as they are, in a batch that older stores read', () => {
    const { message, column } = pack('integer', [1n, 2n]);
    expect(message[1]).toBe(1);
    expect(column).toHaveProperty('values');
    expect(pack('integer', Array(16).fill(1n)).message[1]).toBe(2);
  });
});
