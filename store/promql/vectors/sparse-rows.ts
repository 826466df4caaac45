import type { EvaluationContext } from '../context.ts';
import { StepBlock } from './step-blocks.ts';

/** Numbers and step of a value are half of one each. */
const VALUES_PER_ENTRY = 2;
const ENTRIES_MIN = 1024;

/** Values that come in any order, of series that have few; at the end they become rows. Counted against the budget. */
export class SparseRows {
  readonly #context: EvaluationContext;
  #series = new Uint32Array(0);
  #steps = new Uint32Array(0);
  #values = new Float64Array(0);
  #length = 0;

  constructor(context: EvaluationContext) {
    this.#context = context;
  }

  /** Values of the same series and step are added up. @throws AnswerError limit */
  add(series: number, step: number, value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    this.#series[this.#length] = series;
    this.#steps[this.#length] = step;
    this.#values[this.#length++] = value;
  }

  #grow(): void {
    const length = Math.max(ENTRIES_MIN, 2 * this.#length);
    this.#context.budget.hold((length - this.#length) * VALUES_PER_ENTRY);
    const grow = <T extends Uint32Array | Float64Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.#series = grow(this.#series, new Uint32Array(length));
    this.#steps = grow(this.#steps, new Uint32Array(length));
    this.#values = grow(this.#values, new Float64Array(length));
  }

  /** By ascending number of the series. */
  async *blocks(seriesCount: number): AsyncGenerator<StepBlock> {
    const { grid, pace } = this.#context;
    const { order, ends } = this.#bySeries(seriesCount);
    const block = new StepBlock(grid.count);
    let next = 0;
    for (let series = 0; series < seriesCount; series++) {
      const end = ends[series] as number;
      if (next === end) continue;
      const { values, present, base } = block.nextRow();
      for (; next < end; next++) {
        const entry = order[next] as number;
        const at = base + (this.#steps[entry] as number);
        values[at] = (values[at] as number) + (this.#values[entry] as number);
        present[at] = 1;
      }
      block.keep(series);
      if (block.isFull) {
        yield block;
        block.clear();
      }
      if (pace.isDue) await pace.rest();
    }
    if (block.length > 0) yield block;
  }

  /** Counted, then placed. @returns entries by series, and where each series ends among them */
  #bySeries(seriesCount: number) {
    const ends = new Uint32Array(seriesCount);
    for (let entry = 0; entry < this.#length; entry++) {
      const series = this.#series[entry] as number;
      ends[series] = (ends[series] as number) + 1;
    }
    let total = 0;
    for (let series = 0; series < seriesCount; series++) {
      const count = ends[series] as number;
      ends[series] = total;
      total += count;
    }
    const order = new Uint32Array(this.#length);
    for (let entry = 0; entry < this.#length; entry++) {
      const series = this.#series[entry] as number;
      const place = ends[series] as number;
      order[place] = entry;
      ends[series] = place + 1;
    }
    return { order, ends };
  }
}
