/**
 * Numbers of a column in as few bytes as they need, in the place where they stand: docs/batch-format.md says how, the reference is
 * shared/packed-column.ts.
 *
 * A code is never longer than its value, so writing from the front overtakes no value that is still to be read.
 */
import { PACKED_BASE, PACKED_BYTES, PACKED_DECIMALS, TYPE_FLOAT } from './layout';

/** Drawn in layout.ts. */
export const packedAt: usize = memory.data(PACKED_BYTES, 8);

/** Columns of fewer rows stay as they are: what is said once a column would outweigh what is saved. */
const ROWS_MIN: u32 = 16;
/** Width of a column that stays as it is. */
const UNPACKED_WIDTH: u32 = 8;

/** Values with more digits behind the point than this seldom vary by less than 2^32 of their last digit. */
const DECIMALS_MAX: u32 = 9;
const powersAt: usize = memory.data<f64>([1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]);
/** 2^52. Up to here every integer is a binary64, and so is the difference of two. */
const INTEGER_MAX: f64 = 4503599627370496;

/**
 * Packs the 8-byte values of a column.
 * @returns bytes of a code, whose base and decimals then stand at `packedAt`; 8: the column stays as it is
 */
export function packColumn(type: u32, values: usize, rows: u32): u32 {
  if (rows < ROWS_MIN) return UNPACKED_WIDTH;
  return type == TYPE_FLOAT ? packDecimals(values, rows) : packIntegers(values, rows);
}

/** Unsigned ones too: what is added modulo 2^64 is the same, and those on both sides of 2^63 only look too far apart. */
function packIntegers(values: usize, rows: u32): u32 {
  let least = i64.MAX_VALUE;
  let greatest = i64.MIN_VALUE;
  const end = values + ((<usize>rows) << 3);
  for (let at = values; at < end; at += 8) {
    const value = load<i64>(at);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  const width = widthFor(<u64>(greatest - least));
  store<i64>(packedAt, least, PACKED_BASE);
  store<u32>(packedAt, 0, PACKED_DECIMALS);
  if (width == 1) {
    for (let i: usize = 0; i < rows; i++) store<u8>(values + i, <u8>(load<i64>(values + (i << 3)) - least));
  } else if (width == 2) {
    for (let i: usize = 0; i < rows; i++) store<u16>(values + (i << 1), <u16>(load<i64>(values + (i << 3)) - least));
  } else if (width == 4) {
    for (let i: usize = 0; i < rows; i++) store<u32>(values + (i << 2), <u32>(load<i64>(values + (i << 3)) - least));
  }
  return width;
}

/** Bytes of codes up to `greatest`. */
function widthFor(greatest: u64): u32 {
  if (greatest == 0) return 0;
  if (greatest <= 0xff) return 1;
  if (greatest <= 0xffff) return 2;
  return greatest <= 0xffff_ffff ? 4 : UNPACKED_WIDTH;
}

/** Of the values at hand times the power of ten. */
let least: f64 = 0;
let greatest: f64 = 0;

/**
 * Floats that are decimals with few digits behind the point, as people and programs write them: `m / 10^d`, with an integer m, is
 * the very binary64 that reading the decimal gives, because both round the same number once. Every value is checked bit by bit,
 * so whatever is none leaves the column as it is; adding 0 makes a negative zero a positive one, which is another.
 */
function packDecimals(values: usize, rows: u32): u32 {
  let decimals: u32 = 0;
  // What is a decimal with d digits is one with more, too; so values before the one that asks for more need only be looked at again.
  while (!areDecimals(values, rows, powerOfTen(decimals))) {
    decimals = moreDecimals(load<f64>(failedAt), decimals + 1);
    if (decimals > DECIMALS_MAX) return UNPACKED_WIDTH;
  }
  if (least < -INTEGER_MAX || greatest > INTEGER_MAX) return UNPACKED_WIDTH;
  const width = widthFor(<u64>(greatest - least));
  const power = powerOfTen(decimals);
  store<i64>(packedAt, <i64>least, PACKED_BASE);
  store<u32>(packedAt, decimals, PACKED_DECIMALS);
  if (width == 1) {
    for (let i: usize = 0; i < rows; i++) store<u8>(values + i, <u8>codeOf(values + (i << 3), power));
  } else if (width == 2) {
    for (let i: usize = 0; i < rows; i++) store<u16>(values + (i << 1), <u16>codeOf(values + (i << 3), power));
  } else if (width == 4) {
    for (let i: usize = 0; i < rows; i++) store<u32>(values + (i << 2), codeOf(values + (i << 3), power));
  }
  return width;
}

// @ts-ignore: decorator
@inline
function powerOfTen(decimals: u32): f64 {
  return load<f64>(powersAt + ((<usize>decimals) << 3));
}

// @ts-ignore: decorator
@inline
function codeOf(at: usize, power: f64): u32 {
  return <u32>(nearest(load<f64>(at) * power) - least);
}

/** Where the value is that `areDecimals` failed on. */
let failedAt: usize = 0;

/**
 * Whether all values are integers over this power of ten, not too far apart for codes; then `least` and `greatest` of these integers
 * are set. Two values at a time, the last two once more when their number is odd.
 */
function areDecimals(values: usize, rows: u32, power: f64): bool {
  const powers = f64x2.splat(power);
  const last = values + ((<usize>rows - 2) << 3);
  let leasts = f64x2.splat(Infinity);
  let greatests = f64x2.splat(-Infinity);
  for (let at = values; ; at += 16) {
    at = min(at, last);
    const pair = v128.load(at);
    const integers = f64x2.add(f64x2.nearest(f64x2.mul(pair, powers)), f64x2.splat(0));
    const same = i64x2.eq(f64x2.div(integers, powers), pair);
    if (!i64x2.all_true(same)) {
      failedAt = i64x2.extract_lane(same, 0) == 0 ? at : at + 8;
      return false;
    }
    leasts = f64x2.pmin(leasts, integers);
    greatests = f64x2.pmax(greatests, integers);
    if (at == last) break;
  }
  least = min(f64x2.extract_lane(leasts, 0), f64x2.extract_lane(leasts, 1));
  greatest = max(f64x2.extract_lane(greatests, 0), f64x2.extract_lane(greatests, 1));
  return true;
}

/** The number of digits, `from` or more, with which the value is a decimal; more than DECIMALS_MAX when it is none. */
function moreDecimals(value: f64, from: u32): u32 {
  let decimals = from;
  while (decimals <= DECIMALS_MAX && !isDecimal(value, powerOfTen(decimals))) decimals++;
  return decimals;
}

function isDecimal(value: f64, power: f64): bool {
  return reinterpret<u64>((nearest(value * power) + 0.0) / power) == reinterpret<u64>(value);
}
