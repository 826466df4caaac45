/** The highest counts of many, each with what was counted; of equal ones those that came first. */
export class TopCounts<Item> {
  /** A heap: no element is higher than the two that it stands above. */
  readonly #counts: number[] = [];
  readonly #items: Item[] = [];

  /** @param max how many of them */
  constructor(private readonly max: number) {}

  /** Whether a count would be one of them now. */
  admits(count: number): boolean {
    return this.#counts.length < this.max || count > (this.#counts[0] ?? Number.POSITIVE_INFINITY);
  }

  add(count: number, item: Item): void {
    if (!this.admits(count)) return;
    if (this.#counts.length < this.max) {
      this.#counts.push(count);
      this.#items.push(item);
      this.#rise(this.#counts.length - 1);
    } else {
      this.#set(0, count, item);
      this.#sink(0);
    }
  }

  /** Highest first. */
  sorted(): { readonly count: number; readonly item: Item }[] {
    return this.#items
      .map((item, i) => ({ item, count: this.#counts[i] as number }))
      .sort((a, b) => b.count - a.count);
  }

  #set(at: number, count: number, item: Item): void {
    this.#counts[at] = count;
    this.#items[at] = item;
  }

  #swap(a: number, b: number): void {
    const count = this.#counts[a] as number;
    const item = this.#items[a] as Item;
    this.#set(a, this.#counts[b] as number, this.#items[b] as Item);
    this.#set(b, count, item);
  }

  #rise(from: number): void {
    const counts = this.#counts;
    for (let at = from; at > 0; ) {
      const above = (at - 1) >> 1;
      if ((counts[above] as number) <= (counts[at] as number)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #sink(from: number): void {
    const counts = this.#counts;
    for (let at = from; ; ) {
      let lowest = at;
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < counts.length && (counts[below] as number) < (counts[lowest] as number)) {
          lowest = below;
        }
      }
      if (lowest === at) return;
      this.#swap(at, lowest);
      at = lowest;
    }
  }
}
