/** Capacity of whatever grows; it doubles, so that growing costs a copy or two of each element. */
export const CAPACITY_FIRST = 8;

/** A copy with room for at least `capacity` elements. */
export function grown(array: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  let length = Math.max(CAPACITY_FIRST, array.length);
  while (length < capacity) length *= 2;
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}

/** Spreads the bits of a number over all 32: the finisher of MurmurHash3 (Austin Appleby, public domain). */
export function spread(number: number): number {
  let hash = number;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
