import { CAPACITY_FIRST, grown } from './growth.ts';

/**
 * Distinct 64-bit series ids, numbered from 0 in order of their addition. An id comes in halves, unsigned: a BigInt for every row that
 * is read would cost more than the rest of reading it.
 */
export class SeriesIds {
  /** Low and high half of each id, one after the other. */
  #halves = new Uint32Array(2 * CAPACITY_FIRST);
  /** Open addressing: number + 1 of the id that belongs here, 0 for none; at most half are taken. */
  #slots = new Uint32Array(4 * CAPACITY_FIRST);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Memory held. */
  get bytes(): number {
    return this.#halves.byteLength + this.#slots.byteLength;
  }

  low(number: number): number {
    return this.#halves[2 * number] as number;
  }

  high(number: number): number {
    return this.#halves[2 * number + 1] as number;
  }

  /** As PostgreSQL has it: signed. */
  signed(number: number): bigint {
    return BigInt.asIntN(64, (BigInt(this.high(number)) << 32n) | BigInt(this.low(number)));
  }

  /** The number of an id; -1 when it is not among them. */
  find(low: number, high: number): number {
    return (this.#slots[this.#slotOf(low, high)] as number) - 1;
  }

  /** Adds an id; gives its number, or -1 when it was there before. */
  add(low: number, high: number): number {
    const slot = this.#slotOf(low, high);
    if (this.#slots[slot] !== 0) return -1;
    const number = this.#size++;
    if (2 * this.#size > this.#halves.length) this.#halves = grown(this.#halves, 2 * this.#size);
    this.#halves[2 * number] = low;
    this.#halves[2 * number + 1] = high;
    this.#slots[slot] = number + 1;
    if (2 * this.#size > this.#slots.length) this.#rehash();
    return number;
  }

  /** Where the id is, or would be. Ids are hashes already: their lowest bits choose the slot. */
  #slotOf(low: number, high: number): number {
    const slots = this.#slots;
    const halves = this.#halves;
    const mask = slots.length - 1;
    let slot = low & mask;
    for (;;) {
      const entry = slots[slot] as number;
      if (entry === 0) return slot;
      const at = 2 * (entry - 1);
      if (halves[at] === low && halves[at + 1] === high) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #rehash(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#size; number++) {
      this.#slots[this.#slotOf(this.low(number), this.high(number))] = number + 1;
    }
  }
}
