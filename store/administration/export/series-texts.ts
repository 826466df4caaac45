import { SeriesIds } from '../../labels/series-ids.ts';
import type { SeriesText } from './row-format.ts';
import { TextBuffer } from './text-buffer.ts';

/** Series of a measurement that meet all conditions, and what the rows of each have in common: their keys' bytes, and 20 more each. */
export class SeriesTexts {
  readonly ids = new SeriesIds();
  readonly #text = new TextBuffer();
  /** Where each text ends in `#text`; it starts where the one before ends. */
  readonly #ends: number[] = [];

  /** Of all texts. */
  get bytes(): number {
    return this.#text.length;
  }

  add(low: number, high: number, text: string): void {
    if (this.ids.add(low, high) < 0) return;
    this.#text.text(text);
    this.#ends.push(this.#text.length);
  }

  /** @param number of the series in `ids` */
  get(number: number): SeriesText {
    const from = number === 0 ? 0 : (this.#ends[number - 1] as number);
    return { bytes: this.#text.bytes, from, to: this.#ends[number] as number };
  }
}
