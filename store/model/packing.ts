import {
  type Block,
  type Column,
  type Field,
  type PackedColumn,
  powerOfTen,
  unpackColumn,
} from '@overseer/shared';

const DECIMALS = 3;
const BYTES_OF_CODES = [0, 1, 2, 4] as const;

/** The block with those columns packed that can be. */
export function packBlock(block: Block): Block {
  const columns = block.columns.map((column, i) => packColumn(column, block.fields[i], block.rows));
  return { ...block, columns };
}

function packColumn(column: Column, field: Field | undefined, rows: number): Column {
  const isNumber = field && field.type !== 'string' && field.type !== 'boolean';
  if (!isNumber || !('values' in column)) return column;
  const isFloat = field.type === 'float';
  const numbers = isFloat ? scaled(column.values, rows) : integers(column.values, rows);
  const packed = numbers && pack(numbers, isFloat ? DECIMALS : 0);
  if (!packed) return column;
  // Such as -0, and what has more digits: packed, it would be another number.
  const isExact = Buffer.compare(unpackColumn(packed, isFloat, rows), column.values) === 0;
  return isExact ? packed : column;
}

function integers(values: Uint8Array, rows: number): bigint[] {
  const view = new DataView(values.buffer, values.byteOffset, values.length);
  return Array.from({ length: rows }, (_, row) => view.getBigInt64(row * 8, true));
}

function scaled(values: Uint8Array, rows: number): bigint[] | undefined {
  const view = new DataView(values.buffer, values.byteOffset, values.length);
  const numbers = Array.from({ length: rows }, (_, row) =>
    Math.round(view.getFloat64(row * 8, true) * powerOfTen(DECIMALS)),
  );
  return numbers.every(Number.isSafeInteger) ? numbers.map(BigInt) : undefined;
}

function pack(numbers: readonly bigint[], decimals: number): PackedColumn | undefined {
  const least = numbers.reduce((a, b) => (a < b ? a : b));
  const most = numbers.reduce((a, b) => (a > b ? a : b));
  const width = BYTES_OF_CODES.find((bytes) => most - least < 1n << BigInt(bytes * 8));
  if (width === undefined) return undefined;
  const base = Buffer.alloc(8);
  base.writeBigInt64LE(least);
  const codes = Buffer.alloc(width * numbers.length);
  for (const [row, number] of numbers.entries()) {
    if (width > 0) codes.writeUIntLE(Number(number - least), row * width, width);
  }
  return { base: new Uint8Array(base), decimals, codes: new Uint8Array(codes) };
}
