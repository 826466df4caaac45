import type { EvaluationContext } from '../context.ts';
import type { StepRow } from '../windows/windows.ts';

export interface RankHeapsOptions {
  readonly direction: 'top' | 'bottom';
  /** How many are kept, by step. */
  readonly counts: Float64Array;
}

/** The series of one group that come first at each step: a heap a step, with the one on top that has to go next. */
export class RankHeaps {
  readonly #sign: number;
  readonly #sizesMax: Uint32Array;
  /** Places of a step. */
  readonly #width: number;
  readonly #sizes: Uint32Array;
  readonly #values: Float64Array;
  readonly #series: Uint32Array;

  /** @param seriesCount of the group, the most that there can be @throws AnswerError limit */
  constructor(
    { direction, counts }: RankHeapsOptions,
    seriesCount: number,
    { budget }: EvaluationContext,
  ) {
    this.#sign = direction === 'top' ? 1 : -1;
    this.#sizesMax = Uint32Array.from(counts, (count) => Math.min(count, seriesCount));
    this.#width = this.#sizesMax.reduce((most, count) => Math.max(most, count), 0);
    const places = this.#width * counts.length;
    // With the number of its series a value is one and a half.
    budget.hold(Math.ceil(places * 1.5));
    this.#sizes = new Uint32Array(counts.length);
    this.#values = new Float64Array(places);
    this.#series = new Uint32Array(places);
  }

  add(series: number, { values, present, base }: StepRow): void {
    for (let step = 0; step < this.#sizes.length; step++) {
      if (present[base + step] === 1) this.#offer(step, series, values[base + step] as number);
    }
  }

  #offer(step: number, series: number, value: number): void {
    const size = this.#sizes[step] as number;
    const sizeMax = this.#sizesMax[step] as number;
    const root = step * this.#width;
    if (size < sizeMax) {
      this.#sizes[step] = size + 1;
      this.#rise(root, size, series, value);
    } else if (size > 0 && !this.#isBehind(value, series, root)) {
      this.#sink(root, size, series, value);
    }
  }

  /** Whether a value comes behind that of a place, or is that: of equal ones the series with the lower number comes first. */
  #isBehind(value: number, series: number, place: number): boolean {
    const other = this.#values[place] as number;
    const isNone = Number.isNaN(value);
    if (isNone !== Number.isNaN(other)) return isNone;
    if (isNone || value === other) return series >= (this.#series[place] as number);
    return value * this.#sign < other * this.#sign;
  }

  #rise(root: number, place: number, series: number, value: number): void {
    let at = place;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBehind(value, series, root + parent)) break;
      this.#move(root + parent, root + at);
      at = parent;
    }
    this.#put(root + at, series, value);
  }

  #sink(root: number, size: number, series: number, value: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const [left, right] = [root + child, root + child + 1];
      if (child + 1 < size && this.#isPlaceBehind(right, left)) child++;
      if (this.#isBehind(value, series, root + child)) break;
      this.#move(root + child, root + at);
      at = child;
    }
    this.#put(root + at, series, value);
  }

  #isPlaceBehind(place: number, other: number): boolean {
    return this.#isBehind(this.#values[place] as number, this.#series[place] as number, other);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#series[from] as number, this.#values[from] as number);
  }

  #put(place: number, series: number, value: number): void {
    this.#values[place] = value;
    this.#series[place] = series;
  }

  /** All that are kept. */
  visit(take: (series: number, step: number, value: number) => void): void {
    for (let step = 0; step < this.#sizes.length; step++) {
      const root = step * this.#width;
      for (let place = root; place < root + (this.#sizes[step] as number); place++) {
        take(this.#series[place] as number, step, this.#values[place] as number);
      }
    }
  }

  /** The first one first. */
  sortedAt(step: number): { readonly series: number; readonly value: number }[] {
    const root = step * this.#width;
    const places = Array.from({ length: this.#sizes[step] as number }, (_, i) => root + i);
    return places
      .sort((one, other) => (this.#isPlaceBehind(one, other) ? 1 : -1))
      .map((place) => ({
        series: this.#series[place] as number,
        value: this.#values[place] as number,
      }));
  }
}
