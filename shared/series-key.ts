/** Canonical keys of series (docs/contracts.md): `database NUL measurement NUL tagKey NUL tagValue …`. */
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const CHECK_SEED_MASK = 0xa5;

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** Seed of the second hash, by which two keys with the same id are told apart. */
export function checkSeed(seed: Uint8Array): Uint8Array {
  return seed.map((byte) => byte ^ CHECK_SEED_MASK);
}

/** Bytes before the tags: the same for every series of a measurement. */
export function keyPrefix(database: string, measurement: string): Uint8Array {
  return encodeUtf8(`${database}\0${measurement}`);
}

/** The canonical key from its prefix and the tags part that a batch announces (empty without tags). */
export function canonicalKey(prefix: Uint8Array, tags: Uint8Array): Uint8Array {
  if (tags.length === 0) return prefix;
  const key = new Uint8Array(prefix.length + 1 + tags.length);
  key.set(prefix);
  key.set(tags, prefix.length + 1);
  return key;
}

/**
 * Tags of the tags part of a key.
 * @throws Error when it is no list of pairs, holds an empty key or value, or is no UTF-8.
 */
export function decodeTags(tags: Uint8Array): Tag[] {
  if (tags.length === 0) return [];
  const parts = decodeUtf8(tags).split('\0');
  if (parts.length % 2 !== 0) throw new Error('a tag without a value');
  const pairs: Tag[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const key = parts[i] as string;
    const value = parts[i + 1] as string;
    if (key === '' || value === '') throw new Error('an empty tag key or value');
    pairs.push({ key, value });
  }
  return pairs;
}

/** Tags part of a key; the tags are sorted by the bytes of their key. */
export function encodeTags(tags: readonly Tag[]): Uint8Array {
  const sorted = tags
    .map((tag) => ({ ...tag, bytes: encodeUtf8(tag.key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return encodeUtf8(sorted.flatMap((tag) => [tag.key, tag.value]).join('\0'));
}
