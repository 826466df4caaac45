import { quantileBeyond, quantilePlace } from '../quantile.ts';

/**
 * The values of a sliding window in their order. The whole series is sorted once; a tree (Fenwick 1994) over the ranks counts those
 * that are in the window. So a value that comes or goes costs the logarithm of the series' length, however long the window.
 */
export class SortedWindow {
  #values: Float64Array = new Float64Array(0);
  /** Of the whole series, ascending; NaN comes last. */
  #sorted = new Float64Array(0);
  /** Of each value in `#sorted`; of equal ones the first. */
  #ranks = new Uint32Array(0);
  /** Node n, from 1, counts the n & -n ranks up to n - 1. */
  #tree = new Uint32Array(1);
  /** Largest power of two that is a node. */
  #top = 0;
  #seriesFrom = 0;
  #numberCount = 0;
  /** Of the window; NaN counts as less than everything, as in Prometheus. */
  #nanCount = 0;
  #from = 0;
  #to = 0;

  /** Of a series that has the values from `from` to `to`. */
  start({ values, from, to }: { values: Float64Array; from: number; to: number }): void {
    const count = to - from;
    this.#grow(count);
    this.#values = values;
    this.#seriesFrom = from;
    this.#sorted.set(values.subarray(from, to));
    const sorted = this.#sorted.subarray(0, count).sort();
    this.#numberCount = count;
    while (this.#numberCount > 0 && Number.isNaN(sorted[this.#numberCount - 1])) {
      this.#numberCount--;
    }
    this.#tree.fill(0, 0, this.#numberCount + 1);
    this.#top = this.#numberCount === 0 ? 0 : 2 ** Math.floor(Math.log2(this.#numberCount));
    this.#nanCount = 0;
    this.#from = from;
    this.#to = from;
  }

  /**
   * Moves on to a window that neither begins nor ends before this one, by so many values at the most.
   * @returns how many values came and went; less than `movesMax`: it is there
   */
  moveTo(from: number, to: number, movesMax: number): number {
    let moves = 0;
    for (const goneEnd = Math.min(from, this.#to); this.#from < goneEnd; this.#from++) {
      if (moves === movesMax) return moves;
      this.#count(this.#from, -1);
      moves++;
    }
    if (this.#from < from) {
      this.#from = from;
      this.#to = from;
    }
    for (; this.#to < to; this.#to++) {
      if (moves === movesMax) return moves;
      this.#rank(this.#to);
      this.#count(this.#to, 1);
      moves++;
    }
    return moves;
  }

  /** Interpolated between the two nearest values; beyond 0 to 1 an infinity, as in Prometheus. */
  quantile(quantile: number): number {
    const count = this.#to - this.#from;
    if (count === 0) return Number.NaN;
    const beyond = quantileBeyond(quantile);
    if (beyond !== undefined) return beyond;
    const { lower, upper, weight } = quantilePlace(quantile, count);
    return this.#at(lower) * (1 - weight) + this.#at(upper) * weight;
  }

  /** The value that has so many of the window before it. */
  #at(place: number): number {
    let before = place - this.#nanCount;
    if (before < 0) return Number.NaN;
    let node = 0;
    for (let width = this.#top; width > 0; width >>>= 1) {
      const next = node + width;
      if (next > this.#numberCount) continue;
      const count = this.#tree[next] as number;
      if (count > before) continue;
      node = next;
      before -= count;
    }
    return this.#sorted[node] as number;
  }

  #rank(at: number): void {
    const value = this.#values[at] as number;
    let low = 0;
    let high = this.#numberCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    this.#ranks[at - this.#seriesFrom] = low;
  }

  #count(at: number, change: 1 | -1): void {
    if (Number.isNaN(this.#values[at])) {
      this.#nanCount += change;
      return;
    }
    const first = (this.#ranks[at - this.#seriesFrom] as number) + 1;
    for (let node = first; node <= this.#numberCount; node += node & -node) {
      this.#tree[node] = (this.#tree[node] as number) + change;
    }
  }

  #grow(count: number): void {
    if (this.#sorted.length >= count) return;
    const length = Math.max(count, 2 * this.#sorted.length);
    this.#sorted = new Float64Array(length);
    this.#ranks = new Uint32Array(length);
    this.#tree = new Uint32Array(length + 1);
  }
}
