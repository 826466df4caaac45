import type { StepRow } from '../windows/windows.ts';

/**
 * What an aggregation keeps of one group: columns with a place a step, whatever number of series come. Semantics are those of
 * aggregations of Prometheus 3.0 (promql/engine.go) on floats.
 */
export interface Accumulator {
  /** Takes the row of a series. */
  add(row: StepRow): void;
  /** Writes the result, at the steps at which any series had a value. */
  finish(row: StepRow): void;
}

/** Compensated as Neumaier does. */
export class SumAccumulator implements Accumulator {
  readonly #sums: Float64Array;
  readonly #carries: Float64Array;
  readonly #isSeen: Uint8Array;

  constructor(stepCount: number) {
    this.#sums = new Float64Array(stepCount);
    this.#carries = new Float64Array(stepCount);
    this.#isSeen = new Uint8Array(stepCount);
  }

  add({ values, present, base }: StepRow): void {
    const sums = this.#sums;
    const carries = this.#carries;
    for (let step = 0; step < sums.length; step++) {
      if (present[base + step] === 0) continue;
      addCompensated(sums, carries, step, values[base + step] as number);
      this.#isSeen[step] = 1;
    }
  }

  finish({ values, present, base }: StepRow): void {
    present.set(this.#isSeen, base);
    for (let step = 0; step < this.#sums.length; step++) {
      const sum = this.#sums[step] as number;
      // The carry of an infinite sum is NaN and means nothing.
      values[base + step] = Number.isFinite(sum) ? sum + (this.#carries[step] as number) : sum;
    }
  }
}

export class AverageAccumulator implements Accumulator {
  /** Sums, or means where a sum was too large. */
  readonly #sums: Float64Array;
  readonly #carries: Float64Array;
  readonly #counts: Uint32Array;
  readonly #isMean: Uint8Array;

  constructor(stepCount: number) {
    this.#sums = new Float64Array(stepCount);
    this.#carries = new Float64Array(stepCount);
    this.#counts = new Uint32Array(stepCount);
    this.#isMean = new Uint8Array(stepCount);
  }

  add({ values, present, base }: StepRow): void {
    const sums = this.#sums;
    const carries = this.#carries;
    for (let step = 0; step < sums.length; step++) {
      if (present[base + step] === 0) continue;
      const value = values[base + step] as number;
      const next = (sums[step] as number) + value;
      const count = (this.#counts[step] as number) + 1;
      this.#counts[step] = count;
      if (this.#isMean[step] === 1 || (count > 1 && Math.abs(next) === Number.POSITIVE_INFINITY)) {
        this.#addToMean(step, value);
      } else {
        addCompensated(sums, carries, step, value);
      }
    }
  }

  /** For sums beyond the largest float: each value moves the mean by its share. */
  #addToMean(step: number, value: number): void {
    const count = this.#counts[step] as number;
    if (this.#isMean[step] === 0) {
      this.#isMean[step] = 1;
      const sum = this.#sums[step] as number;
      this.#sums[step] = sum / (count - 1);
      const carry = (this.#carries[step] as number) / (count - 1);
      // What an infinity left in the carry means nothing.
      this.#carries[step] = Number.isFinite(carry) ? carry : 0;
    }
    const mean = this.#sums[step] as number;
    const isInfinite = Math.abs(mean) === Number.POSITIVE_INFINITY;
    // An infinite mean stays what it is, unless the other infinity or NaN comes.
    if (isInfinite && (Number.isFinite(value) || value === mean)) return;
    const share = value / count - (mean + (this.#carries[step] as number)) / count;
    this.#sums[step] = mean + share;
  }

  finish({ values, present, base }: StepRow): void {
    for (let step = 0; step < this.#sums.length; step++) {
      const count = this.#counts[step] as number;
      if (count === 0) continue;
      const sum = this.#sums[step] as number;
      const whole = Number.isFinite(sum) ? sum + (this.#carries[step] as number) : sum;
      values[base + step] = this.#isMean[step] === 1 ? whole : whole / count;
      present[base + step] = 1;
    }
  }
}

/** NaN only where there is nothing else. */
export class ExtremeAccumulator implements Accumulator {
  readonly #extremes: Float64Array;
  readonly #isSeen: Uint8Array;
  readonly #sign: number;

  constructor(stepCount: number, direction: 'min' | 'max') {
    this.#extremes = new Float64Array(stepCount);
    this.#isSeen = new Uint8Array(stepCount);
    this.#sign = direction === 'max' ? 1 : -1;
  }

  add({ values, present, base }: StepRow): void {
    const extremes = this.#extremes;
    const isSeen = this.#isSeen;
    const sign = this.#sign;
    for (let step = 0; step < extremes.length; step++) {
      if (present[base + step] === 0) continue;
      const value = values[base + step] as number;
      const extreme = extremes[step] as number;
      if (isSeen[step] === 0 || value * sign > extreme * sign || Number.isNaN(extreme)) {
        extremes[step] = value;
        isSeen[step] = 1;
      }
    }
  }

  finish({ values, present, base }: StepRow): void {
    values.set(this.#extremes, base);
    present.set(this.#isSeen, base);
  }
}

export class CountAccumulator implements Accumulator {
  readonly #counts: Uint32Array;

  constructor(stepCount: number) {
    this.#counts = new Uint32Array(stepCount);
  }

  add({ present, base }: StepRow): void {
    const counts = this.#counts;
    for (let step = 0; step < counts.length; step++) {
      counts[step] = (counts[step] as number) + (present[base + step] as number);
    }
  }

  finish({ values, present, base }: StepRow): void {
    for (let step = 0; step < this.#counts.length; step++) {
      const count = this.#counts[step] as number;
      values[base + step] = count;
      present[base + step] = count > 0 ? 1 : 0;
    }
  }
}

/** 1 wherever there is any series. */
export class GroupAccumulator implements Accumulator {
  readonly #isSeen: Uint8Array;

  constructor(stepCount: number) {
    this.#isSeen = new Uint8Array(stepCount);
  }

  add({ present, base }: StepRow): void {
    for (let step = 0; step < this.#isSeen.length; step++) {
      if (present[base + step] === 1) this.#isSeen[step] = 1;
    }
  }

  finish({ values, present, base }: StepRow): void {
    values.set(this.#isSeen, base);
    present.set(this.#isSeen, base);
  }
}

/**
 * The variance over the series of a step, or its root, in one pass (Welford), with mean and squares compensated: the order in which
 * series come does not show.
 */
export class VarianceAccumulator implements Accumulator {
  readonly #isRoot: boolean;
  readonly #means: Float64Array;
  readonly #meanCarries: Float64Array;
  readonly #squares: Float64Array;
  readonly #squareCarries: Float64Array;
  readonly #counts: Uint32Array;

  constructor(stepCount: number, isRoot: boolean) {
    this.#isRoot = isRoot;
    this.#means = new Float64Array(stepCount);
    this.#meanCarries = new Float64Array(stepCount);
    this.#squares = new Float64Array(stepCount);
    this.#squareCarries = new Float64Array(stepCount);
    this.#counts = new Uint32Array(stepCount);
  }

  add({ values, present, base }: StepRow): void {
    for (let step = 0; step < this.#counts.length; step++) {
      if (present[base + step] === 0) continue;
      const value = values[base + step] as number;
      const count = (this.#counts[step] as number) + 1;
      this.#counts[step] = count;
      const before = this.#mean(step);
      addCompensated(this.#means, this.#meanCarries, step, (value - before) / count);
      const square = (value - before) * (value - this.#mean(step));
      addCompensated(this.#squares, this.#squareCarries, step, square);
    }
  }

  #mean(step: number): number {
    return (this.#means[step] as number) + (this.#meanCarries[step] as number);
  }

  finish({ values, present, base }: StepRow): void {
    for (let step = 0; step < this.#counts.length; step++) {
      const count = this.#counts[step] as number;
      if (count === 0) continue;
      const squares = (this.#squares[step] as number) + (this.#squareCarries[step] as number);
      const variance = squares / count;
      values[base + step] = this.#isRoot ? Math.sqrt(variance) : variance;
      present[base + step] = 1;
    }
  }
}

/** As Neumaier does. */
function addCompensated(
  sums: Float64Array,
  carries: Float64Array,
  step: number,
  value: number,
): void {
  const sum = sums[step] as number;
  const next = sum + value;
  sums[step] = next;
  carries[step] =
    (carries[step] as number) +
    (Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum);
}
