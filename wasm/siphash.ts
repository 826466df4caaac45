const WORD = 64;
const wrap = (value: bigint) => BigInt.asUintN(WORD, value);
const rotate = (value: bigint, bits: bigint) => wrap((value << bits) | (value >> (64n - bits)));

/**
 * SipHash-2-4 of `bytes` with a 16-byte seed (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012), written for reading:
 * the reference implementations use it, the modules have their own.
 */
export function sipHash24(seed: Uint8Array, bytes: Uint8Array): bigint {
  const key = new DataView(seed.buffer, seed.byteOffset);
  const key0 = key.getBigUint64(0, true);
  const key1 = key.getBigUint64(8, true);
  const state = [
    key0 ^ 0x736f6d6570736575n,
    key1 ^ 0x646f72616e646f6dn,
    key0 ^ 0x6c7967656e657261n,
    key1 ^ 0x7465646279746573n,
  ] as [bigint, bigint, bigint, bigint];
  for (const word of words(bytes)) {
    state[3] ^= word;
    round(state);
    round(state);
    state[0] ^= word;
  }
  state[2] ^= 0xffn;
  for (let i = 0; i < 4; i++) round(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

/** The bytes as little-endian words; the last holds the rest and, at its top, the low byte of the length. */
function words(bytes: Uint8Array): BigUint64Array {
  const padded = new Uint8Array((bytes.length & ~7) + 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  return new BigUint64Array(padded.buffer);
}

function round(state: [bigint, bigint, bigint, bigint]): void {
  let [v0, v1, v2, v3] = state;
  v0 = wrap(v0 + v1);
  v2 = wrap(v2 + v3);
  v1 = rotate(v1, 13n) ^ v0;
  v3 = rotate(v3, 16n) ^ v2;
  v0 = wrap(rotate(v0, 32n) + v3);
  v2 = wrap(v2 + v1);
  v1 = rotate(v1, 17n) ^ v2;
  v3 = rotate(v3, 21n) ^ v0;
  v2 = rotate(v2, 32n);
  state[0] = v0;
  state[1] = v1;
  state[2] = v2;
  state[3] = v3;
}
