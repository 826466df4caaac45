import type { Windows } from './windows.ts';

/**
 * Straight lines through the samples of windows that slide, by least squares, in time linear in samples and windows however much the
 * windows overlap. The parts of a window are those of `SlidingSums`, and they are put together as in `SlidingVariances`.
 *
 * Times and values are taken as differences to a sample of the window, so that neither the size of a time nor a large mean costs digits.
 */
export class SlidingRegressions {
  /** Of each window, the change a millisecond. */
  slopes = new Float64Array(0);
  /** Of each window, a point of its line: the means of times, milliseconds since 1970, and of values. */
  timeMeans = new Float64Array(0);
  valueMeans = new Float64Array(0);
  /** Of the samples from each place up to `middle`. */
  readonly #back = new MomentColumns();

  /** What it finds is valid until the next call; of windows with fewer than two samples it means nothing. */
  fit({ first, end, times, values, to: until }: Windows): void {
    this.#grow(first.length);
    this.#back.grow(until);
    const front = new Moments();
    const whole = new Moments();
    let middle = 0;
    let frontEnd = 0;
    let originMs = 0;
    let origin = 0;
    for (let window = 0; window < first.length; window++) {
      const from = first[window] as number;
      const to = end[window] as number;
      if (from >= to) continue;
      if (from >= middle) {
        originMs = times[to - 1] as number;
        origin = values[to - 1] as number;
        front.clear();
        for (let i = to - 1; i >= from; i--) {
          front.add((times[i] as number) - originMs, (values[i] as number) - origin);
          this.#back.set(i, front);
        }
        front.clear();
        middle = to;
        frontEnd = to;
      }
      for (; frontEnd < to; frontEnd++) {
        front.add((times[frontEnd] as number) - originMs, (values[frontEnd] as number) - origin);
      }
      this.#back.get(from, middle - from, whole);
      whole.join(front);
      this.slopes[window] = whole.products / whole.squares;
      this.timeMeans[window] = originMs + whole.timeMean;
      this.valueMeans[window] = origin + whole.valueMean;
    }
  }

  #grow(windowCount: number): void {
    if (this.slopes.length >= windowCount) return;
    this.slopes = new Float64Array(windowCount);
    this.timeMeans = new Float64Array(windowCount);
    this.valueMeans = new Float64Array(windowCount);
  }
}

/** Means of times and values, the squares of the times' differences to theirs, and their products with those of the values. */
class Moments {
  count = 0;
  timeMean = 0;
  valueMean = 0;
  squares = 0;
  products = 0;

  clear(): void {
    this.count = 0;
    this.timeMean = 0;
    this.valueMean = 0;
    this.squares = 0;
    this.products = 0;
  }

  add(time: number, value: number): void {
    this.count++;
    const apart = time - this.timeMean;
    this.timeMean += apart / this.count;
    this.valueMean += (value - this.valueMean) / this.count;
    this.squares += apart * (time - this.timeMean);
    this.products += apart * (value - this.valueMean);
  }

  join({ count, timeMean, valueMean, squares, products }: Moments): void {
    if (count === 0) return;
    const all = this.count + count;
    const timeApart = timeMean - this.timeMean;
    const valueApart = valueMean - this.valueMean;
    const weight = (this.count * count) / all;
    this.squares += squares + timeApart * timeApart * weight;
    this.products += products + timeApart * valueApart * weight;
    this.timeMean += (timeApart * count) / all;
    this.valueMean += (valueApart * count) / all;
    this.count = all;
  }
}

/** Moments by place. */
class MomentColumns {
  #timeMeans = new Float64Array(0);
  #valueMeans = new Float64Array(0);
  #squares = new Float64Array(0);
  #products = new Float64Array(0);

  set(place: number, { timeMean, valueMean, squares, products }: Moments): void {
    this.#timeMeans[place] = timeMean;
    this.#valueMeans[place] = valueMean;
    this.#squares[place] = squares;
    this.#products[place] = products;
  }

  get(place: number, count: number, to: Moments): void {
    to.count = count;
    to.timeMean = this.#timeMeans[place] as number;
    to.valueMean = this.#valueMeans[place] as number;
    to.squares = this.#squares[place] as number;
    to.products = this.#products[place] as number;
  }

  grow(length: number): void {
    if (this.#timeMeans.length >= length) return;
    const grown = Math.max(length, 2 * this.#timeMeans.length);
    this.#timeMeans = new Float64Array(grown);
    this.#valueMeans = new Float64Array(grown);
    this.#squares = new Float64Array(grown);
    this.#products = new Float64Array(grown);
  }
}
