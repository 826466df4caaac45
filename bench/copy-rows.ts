import { type CpuOnlyWalk, FIELDS } from './tsbs.ts';

/** A PostgreSQL binary COPY stream starts with the signature, no flags and no extension … */
const HEADER = Uint8Array.of(
  0x50,
  0x47,
  0x43,
  0x4f,
  0x50,
  0x59,
  0x0a,
  0xff,
  0x0d,
  0x0a,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
);
/** … and ends with a field count of −1. */
const TRAILER = Uint8Array.of(0xff, 0xff);

/**
 * Field count (int16), then time, series and the ten fields: each a length (int32) and eight bytes.
 */
const ROW_BYTES = 2 + 12 * (2 + FIELDS.length);
/** timestamptz counts from 2000-01-01. */
const POSTGRES_EPOCH_US = 946_684_800_000_000n;
/**
 * What the store sends at once is of this order; much smaller chunks would cost the client more
 * than the copy.
 */
const CHUNK_BYTES = 256 * 1024;

/** Columns of a table that takes these rows. */
export function copyColumns(walk: CpuOnlyWalk): string {
  const type = walk.values === 'integers' ? 'bigint' : 'float8';
  return [
    'time timestamptz not null',
    'series bigint not null',
    ...FIELDS.map((name) => `${name} ${type}`),
  ].join(', ');
}

/**
 * Encodes points of a walk as one binary COPY, ready to be sent: what is measured with it is
 * PostgreSQL, not an encoder.
 * @param seriesByHost series id of each host.
 * @returns chunks that own their memory.
 */
export function encodeCopy(
  walk: CpuOnlyWalk,
  rows: number,
  seriesByHost: BigInt64Array,
): Uint8Array[] {
  const rowsPerChunk = Math.floor(CHUNK_BYTES / ROW_BYTES);
  const chunks: Uint8Array[] = [HEADER];
  for (let left = rows; left > 0; left -= rowsPerChunk)
    chunks.push(encodeRows(walk, Math.min(left, rowsPerChunk), seriesByHost));
  return [...chunks, TRAILER];
}

function encodeRows(walk: CpuOnlyWalk, rows: number, seriesByHost: BigInt64Array): Uint8Array {
  const bytes = new Uint8Array(rows * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < rows; row++) {
    let at = row * ROW_BYTES;
    view.setInt16(at, 2 + FIELDS.length);
    at = writeInt8(view, at + 2, walk.timeNs / 1000n - POSTGRES_EPOCH_US);
    at = writeInt8(view, at, seriesByHost[walk.host] as bigint);
    for (let field = 0; field < FIELDS.length; field++) {
      const value = walk.value(field);
      at =
        walk.values === 'integers'
          ? writeInt8(view, at, BigInt(value))
          : writeFloat8(view, at, value / 100);
    }
    walk.advance();
  }
  return bytes;
}

function writeInt8(view: DataView, at: number, value: bigint): number {
  view.setInt32(at, 8);
  view.setBigInt64(at + 4, value);
  return at + 12;
}

function writeFloat8(view: DataView, at: number, value: number): number {
  view.setInt32(at, 8);
  view.setFloat64(at + 4, value);
  return at + 12;
}
