/** From values, all above 0, to places between two ends, each decade as long as the other. */
export class LogScale {
  readonly #from: number;
  readonly #to: number;

  /**
   * @param values all that are to be shown; the scale ends at the ticks around them
   * @param start place of the scale's lower end
   * @param end place of its upper end
   */
  constructor(
    values: readonly number[],
    private readonly start: number,
    private readonly end: number,
  ) {
    const shown = values.filter((value) => value > 0 && Number.isFinite(value));
    if (shown.length === 0) throw new RangeError('a logarithmic scale needs a value above 0');
    this.#from = tickBelow(Math.min(...shown));
    this.#to = tickAbove(Math.max(...shown));
    if (this.#from === this.#to) this.#to = tickAbove(this.#to * 1.01);
  }

  /** Where a value lies; one beyond the ends, such as 0, at the nearer end. */
  place(value: number): number {
    const kept = Math.min(Math.max(value, this.#from), this.#to);
    const share = Math.log(kept / this.#from) / Math.log(this.#to / this.#from);
    return this.start + share * (this.end - this.start);
  }

  /** Whole decades, with 2 and 5 between them as long as few are shown. */
  get ticks(): number[] {
    const decades = Math.log10(this.#to / this.#from);
    const steps = decades > 3 ? [1] : [1, 2, 5];
    const first = Math.floor(Math.log10(this.#from));
    const last = Math.ceil(Math.log10(this.#to));
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
      .flatMap((exponent) => steps.map((step) => Number(`${step}e${exponent}`)))
      .filter((tick) => tick >= this.#from * 0.999 && tick <= this.#to * 1.001);
  }
}

const STEPS = [1, 2, 5, 10];

function tickBelow(value: number): number {
  const decade = Math.floor(Math.log10(value));
  const step = STEPS.findLast((candidate) => Number(`${candidate}e${decade}`) <= value) ?? 1;
  return Number(`${step}e${decade}`);
}

function tickAbove(value: number): number {
  const decade = Math.floor(Math.log10(value));
  const step = STEPS.find((candidate) => Number(`${candidate}e${decade}`) >= value) ?? 10;
  return Number(`${step}e${decade}`);
}
