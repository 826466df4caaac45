import type { Block, FixedColumn } from '@overseer/shared/batch';
import type { FieldType } from '@overseer/shared/field-type';
import { unpackColumn } from '@overseer/shared/packed-column';
import type { TargetColumn } from './rows-target.ts';

/**
 * What the row encoder must do, written to be obviously right: one row, one field at a time, bigints for everything of 64
 * bits. Tests hold the wasm against it.
 */

const NANOSECONDS_PER_MICROSECOND = 1000n;
const POSTGRES_EPOCH_MICROSECONDS = BigInt(Date.UTC(2000, 0, 1)) * 1000n;
const NUMERIC_BASE = 10_000n;
const NUMERIC_POSITIVE = 0;

export interface ReferenceClassification {
  readonly plain: number[];
  readonly late: number[];
  readonly unknown: number[];
}

/** Sorts the rows by the newest times of their series, and raises those times. */
export function classifyByReference(
  newestNs: Map<bigint, bigint>,
  block: Block,
): ReferenceClassification {
  const found = { plain: [] as number[], late: [] as number[], unknown: [] as number[] };
  for (let row = 0; row < block.rows; row++) {
    const series = dataView(block.series).getBigUint64(row * 8, true);
    const time = dataView(block.times).getBigInt64(row * 8, true);
    const newest = newestNs.get(series);
    if (newest === undefined) {
      found.unknown.push(row);
    } else if (time > newest) {
      found.plain.push(row);
      newestNs.set(series, time);
    } else {
      found.late.push(row);
    }
  }
  return found;
}

/** Rows of a block in binary COPY, without header and trailer. */
export function encodeByReference(
  block: Block,
  target: readonly TargetColumn[],
  rows: readonly number[],
  ordinalBase = 0n,
): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const row of rows) {
    parts.push(int16(target.length));
    for (const column of target) {
      const value = fieldBytes(block, column, row, ordinalBase);
      parts.push(int32(value === null ? -1 : value.length));
      if (value !== null) parts.push(value);
    }
  }
  return Buffer.concat(parts);
}

function fieldBytes(
  block: Block,
  column: TargetColumn,
  row: number,
  ordinalBase: bigint,
): Uint8Array | null {
  const timeNs = dataView(block.times).getBigInt64(row * 8, true);
  switch (column.kind) {
    case 'time':
      return int64(floorMicroseconds(timeNs) - POSTGRES_EPOCH_MICROSECONDS);
    case 'nanoseconds':
      return int16(Number(timeNs - floorMicroseconds(timeNs) * NANOSECONDS_PER_MICROSECOND));
    case 'series':
      return int64(dataView(block.series).getBigInt64(row * 8, true));
    case 'ordinal': {
      const ordinal = ordinalBase + BigInt(row);
      return column.type === 'int4' ? int32(Number(ordinal)) : int64(ordinal);
    }
    case 'field':
      return column.source === undefined
        ? null
        : valueBytes(block, column.type, column.source, row);
  }
}

function valueBytes(block: Block, type: FieldType, source: number, row: number): Uint8Array {
  const column = block.columns[source];
  if (column === undefined) throw new Error(`no column ${source}`);
  if ('codes' in column) {
    const values = unpackColumn(column, type === 'float', block.rows);
    return fixedBytes({ values }, type, row);
  }
  if ('ends' in column) {
    const ends = dataView(column.ends);
    const start = row === 0 ? 0 : ends.getUint32((row - 1) * 4, true);
    return column.bytes.subarray(start, ends.getUint32(row * 4, true));
  }
  return fixedBytes(column, type, row);
}

function fixedBytes(column: FixedColumn, type: FieldType, row: number): Uint8Array {
  switch (type) {
    case 'boolean':
      return column.values.subarray(row, row + 1);
    case 'unsigned':
      return numeric(dataView(column.values).getBigUint64(row * 8, true));
    default:
      return column.values.slice(row * 8, row * 8 + 8).reverse();
  }
}

/** numeric of an unsigned integer: count of digits, weight of the first, sign, scale, digits to the base 10,000. */
function numeric(value: bigint): Uint8Array {
  const digits: number[] = [];
  for (let rest = value; rest > 0n; rest /= NUMERIC_BASE)
    digits.unshift(Number(rest % NUMERIC_BASE));
  const weight = Math.max(digits.length - 1, 0);
  while (digits.at(-1) === 0) digits.pop();
  const words = [digits.length, weight, NUMERIC_POSITIVE, 0, ...digits];
  return Buffer.concat(words.map(int16));
}

function floorMicroseconds(ns: bigint): bigint {
  const below =
    ((ns % NANOSECONDS_PER_MICROSECOND) + NANOSECONDS_PER_MICROSECOND) %
    NANOSECONDS_PER_MICROSECOND;
  return (ns - below) / NANOSECONDS_PER_MICROSECOND;
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function int16(value: number): Uint8Array {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
