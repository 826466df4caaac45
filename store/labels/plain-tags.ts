const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACE_CLOSE = 0x7d;
/** From here on a character takes several bytes. */
const NOT_ASCII = 0x80;
/** Between a key and its value, and between tags: `: ` or `, `. */
const SEPARATOR_BYTES = 2;
const FNV_OFFSET = 0x811c_9dc5;
const FNV_PRIME = 0x0100_0193;

/**
 * Reads the tags of one series after another from JSON as PostgreSQL writes a jsonb: `{"key": "value", …}`. Only where nothing is escaped
 * and all is ASCII, as nearly everywhere: such text is read where it lies, in a fifth of the time that making an object takes.
 */
export class PlainTags {
  /** Valid after `next()` was true: where key and value of the tag are, without their quotes. */
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  /** Of the value's bytes (FNV-1a, 32 bits). */
  valueHash = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isOdd = false;

  /** @param bytes the whole text of an object */
  start(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 1;
    this.#isOdd = false;
  }

  /** Whether there was something else than plain tags: then what was read so far is all that can be had here. */
  get isOdd(): boolean {
    return this.#isOdd;
  }

  /** Goes to the next tag; false when there is none, or none that is plain. */
  next(): boolean {
    if (this.#bytes[this.#at] === BRACE_CLOSE) return false;
    this.keyStart = this.#at + 1;
    this.keyEnd = this.#endOfText();
    this.valueStart = this.keyEnd + 1 + SEPARATOR_BYTES + 1;
    this.#at = this.valueStart - 1;
    this.valueEnd = this.#isOdd ? this.valueStart : this.#endOfText();
    this.#at = this.valueEnd + 1;
    if (this.#bytes[this.#at] !== BRACE_CLOSE) this.#at += SEPARATOR_BYTES;
    return !this.#isOdd;
  }

  /** Where the text that begins with a quote ends, which is read up to there. */
  #endOfText(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    let hash = FNV_OFFSET;
    if (bytes[at] !== QUOTE) this.#isOdd = true;
    for (at++; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) break;
      if (byte === BACKSLASH || byte >= NOT_ASCII) this.#isOdd = true;
      hash = Math.imul(hash ^ byte, FNV_PRIME);
    }
    if (at === bytes.length) this.#isOdd = true;
    this.valueHash = hash >>> 0;
    return at;
  }
}

/** Whether a text of ASCII lies in `bytes` from `start` to `end`. */
export function isTextAt(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
