import { describe, expect, test } from 'bun:test';
import type { Block } from '@overseer/shared/batch';
import type { FieldType } from '@overseer/shared/field-type';
import fc from 'fast-check';
import { RowEncoder, type RowSelection } from './rows.ts';
import { NO_ROWS_NS } from './rows-index.ts';
import { type LoadedMessage, MessageSizeError } from './rows-kernel.ts';
import { classifyByReference, encodeByReference } from './rows-reference.ts';
import { type SampleBlock, type SampleField, sampleMessage, type Value } from './rows-samples.ts';
import type { TargetColumn } from './rows-target.ts';

const SEED = Uint8Array.from({ length: 16 }, (_, i) => i);
const FIELD_TYPES: readonly FieldType[] = ['float', 'integer', 'unsigned', 'boolean', 'string'];
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

const valuesOfType: Readonly<Record<FieldType, fc.Arbitrary<Value>>> = {
  float: fc.double({ noNaN: true, noDefaultInfinity: true }),
  integer: fc.oneof(
    fc.constantFrom(INT64_MIN, -1n, 0n, INT64_MAX),
    fc.bigInt(INT64_MIN, INT64_MAX),
  ),
  unsigned: fc.oneof(
    fc.constantFrom(0n, 1n, 9_999n, 10_000n, 99_990_000n, 10n ** 16n, 10n ** 19n, UINT64_MAX),
    fc.bigInt(0n, UINT64_MAX),
    fc.bigInt(0n, 100_000n),
  ),
  boolean: fc.boolean(),
  string: fc.oneof(
    fc.constantFrom('', 'a', 'ü', 'x'.repeat(15), 'x'.repeat(16), 'x'.repeat(256), 'x'.repeat(257)),
    fc.constant('y'.repeat(65_536)),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
  ),
};

const times = fc.oneof(
  fc.constantFrom(INT64_MIN, -1_000n, -999n, -1n, 0n, 1n, 999n, 1_000n, 1_003n, INT64_MAX),
  fc.bigInt(INT64_MIN, INT64_MAX),
  fc.bigInt(-1_000_000n, 1_000_000n).map((microseconds) => microseconds * 1_000n),
);

/** A block of up to `rowsMax` rows with up to six fields of these types. */
function blocks(rowsMax: number, types: readonly FieldType[]): fc.Arbitrary<SampleBlock> {
  return fc
    .record({
      rows: fc.integer({ min: 1, max: rowsMax }),
      types: fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 6 }),
    })
    .chain(({ rows, types: chosen }) => {
      const column = <T>(values: fc.Arbitrary<T>) =>
        fc.array(values, { minLength: rows, maxLength: rows });
      return fc.record({
        series: column(fc.bigInt(0n, UINT64_MAX)),
        timesNs: column(times),
        fields: fc.tuple(
          ...chosen.map((type, i) =>
            column(valuesOfType[type]).map(
              (values): SampleField => ({ name: `f${i}`, type, values }),
            ),
          ),
        ),
      });
    });
}

/** Columns behind the time: fields of the block and missing ones, ordinals, ids and nanoseconds, in any order. */
function targets(block: SampleBlock): fc.Arbitrary<TargetColumn[]> {
  const fields = block.fields.map(({ type }, source) => ({ kind: 'field' as const, type, source }));
  const others: TargetColumn[] = [
    { kind: 'series' },
    { kind: 'nanoseconds' },
    { kind: 'ordinal', type: 'int4' },
    { kind: 'ordinal', type: 'int8' },
    { kind: 'field', type: 'float', source: undefined },
    { kind: 'field', type: 'string', source: undefined },
  ];
  return fc
    .shuffledSubarray([...fields, ...others])
    .map((columns): TargetColumn[] => [{ kind: 'time' }, ...columns]);
}

function loaded(encoder: RowEncoder, message: Uint8Array): LoadedMessage {
  encoder.releaseMessages();
  const handle = encoder.load(message);
  if (!handle) throw new Error('an empty encoder had no room');
  return handle;
}

/** All rows of a selection, through as many outputs as it takes. */
function encodeAll(
  encoder: RowEncoder,
  message: LoadedMessage,
  block: Block,
  target: readonly TargetColumn[],
  rows: RowSelection,
  ordinalBase = 0n,
): { bytes: Buffer; outputs: number } {
  const count = rows === 'all' ? block.rows : rows.length;
  const parts: Uint8Array[] = [];
  for (let from = 0; from < count; ) {
    encoder.clearOutput();
    from = encoder.encode(message, block, target, { rows, from, ordinalBase });
    parts.push(encoder.output.slice());
  }
  encoder.clearOutput();
  return { bytes: Buffer.concat(parts), outputs: parts.length };
}

const rising = (count: number) => Array.from({ length: count }, (_, i) => i);

