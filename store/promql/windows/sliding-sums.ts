import type { WindowBounds } from './windows.ts';

/**
 * Sums of windows that slide over values, in time linear in values and windows however much the windows overlap, and without ever
 * taking away: a sum from which values were subtracted again would keep their rounding errors and could not forget an infinity.
 *
 * A window is cut in two at `middle`. Of the back part the sums from every place up to `middle` are known, the front part is one sum
 * that grows. When a window has left the back part behind, all of it becomes the back part. (The two stacks of a queue, as in
 * Tangwongsan, Hirzel, Schneider: Low-Latency Sliding-Window Aggregation, 2017.) Sums are compensated as Neumaier does.
 */
export class SlidingSums {
  #sums = new Float64Array(0);
  #back = new Float64Array(0);
  #backCarry = new Float64Array(0);

  /**
   * @param bounds where each window begins and ends; neither may fall from window to window
   * @param skip   so many values at the beginning of each window are left out
   * @returns the sum of each window, 0 of an empty one; valid until the next call
   */
  of(
    values: Float64Array,
    { first, end, to: until }: WindowBounds,
    skip = 0,
  ): Readonly<Float64Array> {
    this.#grow(first.length, until);
    const sums = this.#sums;
    const back = this.#back;
    const backCarry = this.#backCarry;
    let middle = 0;
    let frontEnd = 0;
    let front = 0;
    let frontCarry = 0;
    for (let window = 0; window < first.length; window++) {
      const from = (first[window] as number) + skip;
      const to = end[window] as number;
      if (from >= to) {
        sums[window] = 0;
        continue;
      }
      if (from >= middle) {
        this.#fillBack(values, from, to);
        middle = to;
        frontEnd = to;
        front = 0;
        frontCarry = 0;
      }
      for (; frontEnd < to; frontEnd++) {
        const value = values[frontEnd] as number;
        const next = front + value;
        frontCarry +=
          Math.abs(front) >= Math.abs(value) ? front - next + value : value - next + front;
        front = next;
      }
      const backSum = back[from] as number;
      const sum = backSum + front;
      const carry =
        Math.abs(backSum) >= Math.abs(front) ? backSum - sum + front : front - sum + backSum;
      // The carries of an infinite sum are NaN and mean nothing.
      sums[window] = Number.isFinite(sum)
        ? sum + (carry + frontCarry + (backCarry[from] as number))
        : sum;
    }
    return sums;
  }

  #fillBack(values: Float64Array, from: number, to: number): void {
    let sum = 0;
    let carry = 0;
    for (let i = to - 1; i >= from; i--) {
      const value = values[i] as number;
      const next = sum + value;
      carry += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
      sum = next;
      this.#back[i] = sum;
      this.#backCarry[i] = carry;
    }
  }

  #grow(windowCount: number, valueCount: number): void {
    if (this.#sums.length < windowCount) this.#sums = new Float64Array(windowCount);
    if (this.#back.length >= valueCount) return;
    const length = Math.max(valueCount, 2 * this.#back.length);
    this.#back = new Float64Array(length);
    this.#backCarry = new Float64Array(length);
  }
}
