/** When more than this share of a window is exchanged at once, sorting it anew costs less than moving values one by one. */
const EXCHANGED_SHARE_MAX = 1 / 4;

/** The values of a sliding window in their order: each move costs what comes and goes, not the whole window. */
export class SortedWindow {
  #source: Float64Array = new Float64Array(0);
  /** Ascending, without NaN, which counts as less than everything, as in Prometheus. */
  #sorted = new Float64Array(0);
  #length = 0;
  #nanCount = 0;
  #from = 0;
  #to = 0;

  /** Of a series that has the values from `from` to `to`. */
  start({ values, from, to }: { values: Float64Array; from: number; to: number }): void {
    this.#source = values;
    if (this.#sorted.length < to - from) {
      this.#sorted = new Float64Array(Math.max(to - from, 2 * this.#sorted.length));
    }
    this.#length = 0;
    this.#nanCount = 0;
    this.#from = from;
    this.#to = from;
  }

  /** To a window that neither begins nor ends before the last one. */
  moveTo(from: number, to: number): void {
    const exchanged = from - this.#from + (to - this.#to);
    if (from >= this.#to || exchanged > (to - from) * EXCHANGED_SHARE_MAX) {
      this.#sortAnew(from, to);
    } else {
      for (let i = this.#from; i < from; i++) this.#remove(this.#source[i] as number);
      for (let i = this.#to; i < to; i++) this.#insert(this.#source[i] as number);
    }
    this.#from = from;
    this.#to = to;
  }

  /** Interpolated between the two nearest values; beyond 0 to 1 an infinity, as in Prometheus. */
  quantile(quantile: number): number {
    const count = this.#nanCount + this.#length;
    if (Number.isNaN(quantile) || count === 0) return Number.NaN;
    if (quantile < 0) return Number.NEGATIVE_INFINITY;
    if (quantile > 1) return Number.POSITIVE_INFINITY;
    const rank = quantile * (count - 1);
    const lower = Math.floor(rank);
    const upper = Math.min(count - 1, lower + 1);
    const weight = rank - lower;
    return this.#at(lower) * (1 - weight) + this.#at(upper) * weight;
  }

  #at(rank: number): number {
    return rank < this.#nanCount ? Number.NaN : (this.#sorted[rank - this.#nanCount] as number);
  }

  #sortAnew(from: number, to: number): void {
    this.#length = 0;
    for (let i = from; i < to; i++) {
      const value = this.#source[i] as number;
      if (!Number.isNaN(value)) this.#sorted[this.#length++] = value;
    }
    this.#nanCount = to - from - this.#length;
    this.#sorted.subarray(0, this.#length).sort();
  }

  #insert(value: number): void {
    if (Number.isNaN(value)) {
      this.#nanCount++;
      return;
    }
    const place = this.#place(value);
    this.#sorted.copyWithin(place + 1, place, this.#length++);
    this.#sorted[place] = value;
  }

  #remove(value: number): void {
    if (Number.isNaN(value)) {
      this.#nanCount--;
      return;
    }
    const place = this.#place(value);
    this.#sorted.copyWithin(place, place + 1, this.#length--);
  }

  /** Of the first value that is not less. */
  #place(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
