const CAPACITY_FIRST = 512 * 1024;

const encoder = new TextEncoder();

/** UTF-8 that is written bit by bit and taken in one piece. Writing bytes at their place is twice as fast as joining strings and encoding them. */
export class TextBuffer {
  #bytes = new Uint8Array(CAPACITY_FIRST);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written, as a view that is valid until more is. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Takes back what was written beyond so many bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  byte(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = code;
  }

  /** @param text of ASCII alone */
  ascii(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  text(text: string): void {
    this.#reserve(3 * text.length);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  copy(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    this.#bytes.set(source.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  /** Copies bytes of a view and puts a prefix byte before every one that is among the two escaped ones. */
  escaped(
    view: DataView,
    from: number,
    to: number,
    escaped: readonly [number, number],
    prefix: number,
  ): void {
    this.#reserve(2 * (to - from));
    const bytes = this.#bytes;
    const [first, second] = escaped;
    let length = this.#length;
    for (let at = from; at < to; at++) {
      const code = view.getUint8(at);
      if (code === first || code === second) bytes[length++] = prefix;
      bytes[length++] = code;
    }
    this.#length = length;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
