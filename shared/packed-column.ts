/**
 * Numbers of a column in as few bytes as they need: what each has above the least of them, and for floats how many decimal digits
 * stand behind the point. Ingress packs in wasm (wasm/assembly/parser/packing.ts), the store unpacks in wasm
 * (wasm/assembly/rows/packed.ts); what is here is for the rare rest, and what tests hold both against.
 */

/** Bytes of a code; 0: all values are the base. Longer ones are not packed. */
export const CODE_WIDTHS: readonly number[] = [0, 1, 2, 4];

/**
 * Most digits behind the point. Powers of ten up to 10^22 are binary64 exactly, so that a division by one is what reading
 * the decimal number gives.
 */
export const DECIMALS_MAX = 22;

/** Integers: value r is base + code r, modulo 2^64. Floats: (base + code r) / 10^decimals. */
export interface PackedColumn {
  /** int64. */
  readonly base: Uint8Array;
  /** Digits behind the decimal point; 0 for integers. */
  readonly decimals: number;
  /** Unsigned, little-endian, all of one width: its length is that times the rows. */
  readonly codes: Uint8Array;
}

/** 10^decimals. */
export function powerOfTen(decimals: number): number {
  return Number(`1e${decimals}`);
}

/** The values, 8 bytes a row: binary64 of floats, else int64 or uint64. */
export function unpackColumn(column: PackedColumn, isFloat: boolean, rows: number): Uint8Array {
  const { base, decimals, codes } = column;
  const width = codes.length / rows;
  const view = new DataView(codes.buffer, codes.byteOffset, codes.length);
  const first = new DataView(base.buffer, base.byteOffset, base.length).getBigInt64(0, true);
  const divisor = powerOfTen(decimals);
  const values = new DataView(new ArrayBuffer(rows * 8));
  for (let row = 0; row < rows; row++) {
    const value = BigInt.asIntN(64, first + BigInt(codeAt(view, width, row)));
    if (isFloat) values.setFloat64(row * 8, Number(value) / divisor, true);
    else values.setBigInt64(row * 8, value, true);
  }
  return new Uint8Array(values.buffer);
}

function codeAt(view: DataView, width: number, row: number): number {
  switch (width) {
    case 0:
      return 0;
    case 1:
      return view.getUint8(row);
    case 2:
      return view.getUint16(row * 2, true);
    case 4:
      return view.getUint32(row * 4, true);
    default:
      throw new Error(`codes of ${width} bytes; valid are ${CODE_WIDTHS.join(', ')}`);
  }
}
