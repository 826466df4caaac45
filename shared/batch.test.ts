import { expect, test } from 'bun:test';
import {
  type Batch,
  BatchEncoder,
  BatchFormatError,
  BatchVersionError,
  decodeBatch,
  encodeBatch,
  type FieldType,
  type PackedColumn,
} from './mod.ts';

const bytes = (hex: string) => Uint8Array.fromHex(hex.replace(/\s/g, ''));

/** The example of docs/batch-format.md. */
const EXAMPLE = bytes(
  `93 01 a8 30 31 32 33 61 62 63 64 91 98 a2 64 62 a1 6d 01 91 92 a1 66 01
   c4 08 01 02 03 04 05 06 07 08 c4 08 e8 03 00 00 00 00 00 00 91 c4 08 00 00 00 00 00 00 f8 3f
   93 c4 08 01 02 03 04 05 06 07 08 c4 04 06 00 00 00 c4 06 68 6f 73 74 00 61`,
);

const POINT: Batch = {
  installation: '0123abcd',
  blocks: [
    {
      database: 'db',
      measurement: 'm',
      rows: 1,
      fields: [{ name: 'f', type: 'float' }],
      series: bytes('0102030405060708'),
      times: bytes('e803000000000000'),
      columns: [{ values: bytes('000000000000f83f') }],
      announced: {
        ids: bytes('0102030405060708'),
        ends: bytes('06000000'),
        keys: new TextEncoder().encode('host\0a'),
      },
    },
  ],
};

/** Two points with a packed column of each type that has one: 58.13 and 58.2, 1000 and 1300, 7 and 7. */
const PACKED: Batch = {
  installation: '0123abcd',
  blocks: [
    {
      database: 'db',
      measurement: 'm',
      rows: 2,
      fields: [
        { name: 'f', type: 'float' },
        { name: 'i', type: 'integer' },
        { name: 'u', type: 'unsigned' },
      ],
      series: new Uint8Array(16),
      times: new Uint8Array(16),
      columns: [
        { decimals: 2, base: bytes('b516000000000000'), codes: bytes('00 07') },
        { decimals: 0, base: bytes('e803000000000000'), codes: bytes('0000 2c01') },
        { decimals: 0, base: bytes('0700000000000000'), codes: bytes('') },
      ],
      announced: undefined,
    },
  ],
};

/** The columns of the packed batch, as docs/batch-format.md has them. */
const PACKED_COLUMNS = `93
  93 02 c4 08 b5 16 00 00 00 00 00 00 c4 02 00 07
  93 00 c4 08 e8 03 00 00 00 00 00 00 c4 04 00 00 2c 01
  93 00 c4 08 07 00 00 00 00 00 00 00 c4 00`;

const STRINGS: Batch = {
  installation: '00000000',
  blocks: [
    {
      database: 'größe',
      measurement: 'log',
      rows: 2,
      fields: [
        { name: 'text', type: 'string' },
        { name: 'ok', type: 'boolean' },
      ],
      series: new Uint8Array(16),
      times: new Uint8Array(16),
      columns: [
        { ends: bytes('00000000 03000000'), bytes: new TextEncoder().encode('abc') },
        { values: bytes('0001') },
      ],
      announced: undefined,
    },
  ],
};

test('batch - the documented example is what the encoder writes', () => {
  expect(encodeBatch(POINT).toHex()).toBe(EXAMPLE.toHex());
  expect(decodeBatch(EXAMPLE)).toEqual(POINT);
});

test('batch - packed columns come back, and are what the documentation says', () => {
  const message = encodeBatch(PACKED);
  expect(decodeBatch(message)).toEqual(PACKED);
  expect(message.toHex()).toContain(bytes(PACKED_COLUMNS).toHex());
});

test('batch - only one with packed columns asks for a reader of version 2', () => {
  expect([encodeBatch(POINT)[1], encodeBatch(STRINGS)[1], encodeBatch(PACKED)[1]]).toEqual([
    1, 1, 2,
  ]);
});

