import { COPY_HEADER_BYTES } from './copy-out.ts';

/**
 * The tuples of a binary COPY, wherever its chunks are cut. Nearly all are whole: PostgreSQL sends a message a tuple.
 *
 *     header  19 bytes
 *     tuple   int16 number of columns, then for each: int32 length (-1: null), the value in so many bytes
 *     trailer int16 -1
 */
export class CopyTuples {
  #isInHeader = true;
  #count = 0;
  #rest: Buffer | undefined;
  /** On the memory that the last chunk was part of: most share it with the one before. */
  #view: DataView = new DataView(new ArrayBuffer(0));

  /**
   * @param columns of each tuple
   * @param take gets the place of the length of a tuple's first value; the view is valid until it returns
   */
  constructor(
    private readonly columns: number,
    private readonly take: (view: DataView, at: number) => void,
  ) {}

  /** How many were taken. */
  get count(): number {
    return this.#count;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    let at = bytes.byteOffset;
    const end = at + bytes.length;
    if (this.#isInHeader && end - at >= COPY_HEADER_BYTES) {
      at += COPY_HEADER_BYTES;
      this.#isInHeader = false;
    }
    if (!this.#isInHeader) at = this.#takeWhole(at, end);
    if (at < end) this.#rest = Buffer.from(bytes.subarray(at - bytes.byteOffset));
  }

  /** Takes the tuples that are there to their end; gives the place of the first that is not. */
  #takeWhole(from: number, end: number): number {
    const view = this.#view;
    let tuple = from;
    while (end - tuple >= 2) {
      if (view.getInt16(tuple) === -1) return end;
      let at = tuple + 2;
      for (let column = 0; column < this.columns; column++) {
        if (end - at < 4) return tuple;
        const length = view.getInt32(at);
        at += length > 0 ? 4 + length : 4;
      }
      if (at > end) return tuple;
      this.take(view, tuple + 2);
      this.#count++;
      tuple = at;
    }
    return tuple;
  }
}
