import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { type Block, decodeBatch, encodeBatch } from '@overseer/shared';
import { RowEncoder, type TargetColumn } from '@overseer/wasm';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { encodeRows } from './copy-rows.ts';
import { connectPostgres, type Database } from './postgres.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Each row its own extremes; the shorter lists begin again. */
const ROWS = 24;
const TIMES_NS = [INT64_MIN, -1_001n, -1_000n, -999n, -1n, 0n, 1n, 999n, 1_000n, INT64_MAX];
const SERIES = [0n, 1n, 2n ** 63n, 2n ** 64n - 1n];
const FLOATS = [0, -0, 0.1, -1.5e300, 5e-324, 1.7976931348623157e308];
const INTEGERS = [INT64_MIN, -1n, 0n, 1n, INT64_MAX];
const UNSIGNEDS = [
  ...[0n, 1n, 9_999n, 10_000n, 10_001n, 99_990_000n, 10n ** 8n, 10n ** 12n, 10n ** 16n],
  ...[10n ** 16n - 1n, 10n ** 19n, 18_440_000_000_000_000_001n, 2n ** 64n - 1n],
];
const TEXTS = [
  '',
  'a',
  'größe "x"\n\\.',
  '😀',
  'x'.repeat(255),
  'x'.repeat(257),
  'y'.repeat(65_536),
];

const COLUMNS = `time timestamptz, series bigint, ns smallint, ordinal bigint, place integer,
  f float8, i bigint, u numeric(20,0), b boolean, s text, missing float8`;

const TARGET: readonly TargetColumn[] = [
  { kind: 'time' },
  { kind: 'series' },
  { kind: 'nanoseconds' },
  { kind: 'ordinal', type: 'int8' },
  { kind: 'ordinal', type: 'int4' },
  { kind: 'field', type: 'float', source: 0 },
  { kind: 'field', type: 'integer', source: 1 },
  { kind: 'field', type: 'unsigned', source: 2 },
  { kind: 'field', type: 'boolean', source: 3 },
  { kind: 'field', type: 'string', source: 4 },
  { kind: 'field', type: 'float', source: undefined },
];

function cycled<T>(values: readonly T[]): T[] {
  return Array.from({ length: ROWS }, (_, row) => values[row % values.length] as T);
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A message with one block that has all the extremes. */
function extremes(): Uint8Array {
  const texts = cycled(TEXTS).map((text) => new TextEncoder().encode(text));
  let end = 0;
  const ends = Uint32Array.from(texts, (text) => {
    end += text.length;
    return end;
  });
  const block: Block = {
    database: 'db',
    measurement: 'm',
    rows: ROWS,
    fields: [
      { name: 'f', type: 'float' },
      { name: 'i', type: 'integer' },
      { name: 'u', type: 'unsigned' },
      { name: 'b', type: 'boolean' },
      { name: 's', type: 'string' },
    ],
    series: bytesOf(BigUint64Array.from(cycled(SERIES))),
    times: bytesOf(BigInt64Array.from(cycled(TIMES_NS))),
    columns: [
      { values: bytesOf(Float64Array.from(cycled(FLOATS))) },
      { values: bytesOf(BigInt64Array.from(cycled(INTEGERS))) },
      { values: bytesOf(BigUint64Array.from(cycled(UNSIGNEDS))) },
      { values: Uint8Array.from(cycled([1, 0, 0])) },
      { ends: bytesOf(ends), bytes: new Uint8Array(Buffer.concat(texts)) },
    ],
    announced: undefined,
  };
  return encodeBatch({ installation: '0123abcd', blocks: [block] });
}

describe('copy rows', () => {
  let postgres: PostgresServer;
  let database: Database;
  let sent: Buffer;

  beforeAll(async () => {
    postgres = await startPostgres();
    database = connectPostgres(postgres.url, 'test', 1);
    await database.unsafe(`CREATE TABLE copied (${COLUMNS})`);
    const encoder = await RowEncoder.create({ seed: new Uint8Array(16) });
    const payload = extremes();
    const message = encoder.load(payload);
    const [block] = decodeBatch(payload).blocks;
    if (!message || !block) throw new Error('the sample was not loaded');
    const incoming = { sequence: 1, index: 0, installation: '0123abcd', message, block };
    const rows = [{ incoming, rows: 'all' as const, count: ROWS }];
    const chunks = [...encodeRows(encoder, rows, () => [...TARGET])];
    sent = Buffer.concat(chunks);
    await database.begin((transaction) => copyIn(transaction, 'copied', chunks));
  });

  afterAll(async () => {
    await database?.end({ timeout: 1 });
    await postgres?.stop();
  });

  test('copy rows - PostgreSQL gives the very bytes back', async () => {
    const received = await copyOut(database, 'SELECT * FROM copied ORDER BY ordinal', 2 ** 24);
    expect(Buffer.compare(received, sent)).toBe(0);
  });

  test('copy rows - values are those of the points', async () => {
    const rows = await database`
      SELECT (extract(epoch FROM time) * 1000000)::numeric(30,0)::text AS us, ns, series::text, ordinal::int,
             place, f, i::text, u::text, b, s, missing
      FROM copied ORDER BY ordinal`;
    const microseconds = (ns: bigint) => (ns - (((ns % 1000n) + 1000n) % 1000n)) / 1000n;
    expect([...rows]).toEqual(
      Array.from({ length: ROWS }, (_, row) => {
        const at = <T>(values: readonly T[]) => values[row % values.length] as T;
        const ns = at(TIMES_NS);
        return {
          us: String(microseconds(ns)),
          ns: Number(ns - microseconds(ns) * 1000n),
          series: String(BigInt.asIntN(64, at(SERIES))),
          ordinal: row,
          place: row,
          f: at(FLOATS),
          i: String(at(INTEGERS)),
          u: String(at(UNSIGNEDS)),
          b: at([true, false, false]),
          s: at(TEXTS),
          missing: null,
        };
      }),
    );
  });
});