test('batch - packed columns of another size, or of no numbers, are refused', () => {
  const refused: [position: number, change: Partial<PackedColumn>, type?: FieldType][] = [
    [0, { codes: bytes('00') }],
    [0, { codes: bytes('000000 000000') }],
    [0, { codes: new Uint8Array(16) }],
    [0, { base: bytes('00') }],
    [0, { decimals: 23 }],
    [0, { decimals: -1 }],
    [0, { decimals: 0.5 }],
    [1, { decimals: 1 }],
    [0, {}, 'boolean'],
    [0, {}, 'string'],
  ];
  const [block] = PACKED.blocks;
  if (!block) throw new Error('no block');
  for (const [position, change, type] of refused) {
    const columns = block.columns.with(position, {
      ...(block.columns[position] as PackedColumn),
      ...change,
    });
    const fields = type ? [{ name: 'f', type }, ...block.fields.slice(1)] : block.fields;
    const message = encodeBatch({ ...PACKED, blocks: [{ ...block, fields, columns }] });
    expect(() => decodeBatch(message)).toThrow(BatchFormatError);
  }
});

test('batch - strings, booleans and no announcements come back', () => {
  expect(decodeBatch(encodeBatch(STRINGS))).toEqual(STRINGS);
});

test('batch - an encoder that is used again writes the same bytes', () => {
  const encoder = new BatchEncoder();
  expect(encoder.encode(STRINGS).toHex()).toBe(encodeBatch(STRINGS).toHex());
  expect(encoder.encode(POINT).toHex()).toBe(EXAMPLE.toHex());
});

test('batch - the message shares no memory with its columns', () => {
  const series = bytes('0102030405060708');
  const message = encodeBatch({ ...POINT, blocks: POINT.blocks.map((b) => ({ ...b, series })) });
  series.fill(0);
  expect(message.toHex()).toBe(EXAMPLE.toHex());
});

test('batch - every truncation is a format error', () => {
  for (let length = 0; length < EXAMPLE.length; length++) {
    expect(() => decodeBatch(EXAMPLE.subarray(0, length))).toThrow(BatchFormatError);
  }
});

test('batch - another version is named', () => {
  const other = EXAMPLE.slice();
  other[1] = 9;
  expect(() => decodeBatch(other)).toThrow(BatchVersionError);
  expect(() => decodeBatch(other)).toThrow(/version 9/);
});

test('batch - a changed byte never passes with columns of another length', () => {
  for (const source of [POINT, STRINGS, PACKED]) {
    const message = encodeBatch(source);
    for (let i = 0; i < message.length; i++) {
      for (const value of [0x00, 0x01, 0x7f, 0x90, 0xc0, 0xff]) {
        const changed = message.slice();
        changed[i] = value;
        checkDecodable(changed);
      }
    }
  }
});

function checkDecodable(message: Uint8Array): void {
  let batch: Batch;
  try {
    batch = decodeBatch(message);
  } catch (error) {
    if (error instanceof BatchFormatError || error instanceof BatchVersionError) return;
    throw error;
  }
  for (const block of batch.blocks) {
    expect(block.series.length).toBe(block.rows * 8);
    expect(block.times.length).toBe(block.rows * 8);
    expect(block.columns.length).toBe(block.fields.length);
  }
}

test('batch - string ends that fall or miss the end are refused', () => {
  for (const ends of ['03000000 00000000', '00000000 02000000', '00000000 ffffffff']) {
    const block = STRINGS.blocks[0];
    if (!block) throw new Error('no block');
    const [text, ...rest] = block.columns;
    if (!text || !('ends' in text)) throw new Error('no string column');
    const columns = [{ ...text, ends: bytes(ends) }, ...rest];
    const message = encodeBatch({ ...STRINGS, blocks: [{ ...block, columns }] });
    expect(() => decodeBatch(message)).toThrow(BatchFormatError);
  }
});
