import type { EvaluationContext } from '../context.ts';
import type { StepRow } from '../windows/windows.ts';
import { StepBlock } from './step-blocks.ts';

/** As how many values a row counts besides those of its steps: at an instant it is more than its one value. */
const ROW_VALUES = 4;

/** Rows that are kept, because what comes later decides about them; counted against the budget. */
export class HeldRows {
  readonly #context: EvaluationContext;
  readonly #rows: StepRow[] = [];
  readonly #series: number[] = [];

  constructor(context: EvaluationContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#rows.length;
  }

  /** Copies a row of a block. @returns its number here @throws AnswerError limit */
  add({ values, present, series, stepCount }: StepBlock, row: number): number {
    this.#context.budget.hold(stepCount + ROW_VALUES);
    const from = row * stepCount;
    const to = from + stepCount;
    this.#series.push(series[row] as number);
    return (
      this.#rows.push({
        values: values.slice(from, to),
        present: present.slice(from, to),
        base: 0,
      }) - 1
    );
  }

  row(number: number): StepRow {
    return this.#rows[number] as StepRow;
  }

  /** As the block numbered it. */
  seriesOf(number: number): number {
    return this.#series[number] as number;
  }

  /** Adds what a row of a block has to one that is held. @returns false: both have a value at one step */
  merge(number: number, { values, present, stepCount }: StepBlock, row: number): boolean {
    const own = this.row(number);
    const base = row * stepCount;
    for (let step = 0; step < stepCount; step++) {
      if (present[base + step] === 0) continue;
      if (own.present[step] === 1) return false;
      own.present[step] = 1;
      own.values[step] = values[base + step] as number;
    }
    return true;
  }

  /**
   * All of them, in the order in which they came, or another one.
   * @param compare two of their numbers: negative when the first comes first
   */
  async *blocks(compare?: (one: number, other: number) => number): AsyncGenerator<StepBlock> {
    const { grid, pace } = this.#context;
    const block = new StepBlock(grid.count);
    const numbers = [...this.#rows.keys()];
    for (const number of compare ? numbers.sort(compare) : numbers) {
      const { values, present } = this.row(number);
      const row = block.nextRow();
      row.values.set(values, row.base);
      row.present.set(present, row.base);
      block.keep(this.seriesOf(number));
      if (!block.isFull) continue;
      yield block;
      block.clear();
      if (pace.isDue) await pace.rest();
    }
    if (block.length > 0) yield block;
  }
}
