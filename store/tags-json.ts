const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
/** The first character that JSON has as it is. */
const SPACE = 0x20;
const HEX_DIGITS = Buffer.from('0123456789abcdef');
/** Of a control character: `\u0001`. */
const ESCAPED_BYTES_MAX = 6;

/** Room that the tags of a key of so many bytes take as JSON at the most. */
export const tagsJsonBytesMax = (keyBytes: number) => ESCAPED_BYTES_MAX * keyBytes + 4;

/**
 * Writes tags as a JSON object in UTF-8, from their bytes and without a string: most of what new series cost the store was strings.
 * @param target with room for `tagsJsonBytesMax`
 * @param keys   has the tags from `start` to `end`, checked: `key NUL value NUL key …`
 * @param seen   gets the keys of the tags
 * @returns the end of what was written
 */
export function writeTagsJson(
  target: Uint8Array,
  at: number,
  keys: Uint8Array,
  start: number,
  end: number,
  seen: TagKeys,
): number {
  target[at++] = BRACE_OPEN;
  let parts = 0;
  let partStart = start;
  while (partStart < end) {
    target[at++] = QUOTE;
    let from = partStart;
    for (; from < end; from++) {
      const byte = keys[from] as number;
      if (byte === 0) break;
      if (byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH) target[at++] = byte;
      else at = writeEscaped(target, at, byte);
    }
    target[at++] = QUOTE;
    const isKey = parts % 2 === 0;
    if (isKey) seen.see(parts / 2, keys, partStart, from);
    if (from < end) target[at++] = isKey ? COLON : COMMA;
    partStart = from + 1;
    parts++;
  }
  target[at++] = BRACE_CLOSE;
  return at;
}

function writeEscaped(target: Uint8Array, at: number, byte: number): number {
  target[at++] = BACKSLASH;
  if (byte >= SPACE) {
    target[at++] = byte;
    return at;
  }
  target.set([0x75, 0x30, 0x30, HEX_DIGITS[byte >> 4] ?? 0, HEX_DIGITS[byte & 15] ?? 0], at);
  return at + ESCAPED_BYTES_MAX - 1;
}

/** The distinct tag keys of many series, nearly each of which has those of the one before it. */
export class TagKeys {
  readonly #names = new Set<string>();
  /** By their place among the tags: the keys that were seen there last. */
  readonly #last: Buffer[] = [];

  get names(): readonly string[] {
    return [...this.#names];
  }

  add(name: string): void {
    this.#names.add(name);
  }

  /** A series has the key that lies in `bytes` from `start` to `end` at this place among its tags. */
  see(place: number, bytes: Uint8Array, start: number, end: number): void {
    const last = this.#last[place];
    if (last !== undefined && isEqual(last, bytes, start, end)) return;
    const key = Buffer.from(bytes.subarray(start, end));
    this.#last[place] = key;
    this.#names.add(key.toString('utf8'));
  }
}

function isEqual(expected: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (expected.length !== end - start) return false;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== bytes[start + i]) return false;
  }
  return true;
}
