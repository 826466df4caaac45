/**
 * Fields of PostgreSQL's binary COPY: an int32 length, -1 for NULL, then the value, all big-endian. Each function writes
 * one field at `at`; fields of a row must be written in order, because some stores reach beyond their field.
 */
import { nanosecondsBelow, postgresMicroseconds } from './time';

/** Lengths as little-endian words that read big-endian. */
const LENGTH_1: u32 = 0x01000000;
const LENGTH_2: u32 = 0x02000000;
const LENGTH_4: u32 = 0x04000000;
const LENGTH_8: u32 = 0x08000000;
const LENGTH_NULL: u32 = 0xffffffff;

export const FIELD_COUNT_BYTES: usize = 2;
export const EIGHT_BYTES_FIELD: usize = 12;
export const TIME_FIELD: usize = FIELD_COUNT_BYTES + EIGHT_BYTES_FIELD;
export const ORDINAL_INT4_FIELD: usize = 8;
export const NANOSECONDS_FIELD: usize = 6;
export const BOOLEAN_FIELD: usize = 5;
export const NULL_FIELD: usize = 4;

/**
 * What surrounds a value of 8 bytes, so that the field is one vector store. The tail is the start of the next row, for
 * the last field of a row; behind any other field the next one overwrites it.
 *
 *     0        4                        12           14  16
 *     ├ length ┼ value, reversed ───────┼ fields ────┼ 0 ┤
 *       int32    8 bytes                  int16        first half of the length of the next row's first field
 */
export function eightBytesFrame(fieldCount: u32): v128 {
  return i32x4.replace_lane(i32x4(LENGTH_8, 0, 0, 0), 3, bswap<u16>(<u16>fieldCount));
}

/** A field of the low 8 bytes of `values`. Stores 4 bytes beyond the field. */
export function storeLow(at: usize, values: v128, frame: v128): void {
  v128.store(
    at,
    i8x16.shuffle(values, frame, 16, 17, 18, 19, 7, 6, 5, 4, 3, 2, 1, 0, 28, 29, 30, 31),
  );
}

/** A field of the high 8 bytes of `values`. Stores 4 bytes beyond the field. */
export function storeHigh(at: usize, values: v128, frame: v128): void {
  v128.store(
    at,
    i8x16.shuffle(values, frame, 16, 17, 18, 19, 15, 14, 13, 12, 11, 10, 9, 8, 28, 29, 30, 31),
  );
}

/** The count of fields and the time, with which every row starts. Stores 4 bytes beyond the field. */
export function storeTime(at: usize, ns: i64, frame: v128): void {
  store<u16>(at, <u16>i16x8.extract_lane_u(frame, 6));
  storeLow(at + FIELD_COUNT_BYTES, i64x2.splat(postgresMicroseconds(ns)), frame);
}

export function storeNanoseconds(at: usize, ns: i64): void {
  store<u32>(at, LENGTH_2);
  store<u16>(at, bswap<u16>(<u16>nanosecondsBelow(ns)), 4);
}

export function storeOrdinalInt4(at: usize, ordinal: i64): void {
  store<u32>(at, LENGTH_4);
  store<u32>(at, bswap<u32>(<u32>ordinal), 4);
}

export function storeBoolean(at: usize, value: u8): void {
  store<u32>(at, LENGTH_1);
  store<u8>(at, value, 4);
}

export function storeNull(at: usize): void {
  store<u32>(at, LENGTH_NULL);
}