describe('row encoder', async () => {
  const encoder = await RowEncoder.create({ seed: SEED });

  for (const [name, types] of [
    ['fields of one length', ['float', 'integer', 'boolean']],
    ['fields of all types', FIELD_TYPES],
  ] as const) {
    test(`encode - ${name} give the bytes of the reference`, () => {
      const cases = blocks(150, types).chain((block) =>
        fc.record({
          block: fc.constant(block),
          target: targets(block),
          rows: fc.option(fc.subarray(rising(block.series.length))),
          ordinalBase: fc.bigInt(0n, 2_000_000_000n),
        }),
      );
      fc.assert(
        fc.property(cases, ({ block: sample, target, rows, ordinalBase }) => {
          const { message, blocks } = sampleMessage([sample]);
          const block = blocks[0] as Block;
          if (message.length > encoder.limits.messageBytesMax) return;
          const selection = rows === null ? 'all' : Uint32Array.from(rows);
          const handle = loaded(encoder, message);
          const { bytes } = encodeAll(encoder, handle, block, target, selection, ordinalBase);
          const expected = encodeByReference(
            block,
            target,
            rows ?? rising(block.rows),
            ordinalBase,
          );
          expect(Buffer.compare(bytes, expected)).toBe(0);
        }),
        { numRuns: 150 },
      );
    });
  }

  test('classify - finds the rows that the reference finds, block after block', () => {
    const row = fc.record({ series: fc.integer({ min: 0, max: 9 }), time: fc.bigInt(-5n, 60n) });
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 }),
        (rowsOfBlocks) => {
          encoder.index.clear();
          const newest = new Map<bigint, bigint>();
          for (let series = 0n; series < 8n; series++) {
            newest.set(series, NO_ROWS_NS);
            encoder.index.add(series, { check: series, newestNs: NO_ROWS_NS, table: 1 });
          }
          const { message, blocks } = sampleMessage(
            rowsOfBlocks.map((rows) => ({
              series: rows.map(({ series }) => BigInt(series)),
              timesNs: rows.map(({ time }) => time),
              fields: [{ name: 'f', type: 'boolean', values: rows.map(() => true) }],
            })),
          );
          const handle = loaded(encoder, message);
          const counted = new Set<bigint>();
          encoder.beginSeriesCount();
          for (const [i, block] of blocks.entries()) {
            const found = encoder.classify(handle, block);
            const expected = classifyByReference(newest, block);
            const before = counted.size;
            for (const { series } of rowsOfBlocks[i] ?? []) {
              if (newest.has(BigInt(series))) counted.add(BigInt(series));
            }
            expect(found.series).toBe(counted.size - before);
            expect({
              plain: found.plain === 'all' ? rising(block.rows) : Array.from(found.plain),
              late: Array.from(found.late),
              unknown: Array.from(found.unknown),
            }).toEqual(expected);
            const times = (rowsOfBlocks[i] ?? []).map(({ time }) => time);
            expect(found.times).toEqual(rangeOf(times));
            const lateTimes = expected.late.map((at) => times[at] as bigint);
            expect(found.lateTimes).toEqual(
              lateTimes.length === 0 ? undefined : rangeOf(lateTimes),
            );
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('classify - counts a series once in a count, also when it was forgotten and came again', () => {
    encoder.index.clear();
    const add = () => encoder.index.add(1n, { check: 1n, newestNs: NO_ROWS_NS, table: 1 });
    const { handle, block } = load(encoder, texts(['a', 'b']));
    const classified = () => encoder.classify(handle, block).series;
    encoder.beginSeriesCount();
    add();
    expect([classified(), classified()]).toEqual([1, 0]);
    encoder.beginSeriesCount();
    expect([classified(), classified()]).toEqual([1, 0]);
    encoder.index.removeAll([1n]);
    expect(classified()).toBe(0);
    add();
    expect(classified()).toBe(1);
  });

  test('classify - says whether any time is finer than a microsecond', () => {
    for (const [timesNs, finer] of [
      [[0n, -1_000n, 5_000n], false],
      [[0n, -1n], true],
      [[1_000n, 1_001n], true],
    ] as const) {
      const { handle, block } = load(encoder, { ...texts(timesNs.map(() => '')), timesNs });
      expect(encoder.classify(handle, block).finerThanMicroseconds).toBe(finer);
    }
  });

  test('encode - appends blocks with other fields to one output', () => {
    const { message, blocks } = sampleMessage([
      texts(['a', 'b']),
      { ...texts(['']), fields: [{ name: 'g', type: 'float', values: [-0] }] },
    ]);
    const handle = loaded(encoder, message);
    const [first, second] = blocks as [Block, Block];
    const target = (text?: number, float?: number): TargetColumn[] => [
      { kind: 'time' },
      { kind: 'field', type: 'string', source: text },
      { kind: 'field', type: 'float', source: float },
    ];
    encoder.clearOutput();
    expect(encoder.encode(handle, first, target(0), { rows: 'all' })).toBe(2);
    expect(encoder.encode(handle, second, target(undefined, 0), { rows: 'all' })).toBe(1);
    const expected = Buffer.concat([
      encodeByReference(first, target(0), [0, 1]),
      encodeByReference(second, target(undefined, 0), [0]),
    ]);
    expect(Buffer.compare(encoder.output, expected)).toBe(0);
  });

  test('encode - stops when the output is full and goes on where it stopped', async () => {
    const limits = { messageBytesMax: 100_000, outputBytes: 150_000 };
    const narrow = await RowEncoder.create({ seed: SEED, limits });
    const rows = 1_000;
    const values = rising(rows).map((i) => 'z'.repeat((i * 37) % 100));
    const { handle, block } = load(narrow, texts(values));
    const target: TargetColumn[] = [
      { kind: 'time' },
      { kind: 'ordinal', type: 'int8' },
      { kind: 'field', type: 'string', source: 0 },
      ...rising(50).map((): TargetColumn => {
        return { kind: 'field', type: 'float', source: undefined };
      }),
    ];
    for (const selection of ['all', Uint32Array.from(rising(rows))] as const) {
      const { bytes, outputs } = encodeAll(narrow, handle, block, target, selection);
      expect(outputs).toBeGreaterThan(1);
      expect(Buffer.compare(bytes, encodeByReference(block, target, rising(rows)))).toBe(0);
    }
  });

  test('encode - any row that a message can hold fits into the least output allowed', async () => {
    const { messageBytesMax } = encoder.limits;
    const outputBytes = messageBytesMax + 1_601 * 22;
    const narrow = await RowEncoder.create({ seed: SEED, limits: { outputBytes } });
    const { handle, block } = load(narrow, texts(['', 'z'.repeat(messageBytesMax - 200)]));
    const target: TargetColumn[] = [
      { kind: 'time' },
      { kind: 'field', type: 'string', source: 0 },
      ...rising(1_598).map((): TargetColumn => ({ kind: 'ordinal', type: 'int8' })),
    ];
    const { bytes } = encodeAll(narrow, handle, block, target, 'all');
    expect(Buffer.compare(bytes, encodeByReference(block, target, [0, 1]))).toBe(0);
    const tooNarrow = RowEncoder.create({ seed: SEED, limits: { outputBytes: outputBytes - 1 } });
    await expect(tooNarrow).rejects.toThrow('outputBytes');
  });

  test('encode - refuses a target that is not of the block', () => {
    const { handle, block } = load(encoder, texts(['a']));
    const encode = (...target: TargetColumn[]) =>
      encoder.encode(handle, block, target, { rows: 'all' });
    expect(() => encode({ kind: 'field', type: 'float', source: 0 })).toThrow(
      'string in the block',
    );
    expect(() => encode({ kind: 'field', type: 'string', source: 1 })).toThrow('no field 1');
    expect(() => encode(...rising(1_601).map((): TargetColumn => ({ kind: 'time' })))).toThrow(
      '1600',
    );
  });

  test('load - takes messages until the room is full, and again when they are released', async () => {
    const message = new Uint8Array(encoder.limits.messageBytesMax);
    const narrow = await RowEncoder.create({
      seed: SEED,
      limits: { messagesBytes: 2 * message.length + 15 },
    });
    for (let turn = 0; turn < 2; turn++) {
      expect(narrow.load(message)).toBeDefined();
      expect(narrow.load(message)).toBeDefined();
      expect(narrow.load(message)).toBeUndefined();
      narrow.releaseMessages();
    }
  });

  test('load - refuses what is longer than any message may be', () => {
    const message = new Uint8Array(encoder.limits.messageBytesMax + 1);
    expect(() => encoder.load(message)).toThrow(MessageSizeError);
  });

  test('classify - refuses a released message, and a block of another one', () => {
    const { handle, block } = load(encoder, texts(['a']));
    const other = sampleMessage([texts(['a'])]).blocks[0] as Block;
    expect(() => encoder.classify(handle, other)).toThrow('no view on the loaded message');
    encoder.releaseMessages();
    expect(() => encoder.classify(handle, block)).toThrow('released');
  });
});

/** A block with one row a text. */
function texts(values: readonly string[]): SampleBlock {
  return {
    series: values.map(() => 1n),
    timesNs: values.map((_, i) => BigInt(i) * 1_000n),
    fields: [{ name: 'f', type: 'string', values }],
  };
}

function load(encoder: RowEncoder, sample: SampleBlock): { handle: LoadedMessage; block: Block } {
  const { message, blocks } = sampleMessage([sample]);
  return { handle: loaded(encoder, message), block: blocks[0] as Block };
}

function rangeOf(times: readonly bigint[]): { minNs: bigint; maxNs: bigint } {
  const sorted = times.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  return { minNs: sorted[0] as bigint, maxNs: sorted.at(-1) as bigint };
}
