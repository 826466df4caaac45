import { ANSWER_PART_BYTES, type Labels } from '@overseer/shared';

/** Per item of a part: names of its fields, lengths, a number. */
const ITEM_BYTES = 32;

/** Gathers the items of an answer into parts of ANSWER_PART_BYTES at the most; a larger item is a part of its own. */
export class PartWriter<Item> {
  #items: Item[] = [];
  #bytes = 0;

  /** @param send sends one part; the items are its own */
  constructor(private readonly send: (items: readonly Item[]) => Promise<void>) {}

  /** @param bytes about what the item takes, encoded */
  async add(item: Item, bytes: number): Promise<void> {
    if (this.#items.length > 0 && this.#bytes + bytes > ANSWER_PART_BYTES) await this.flush();
    this.#items.push(item);
    this.#bytes += bytes + ITEM_BYTES;
  }

  /** Sends what is left, if anything. */
  async flush(): Promise<void> {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    await this.send(items);
  }
}

const HEADER_BYTES_MAX = 5;

export function textBytes(text: string): number {
  return Buffer.byteLength(text) + HEADER_BYTES_MAX;
}

export function labelsBytes(labels: Labels): number {
  let bytes = HEADER_BYTES_MAX;
  for (const [name, value] of Object.entries(labels)) bytes += textBytes(name) + textBytes(value);
  return bytes;
}
