/** Comparing, hashing and copying bytes. All may read up to 15 bytes beyond what they are given: regions have slack. */

export const TAB: u32 = 0x09;
export const NEWLINE: u32 = 0x0a;
export const CARRIAGE_RETURN: u32 = 0x0d;
export const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const HASH: u32 = 0x23;
export const PLUS: u32 = 0x2b;
export const COMMA: u32 = 0x2c;
export const MINUS: u32 = 0x2d;
export const POINT: u32 = 0x2e;
export const ZERO: u32 = 0x30;
export const EQUALS: u32 = 0x3d;
export const BACKSLASH: u32 = 0x5c;

const HASH_START: u64 = 0x2d358dccaa6c78a5;

let hashSeed0: u64 = 0;
let hashSeed1: u64 = 0;

/** The hash tables of a parser are keyed, so that nobody outside can choose names that collide in them. */
export function seedHash(seed0: u64, seed1: u64): void {
  hashSeed0 = seed0 ^ 0x8bb84b93962eacc9;
  hashSeed1 = seed1 ^ 0x4b33a62ed433d4a3;
}

// @ts-ignore: decorator
@inline
export function bytesEqual(a: usize, b: usize, length: u32): bool {
  if (length < 16) {
    const same = i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
    const wanted = (1 << length) - 1;
    return (same & wanted) == wanted;
  }
  // The last vector overlaps the one before, so there is no rest to compare byte by byte.
  const last = length - 16;
  let different = v128.xor(v128.load(a + last), v128.load(b + last));
  for (let i: u32 = 0; i < last; i += 16) {
    different = v128.or(different, v128.xor(v128.load(a + i), v128.load(b + i)));
  }
  return !v128.any_true(different);
}

/** Keyed 64-bit hash in the manner of wyhash: 16 bytes a step, folded by multiplication. Not for the outside: ids are SipHash. */
export function hashBytes(start: usize, length: u32, salt: u64): u64 {
  let hash = HASH_START ^ salt;
  if (length < 16) {
    hash = fold(tail(start, min(length, 8)) ^ hashSeed0, hash ^ hashSeed1);
    return fold(tail(start + 8, length > 8 ? length - 8 : 0) ^ hashSeed0 ^ length, hash ^ hashSeed1);
  }
  const last = start + length - 16;
  for (let at = start; at < last; at += 16) {
    hash = fold(load<u64>(at) ^ hashSeed0, load<u64>(at, 8) ^ hash ^ hashSeed1);
  }
  hash = fold(load<u64>(last) ^ hashSeed0, load<u64>(last, 8) ^ hash ^ hashSeed1);
  return fold(hash ^ hashSeed0, hashSeed1 ^ length);
}

/** Mixes two words by the four partial products of their halves (wasm has no multiplication with 128 bits of result). */
// @ts-ignore: decorator
@inline
function fold(a: u64, b: u64): u64 {
  const highA = a >> 32;
  const lowA = a & 0xffffffff;
  const highB = b >> 32;
  const lowB = b & 0xffffffff;
  return rotl<u64>(highA * lowB, 32) ^ (highA * highB) ^ rotl<u64>(lowA * highB, 32) ^ (lowA * lowB);
}

/** The first `length` (0 to 8) bytes as a number. */
// @ts-ignore: decorator
@inline
function tail(start: usize, length: u32): u64 {
  return length == 0 ? 0 : load<u64>(start) & (<u64>-1 >> (64 - length * 8));
}

/**
 * Copies 16 bytes at a time, which for names and keys is faster than memory.copy, a call of the host in most engines. Up to 15
 * bytes beyond the target are overwritten, and read beyond the source.
 */
// @ts-ignore: decorator
@inline
export function copyShort(target: usize, source: usize, length: u32): void {
  for (let i: u32 = 0; i < length; i += 16) v128.store(target + i, v128.load(source + i));
}

/** Orders like memcmp, a prefix before what it begins. @returns negative, 0 or positive. */
export function compareBytes(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const common = min(aLength, bLength);
  let i: u32 = 0;
  for (; i + 8 <= common; i += 8) {
    const wordA = bswap<u64>(load<u64>(a + i));
    const wordB = bswap<u64>(load<u64>(b + i));
    if (wordA != wordB) return wordA < wordB ? -1 : 1;
  }
  for (; i < common; i++) {
    const difference = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
    if (difference != 0) return difference;
  }
  return <i32>aLength - <i32>bLength;
}
