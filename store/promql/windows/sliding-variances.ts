import type { WindowBounds } from './windows.ts';

/**
 * Variances of windows that slide over values, in time linear in values and windows however much the windows overlap; the parts are
 * those of `SlidingSums`. Each part has its mean and the squares of the differences to it (Welford), and two parts are put together as
 * Chan, Golub and LeVeque do (Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979).
 *
 * All values are taken as differences to one of the window, the last of the back part. That is exact where values are close to each
 * other, so that neither a large mean costs digits nor equal values have any variance.
 */
export class SlidingVariances {
  #variances = new Float64Array(0);
  /** Of the values from each place up to `middle`. */
  #backMeans = new Float64Array(0);
  #backSquares = new Float64Array(0);
  readonly #running = new RunningVariance();

  /**
   * @param bounds where each window begins and ends; neither may fall from window to window
   * @returns the variance of each window, 0 of an empty one; valid until the next call
   */
  of(values: Float64Array, { first, end, to: until }: WindowBounds): Readonly<Float64Array> {
    this.#grow(first.length, until);
    const variances = this.#variances;
    const front = this.#running;
    let middle = 0;
    let frontEnd = 0;
    let origin = 0;
    for (let window = 0; window < first.length; window++) {
      const from = first[window] as number;
      const to = end[window] as number;
      if (from >= to) {
        variances[window] = 0;
        continue;
      }
      if (from >= middle) {
        this.#fillBack(values, from, to);
        front.clear();
        middle = to;
        frontEnd = to;
        origin = values[to - 1] as number;
      }
      for (; frontEnd < to; frontEnd++) front.add((values[frontEnd] as number) - origin);
      variances[window] = this.#whole(from, middle - from) / (to - from);
    }
    return variances;
  }

  /** The squares of the back part from `from` on and the front part together. */
  #whole(from: number, backCount: number): number {
    const front = this.#running;
    const backSquares = this.#backSquares[from] as number;
    if (front.count === 0) return backSquares;
    const apart = front.mean - (this.#backMeans[from] as number);
    const share = (backCount * front.count) / (backCount + front.count);
    return backSquares + front.squares + apart * apart * share;
  }

  #fillBack(values: Float64Array, from: number, to: number): void {
    const origin = values[to - 1] as number;
    const back = this.#running;
    back.clear();
    for (let i = to - 1; i >= from; i--) {
      back.add((values[i] as number) - origin);
      this.#backMeans[i] = back.mean;
      this.#backSquares[i] = back.squares;
    }
  }

  #grow(windowCount: number, valueCount: number): void {
    if (this.#variances.length < windowCount) this.#variances = new Float64Array(windowCount);
    if (this.#backMeans.length >= valueCount) return;
    const length = Math.max(valueCount, 2 * this.#backMeans.length);
    this.#backMeans = new Float64Array(length);
    this.#backSquares = new Float64Array(length);
  }
}

/** Mean and squared differences of values that come one by one, both compensated as Neumaier does. */
class RunningVariance {
  count = 0;
  #mean = 0;
  #meanCarry = 0;
  #squares = 0;
  #squaresCarry = 0;

  get mean(): number {
    return this.#mean + this.#meanCarry;
  }

  get squares(): number {
    return this.#squares + this.#squaresCarry;
  }

  clear(): void {
    this.count = 0;
    this.#mean = 0;
    this.#meanCarry = 0;
    this.#squares = 0;
    this.#squaresCarry = 0;
  }

  add(value: number): void {
    this.count++;
    const difference = value - this.mean;
    const step = difference / this.count;
    const mean = this.#mean;
    const meanNext = mean + step;
    this.#meanCarry +=
      Math.abs(mean) >= Math.abs(step) ? mean - meanNext + step : step - meanNext + mean;
    this.#mean = meanNext;
    const square = difference * (value - this.mean);
    const squares = this.#squares;
    const squaresNext = squares + square;
    this.#squaresCarry +=
      squares >= square ? squares - squaresNext + square : square - squaresNext + squares;
    this.#squares = squaresNext;
  }
}
