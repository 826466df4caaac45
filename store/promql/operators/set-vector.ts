import type { Labels } from '@overseer/shared';
import type { EvaluationContext } from '../context.ts';
import type { BinaryOperation, Grouping } from '../expression.ts';
import { groupKey, labelsKey } from '../label-sets.ts';
import { HeldRows } from '../vectors/held-rows.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import { changeBlocks, labelsOf, type Vector } from '../vectors/vector.ts';
import type { StepRow } from '../windows/windows.ts';
import type { SetOperator } from './operators.ts';

/** Bytes of presence that count as one value of the budget. */
const VALUE_BYTES = 8;

/** `and`, `or` and `unless`. The right side comes first, and of it is held what the left side needs. */
export async function setVector(
  { left, right, matching: { on, names } }: BinaryOperation,
  operator: SetOperator,
  context: EvaluationContext,
): Promise<Vector> {
  const grouping: Grouping = { by: on, names };
  const { evaluator } = context;
  if (operator.symbol === 'or') {
    const held = await HeldVector.hold(await evaluator.vector(right, context), grouping, context);
    return unionVector(await evaluator.vector(left, context), held, grouping, context);
  }
  const isKept = operator.symbol === 'and' ? 1 : 0;
  const presences = new Presences(grouping, context);
  await presences.addAll(await evaluator.vector(right, context));
  const vector = await evaluator.vector(left, context);
  const blocks = changeBlocks(vector.blocks, context, (block) => {
    for (let row = 0; row < block.length; row++) {
      const there = presences.of(labelsOf(vector, block.series[row] as number));
      keepWhere(block.row(row), there, isKept, context.grid.count);
    }
  });
  return { ...vector, blocks };
}

/** Leaves a row the values of steps at which the presence is as given; undefined: there is none at any step. */
function keepWhere(
  { present, base }: StepRow,
  presence: Uint8Array | undefined,
  isKept: 0 | 1,
  stepCount: number,
): void {
  for (let step = 0; step < stepCount; step++) {
    if ((presence?.[step] ?? 0) !== isKept) present[base + step] = 0;
  }
}

/** At which steps any series of a match group has a value. */
class Presences {
  readonly #grouping: Grouping;
  readonly #context: EvaluationContext;
  readonly #byKey = new Map<string, Uint8Array>();

  constructor(grouping: Grouping, context: EvaluationContext) {
    this.#grouping = grouping;
    this.#context = context;
  }

  of(labels: Labels): Uint8Array | undefined {
    return this.#byKey.get(groupKey(labels, this.#grouping));
  }

  async addAll(vector: Vector): Promise<void> {
    const { pace } = this.#context;
    for await (const block of vector.blocks) {
      for (let row = 0; row < block.length; row++) {
        this.add(labelsOf(vector, block.series[row] as number), block.row(row));
      }
      if (pace.isDue) await pace.rest();
    }
  }

  /** @throws AnswerError limit */
  add(labels: Labels, { present, base }: StepRow): void {
    const { budget, grid } = this.#context;
    const key = groupKey(labels, this.#grouping);
    let own = this.#byKey.get(key);
    if (!own) {
      budget.hold(Math.ceil(grid.count / VALUE_BYTES));
      own = new Uint8Array(grid.count);
      this.#byKey.set(key, own);
    }
    for (let step = 0; step < own.length; step++)
      own[step] = (own[step] as number) | (present[base + step] as number);
  }
}

/** A vector of which all rows are held. */
class HeldVector {
  readonly #labels: Labels[] = [];
  readonly rows: HeldRows;
  readonly #byLabels = new Map<string, number>();
  readonly #keys = new Set<string>();

  private constructor(
    private readonly grouping: Grouping,
    context: EvaluationContext,
  ) {
    this.rows = new HeldRows(context);
  }

  static async hold(
    vector: Vector,
    grouping: Grouping,
    context: EvaluationContext,
  ): Promise<HeldVector> {
    const held = new HeldVector(grouping, context);
    for await (const block of vector.blocks) {
      for (let row = 0; row < block.length; row++) {
        const labels = labelsOf(vector, block.series[row] as number);
        held.#byLabels.set(labelsKey(labels), held.rows.add(block, row));
        held.#labels.push(labels);
        held.#keys.add(groupKey(labels, grouping));
      }
      if (context.pace.isDue) await context.pace.rest();
    }
    return held;
  }

  get labels(): readonly Labels[] {
    return this.#labels;
  }

  /** The row of the series with just these labels. */
  numberOf(labels: Labels): number | undefined {
    return this.#byLabels.get(labelsKey(labels));
  }

  /** Whether any series is of the same match group. */
  matches(labels: Labels): boolean {
    return this.#keys.has(groupKey(labels, this.grouping));
  }
}

/** All of the left side, and what the right one has where the left has nothing of its match group. */
function unionVector(
  left: Vector,
  right: HeldVector,
  grouping: Grouping,
  context: EvaluationContext,
): Vector {
  const labels: Labels[] = [...right.labels];
  return { labels, isNameless: false, blocks: unionRows(left, right, labels, grouping, context) };
}

/** Series of the right side keep their numbers; a series of the left that is one of them too takes its number. */
async function* unionRows(
  left: Vector,
  right: HeldVector,
  labels: Labels[],
  grouping: Grouping,
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const { pace, grid } = context;
  const presences = new Presences(grouping, context);
  const twins = new HeldRows(context);
  const twinOf = new Map<number, number>();
  let numbers: number[] | undefined;
  for await (const block of left.blocks) {
    numbers ??= await numbersIn(left, right, labels, context);
    let kept = 0;
    for (let row = 0; row < block.length; row++) {
      const number = numbers[block.series[row] as number] as number;
      const own = labels[number] as Labels;
      if (right.matches(own)) presences.add(own, block.row(row));
      if (number < right.labels.length) {
        twinOf.set(number, twins.add(block, row));
        continue;
      }
      block.move(row, kept);
      block.series[kept++] = number;
    }
    block.length = kept;
    if (kept > 0) yield block;
    if (pace.isDue) await pace.rest();
  }
  const block = new StepBlock(grid.count);
  for (const [number, own] of right.labels.entries()) {
    const row = block.nextRow();
    const { values, present } = right.rows.row(number);
    row.values.set(values, row.base);
    row.present.set(present, row.base);
    keepWhere(row, presences.of(own), 0, grid.count);
    const twin = twinOf.get(number);
    if (twin !== undefined) overlay(row, twins.row(twin), grid.count);
    block.keep(number);
    if (!block.isFull) continue;
    yield block;
    block.clear();
    if (pace.isDue) await pace.rest();
  }
  if (block.length > 0) yield block;
}

/** The number of each series of the left side in the union; those that the right side lacks get a new one. */
async function numbersIn(
  left: Vector,
  right: HeldVector,
  labels: Labels[],
  { pace }: EvaluationContext,
): Promise<number[]> {
  const numbers: number[] = [];
  for (const series of left.labels.keys()) {
    const own = labelsOf(left, series);
    numbers.push(right.numberOf(own) ?? labels.push(own) - 1);
    if (pace.isDue) await pace.rest();
  }
  return numbers;
}

/** Writes the values that the other row has. */
function overlay(to: StepRow, from: StepRow, stepCount: number): void {
  for (let step = 0; step < stepCount; step++) {
    if (from.present[from.base + step] === 0) continue;
    to.present[to.base + step] = 1;
    to.values[to.base + step] = from.values[from.base + step] as number;
  }
}
