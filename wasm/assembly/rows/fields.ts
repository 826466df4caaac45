/**
 * Fields of PostgreSQL's binary COPY: an int32 length, -1 for NULL, then the value, all big-endian.
 *
 * Each function writes one field at `at` and gives the address behind it. The fields of a row must be written in order, because
 * some stores reach up to 15 bytes beyond their field; whoever owns the buffer leaves that room behind the last one.
 */
import { FIELD_BYTES_MAX } from './layout';
import { nanosecondsBelow, postgresMicroseconds } from './time';

/** Lengths as little-endian words that read big-endian. */
const LENGTH_1: u32 = 0x01000000;
const LENGTH_2: u32 = 0x02000000;
const LENGTH_4: u32 = 0x04000000;
const LENGTH_8: u32 = 0x08000000;
const LENGTH_NULL: u32 = 0xffffffff;
const LENGTH_BYTES: usize = 4;

const VECTOR_BYTES: usize = 16;
/** Longer texts are left to the engine's copy, which is slower to start. */
const VECTOR_COPY_MAX: usize = 256;

const NUMERIC_BASE: u64 = 10_000;
const DIGIT_BYTES: usize = 2;
/** Bytes before the digits: the field's length, then how many digits, the weight of the first, the sign, the scale. */
const NUMERIC_HEAD_BYTES: usize = 12;

export function storeFieldCount(at: usize, count: u32): usize {
  store<u16>(at, bswap<u16>(<u16>count));
  return at + 2;
}

/** Length and value in one vector store: 1.4 times as fast as reversing the bytes by shifts and masks. */
export function storeEightBytes(at: usize, value: u64): usize {
  // biome-ignore format: one vector
  const swapped = i8x16.shuffle(
    i64x2.splat(value),
    i32x4(LENGTH_8, 0, 0, 0),
    16, 17, 18, 19, 7, 6, 5, 4, 3, 2, 1, 0, 20, 20, 20, 20,
  );
  v128.store(at, swapped);
  return at + LENGTH_BYTES + 8;
}

/** timestamptz of nanoseconds since 1970. */
export function storeTime(at: usize, ns: i64): usize {
  return storeEightBytes(at, postgresMicroseconds(ns));
}

/** int2 of what the time has below its microsecond. */
export function storeNanoseconds(at: usize, ns: i64): usize {
  store<u32>(at, LENGTH_2);
  store<u16>(at, bswap<u16>(<u16>nanosecondsBelow(ns)), LENGTH_BYTES);
  return at + LENGTH_BYTES + 2;
}

export function storeInt4(at: usize, value: u32): usize {
  store<u32>(at, LENGTH_4);
  store<u32>(at, bswap<u32>(value), LENGTH_BYTES);
  return at + LENGTH_BYTES + 4;
}

export function storeBoolean(at: usize, value: u8): usize {
  store<u32>(at, LENGTH_1);
  store<u8>(at, value, LENGTH_BYTES);
  return at + LENGTH_BYTES + 1;
}

export function storeNull(at: usize): usize {
  store<u32>(at, LENGTH_NULL);
  return at + LENGTH_BYTES;
}

/** text. May load up to 15 bytes beyond it. */
export function storeText(at: usize, text: usize, length: usize): usize {
  store<u32>(at, bswap<u32>(<u32>length));
  const target = at + LENGTH_BYTES;
  if (length <= VECTOR_COPY_MAX) {
    for (let i: usize = 0; i < length; i += VECTOR_BYTES) {
      v128.store(target + i, v128.load(text + i));
    }
  } else {
    memory.copy(target, text, length);
  }
  return target + length;
}

/**
 * numeric of an unsigned integer, as numeric_send writes it: digits to the base 10,000, the most significant first, without
 * leading and trailing zeros; zero has none.
 *
 *     0        4        6        8      10      12
 *     ├ length ┼ digits ┼ weight ┼ sign ┼ scale ┼ digit … ┤
 *       int32    int16    int16    0      0       int16 each
 */
export function storeNumeric(at: usize, value: u64): usize {
  // Digits are made from the last one on, in the place that they have in the longest field, then moved to the front.
  const digitsEnd = at + FIELD_BYTES_MAX;
  let first = digitsEnd;
  for (let rest = value; rest != 0; ) {
    const quotient = rest / NUMERIC_BASE;
    first -= DIGIT_BYTES;
    store<u16>(first, bswap<u16>(<u16>(rest - quotient * NUMERIC_BASE)));
    rest = quotient;
  }
  let end = digitsEnd;
  while (end > first && load<u16>(end - DIGIT_BYTES) == 0) end -= DIGIT_BYTES;
  const digits = <u32>((end - first) / DIGIT_BYTES);
  const weight = value == 0 ? 0 : <u32>((digitsEnd - first) / DIGIT_BYTES) - 1;
  // Five digits are where they belong, so eight bytes are enough to move.
  const target = at + NUMERIC_HEAD_BYTES;
  if (first != target) store<u64>(target, load<u64>(first));
  store<u32>(at, bswap<u32>(<u32>(NUMERIC_HEAD_BYTES - LENGTH_BYTES + (end - first))));
  store<u16>(at, bswap<u16>(<u16>digits), 4);
  store<u16>(at, bswap<u16>(<u16>weight), 6);
  store<u32>(at, 0, 8);
  return target + (end - first);
}
