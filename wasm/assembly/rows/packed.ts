/** Values of packed columns, read where their codes lie: unpacked, a message could be a thousand times as large. */
import { COLUMN_BASE, COLUMN_DIVISOR, COLUMN_VALUES, COLUMN_WIDTH } from './layout';

/** The integer that the row has; of decimals, what it is divided by their power of ten. */
// @ts-ignore: decorator
@inline
export function packedInteger(column: usize, row: u32): i64 {
  return load<i64>(column, COLUMN_BASE) + <i64>codeOf(column, row);
}

/** Bits of the binary64 that the row has. */
// @ts-ignore: decorator
@inline
export function packedDecimal(column: usize, row: u32): u64 {
  return reinterpret<u64>(<f64>packedInteger(column, row) / load<f64>(column, COLUMN_DIVISOR));
}

// @ts-ignore: decorator
@inline
function codeOf(column: usize, row: u32): u32 {
  const codes = load<u32>(column, COLUMN_VALUES);
  switch (load<u32>(column, COLUMN_WIDTH)) {
    case 1:
      return load<u8>(codes + row);
    case 2:
      return load<u16>(codes + row * 2);
    case 4:
      return load<u32>(codes + row * 4);
    default:
      return 0;
  }
}
