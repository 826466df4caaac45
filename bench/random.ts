/**
 * Seeded random numbers that are the same on every machine and engine: only 32-bit integer
 * operations, no Math.random, and none of Math.log or Math.cos, whose last bit engines may choose.
 *
 * The generator is Chris Doty-Humphrey's sfc32 ("small fast counting", from PractRand): 128 bits of
 * state with a counter, so that no seed leads into a short cycle.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed any integer; its low 32 bits count. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is an integer, got ${seed}`);
    this.#a = 0;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / 0x1_0000_0000) | 0;
    // The author's advice: twelve rounds mix a poor seed well enough.
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** A whole number from 0 to 2^32 − 1. */
  uint32(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }

  /**
   * A whole number from 0 to `limit` − 1; `limit` at most 2^20, where the bias of the
   * multiplication is below 1 in 4,096.
   */
  below(limit: number): number {
    if (!(limit >= 1 && limit <= 0x10_0000))
      throw new RangeError(`below() takes 1 to 1,048,576, got ${limit}`);
    return Math.floor((this.uint32() / 0x1_0000_0000) * limit);
  }

  /** One of the choices, each as likely. */
  choice<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new RangeError('choice() needs at least one choice');
    return chosen;
  }

  /**
   * A step of the normal distribution N(0, 1) in units of 2^-16: the sum of twelve uniform 16-bit
   * numbers less their mean (Irwin–Hall). Its variance is exactly 2^32 − 1 such units, and its
   * tails end at six deviations.
   */
  normal16(): number {
    let sum = 0;
    for (let draw = 0; draw < 6; draw++) {
      const bits = this.uint32();
      sum += (bits >>> 16) + (bits & 0xffff);
    }
    return sum - 6 * 0xffff;
  }
}
