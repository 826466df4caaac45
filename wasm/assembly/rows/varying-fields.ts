/** Fields whose length depends on their value. Each function writes one at `at` and gives the address behind it. */

/** Most bytes of a numeric field: five digits to the base 10,000. */
export const NUMERIC_FIELD_MAX: usize = 22;
/** Bytes of a text field besides its text. */
export const TEXT_FIELD_MIN: usize = 4;

const VECTOR_BYTES: usize = 16;
/** Longer texts are left to the host's copy, which is slow to start. */
const VECTOR_COPY_MAX: usize = 256;

const NUMERIC_BASE: u64 = 10_000;
const DIGIT_BYTES: usize = 2;
/** Bytes before the digits: the field's length, then how many digits, the weight of the first, the sign, the scale. */
const NUMERIC_HEAD: usize = 12;

/**
 * numeric of an unsigned integer, as numeric_send writes it: digits to the base 10,000, the most significant first, without
 * leading and trailing zeros; zero has none.
 *
 *     0        4        6        8      10      12
 *     ├ length ┼ digits ┼ weight ┼ sign ┼ scale ┼ digit … ┤
 *       int32    int16    int16    0      0       int16 each
 *
 * May load and store some bytes beyond the field.
 */
export function storeNumeric(at: usize, value: u64): usize {
  // Digits are made from the last one on, in the place that they have in the widest field, then moved to the front.
  const digitsEnd = at + NUMERIC_FIELD_MAX;
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
  if (first != at + NUMERIC_HEAD) store<u64>(at + NUMERIC_HEAD, load<u64>(first));
  store<u32>(at, bswap<u32>(<u32>NUMERIC_HEAD - 4 + digits * <u32>DIGIT_BYTES));
  store<u16>(at, bswap<u16>(<u16>digits), 4);
  store<u16>(at, bswap<u16>(<u16>weight), 6);
  store<u32>(at, 0, 8);
  return at + NUMERIC_HEAD + (end - first);
}

/** text. May store up to 15 bytes beyond the field, and load as many beyond the text. */
export function storeText(at: usize, text: usize, length: usize): usize {
  store<u32>(at, bswap<u32>(<u32>length));
  const target = at + TEXT_FIELD_MIN;
  if (length <= VECTOR_COPY_MAX) {
    for (let i: usize = 0; i < length; i += VECTOR_BYTES) {
      v128.store(target + i, v128.load(text + i));
    }
  } else {
    memory.copy(target, text, length);
  }
  return target + length;
}
