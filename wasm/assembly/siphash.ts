/**
 * SipHash-2-4 with a 64-bit result (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012).
 *
 * `seed` points to 16 bytes, `start` to `length` bytes; nothing outside of them is read. The result is the number whose
 * little-endian bytes the reference implementation writes.
 */
export function sipHash24(seed: usize, start: usize, length: u32): u64 {
  const key0 = load<u64>(seed);
  const key1 = load<u64>(seed, 8);
  let v0 = key0 ^ 0x736f6d6570736575;
  let v1 = key1 ^ 0x646f72616e646f6d;
  let v2 = key0 ^ 0x6c7967656e657261;
  let v3 = key1 ^ 0x7465646279746573;

  // A turn has two rounds: one turn a whole word, one for the tail, two to finalize, to which a word of 0 does nothing. Written
  // so, the state stays in locals.
  const wordsEnd = start + (length & ~7);
  for (let at = start; at <= wordsEnd + 16; at += 8) {
    let word: u64 = 0;
    if (at < wordsEnd) word = load<u64>(at);
    else if (at == wordsEnd) word = tailWord(at, length);
    else if (at == wordsEnd + 8) v2 ^= 0xff;
    v3 ^= word;

    v0 += v1;
    v2 += v3;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 = rotl<u64>(v0, 32) + v3;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 = rotl<u64>(v2, 32);

    v0 += v1;
    v2 += v3;
    v1 = rotl<u64>(v1, 13) ^ v0;
    v3 = rotl<u64>(v3, 16) ^ v2;
    v0 = rotl<u64>(v0, 32) + v3;
    v2 += v1;
    v1 = rotl<u64>(v1, 17) ^ v2;
    v3 = rotl<u64>(v3, 21) ^ v0;
    v2 = rotl<u64>(v2, 32);

    v0 ^= word;
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** Last word: the up to 7 bytes from `at`, and the low byte of the length at the top. */
function tailWord(at: usize, length: u32): u64 {
  let word = (<u64>length) << 56;
  for (let i: u32 = 0; i < (length & 7); i++) word |= (<u64>load<u8>(at + i)) << (i * 8);
  return word;
}
