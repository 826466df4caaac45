import { grown } from './growth.ts';

const CAPACITY_FIRST = 64;

/**
 * The values of a column one behind the other, as bytes, by their codes: strings lie all over the memory, and looking a million of them
 * up takes longer than matching them. Those that are not all ASCII are left out.
 */
export class ValueBytes {
  #bytes = Buffer.alloc(CAPACITY_FIRST);
  /** By code: where its value ends, which is where the next one begins. */
  #ends = new Uint32Array(CAPACITY_FIRST);
  #size = 1;

  /** Memory held. */
  get memoryBytes(): number {
    return this.#bytes.byteLength + this.#ends.byteLength;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  start(code: number): number {
    return this.#ends[code - 1] ?? 0;
  }

  /** Equal to the start of a value that was left out. */
  end(code: number): number {
    return this.#ends[code] ?? 0;
  }

  /** Whether the value of a code lies in `text` from `start` to `end`; false also of one that was left out, unless it is empty. */
  isAt(code: number, text: Uint8Array, start: number, end: number): boolean {
    const from = this.start(code);
    if (this.end(code) - from !== end - start) return false;
    const bytes = this.#bytes;
    for (let i = 0; i < end - start; i++) {
      if (bytes[from + i] !== text[start + i]) return false;
    }
    return true;
  }

  /** Adds the value of the next code. */
  add(text: string): void {
    const start = this.#ends[this.#size - 1] ?? 0;
    // UTF-8 takes three bytes at the most for each of the text's units.
    if (start + 3 * text.length > this.#bytes.length) this.#grow(start + 3 * text.length);
    const length = this.#bytes.write(text, start, 'utf8');
    if (this.#size >= this.#ends.length) this.#ends = grown(this.#ends, this.#size + 1);
    this.#ends[this.#size++] = length === text.length ? start + length : start;
  }

  #grow(length: number): void {
    const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
