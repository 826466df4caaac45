import { AnswerError, type Labels } from '@overseer/shared';
import { type EvaluationBudget, type EvaluationContext, LABEL_SET_VALUES } from '../context.ts';
import type { BinaryOperation, VectorMatching } from '../expression.ts';
import {
  groupKey,
  groupLabels,
  labelOf,
  labelsKey,
  quoteLabels,
  withLabel,
  withoutName,
} from '../label-sets.ts';
import { HeldRows } from '../vectors/held-rows.ts';
import { uniteRows } from '../vectors/shared-series.ts';
import { StepBlock } from '../vectors/step-blocks.ts';
import { labelsOf, type Vector } from '../vectors/vector.ts';
import type { StepRow } from '../windows/windows.ts';
import type { ArithmeticOperator, ComparisonOperator } from './operators.ts';

/**
 * An operation on the series of two vectors that belong together. One side is held: that of which each series may belong to several of
 * the other, the right one if neither. The other side streams by.
 *
 * Prometheus looks at each step by itself: labels must be unique among the series that have a value there, and what comes of a series
 * may at one step be of one series and at the next of another.
 */
export async function matchedVector(
  operation: BinaryOperation,
  operator: ArithmeticOperator | ComparisonOperator,
  context: EvaluationContext,
): Promise<Vector> {
  const { left, right, matching } = operation;
  const [many, one] = matching.manySide === 'right' ? [right, left] : [left, right];
  const held = await OneSide.hold(await context.evaluator.vector(one, context), matching, context);
  const vector = await context.evaluator.vector(many, context);
  const matched = new MatchedSeries(vector, held, operation);
  const rows = matchedRows(vector, matched, operation, operator, context);
  return {
    labels: matched.labels,
    isNameless: false,
    blocks: uniteRows(rows, context, {
      isShared: (series) => matched.isShared(series),
      conflict: () =>
        new AnswerError(
          'execution',
          'multiple matches for labels: grouping labels must ensure unique matches',
          { position: operation.position },
        ),
    }),
  };
}

/** Two series of one match group that have a value at the same step. */
interface Duplicates {
  readonly one: Labels;
  readonly other: Labels;
}

interface OneSeries {
  readonly labels: Labels;
  readonly row: StepRow;
}

interface OneGroup {
  readonly series: OneSeries[];
  /** By step, the place of the series that has a value there, from 1 on; kept where there are several series. */
  owners: Uint32Array | undefined;
}

/** The series of the side that is held, by match group. */
class OneSide {
  readonly #matching: VectorMatching;
  readonly #budget: EvaluationBudget;
  readonly #groups = new Map<string, OneGroup>();
  /** By step. They are an error where the other side has any value. */
  readonly #duplicates: (Duplicates | undefined)[] = [];

  private constructor(matching: VectorMatching, budget: EvaluationBudget) {
    this.#matching = matching;
    this.#budget = budget;
  }

  static async hold(
    vector: Vector,
    matching: VectorMatching,
    context: EvaluationContext,
  ): Promise<OneSide> {
    const side = new OneSide(matching, context.budget);
    const rows = new HeldRows(context);
    for await (const block of vector.blocks) {
      for (let row = 0; row < block.length; row++) {
        const labels = labelsOf(vector, block.series[row] as number);
        side.#add({ labels, row: rows.row(rows.add(block, row)) });
      }
      if (context.pace.isDue) await context.pace.rest();
    }
    return side;
  }

  #add(series: OneSeries): void {
    const key = this.keyOf(series.labels);
    const group = this.#groups.get(key);
    if (!group) {
      this.#groups.set(key, { series: [series], owners: undefined });
      return;
    }
    group.owners ??= this.#ownersOf(group.series[0] as OneSeries);
    const { owners } = group;
    const { present } = series.row;
    const place = group.series.push(series);
    for (let step = 0; step < owners.length; step++) {
      if (present[step] === 0) continue;
      const owner = owners[step] as number;
      if (owner === 0) owners[step] = place;
      else {
        const { labels: one } = group.series[owner - 1] as OneSeries;
        this.#duplicates[step] ??= { one, other: series.labels };
      }
    }
  }

  #ownersOf({ row: { present } }: OneSeries): Uint32Array {
    this.#budget.hold(present.length);
    // The first place is 1, as what is present is.
    return Uint32Array.from(present);
  }

  keyOf(labels: Labels): string {
    const { on, names } = this.#matching;
    return groupKey(labels, { by: on, names });
  }

  groupOf(key: string): readonly OneSeries[] {
    return this.#groups.get(key)?.series ?? [];
  }

  /** @throws AnswerError execution: the row has a value at a step at which series here are not unique */
  checkUnique({ present, base }: StepRow): void {
    for (const [step, duplicates] of this.#duplicates.entries()) {
      if (duplicates && present[base + step] === 1) throw this.#notUnique(duplicates);
    }
  }

  #notUnique({ one, other }: Duplicates): AnswerError {
    const { on, names, manySide } = this.#matching;
    const group = quoteLabels(groupLabels(one, { by: on, names }));
    const side = manySide === 'right' ? 'left' : 'right';
    return new AnswerError(
      'execution',
      `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${quoteLabels(other)}, ${quoteLabels(one)}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
}

/** What comes of one series of the side that streams. */
interface Match {
  readonly one: OneSeries;
  /** The number of the series that comes of it. */
  readonly result: number;
}

interface MatchGroup {
  /** How many series of the side that streams are of it. */
  seriesCount: number;
  /** The steps at which there is a value already; kept where there are several series. */
  matched: Uint8Array | undefined;
}

/** The series that the operation gives, numbered once the labels of the side that streams are known. */
class MatchedSeries {
  readonly labels: Labels[] = [];
  readonly #vector: Vector;
  readonly #one: OneSide;
  readonly #operation: BinaryOperation;
  /** By series of the side that streams. */
  #matches: (readonly Match[])[] | undefined;
  readonly #groups: MatchGroup[] = [];
  /** By number of what comes of it. */
  readonly #sharers: number[] = [];

  constructor(vector: Vector, one: OneSide, operation: BinaryOperation) {
    this.#vector = vector;
    this.#one = one;
    this.#operation = operation;
  }

  isShared(result: number): boolean {
    return (this.#sharers[result] ?? 0) > 1;
  }

  /** With the first block of the vector. @throws AnswerError limit */
  async number({ budget, pace }: EvaluationContext): Promise<void> {
    if (this.#matches) return;
    const numbers = new Map<string, number>();
    const groups = new Map<string, MatchGroup>();
    const matches: Match[][] = [];
    for (const series of this.#vector.labels.keys()) {
      matches.push(this.#matchesOf(series, numbers, groups));
      budget.hold(LABEL_SET_VALUES * (matches.at(-1)?.length ?? 0));
      if (pace.isDue) await pace.rest();
    }
    this.#matches = matches;
  }

  #matchesOf(
    series: number,
    numbers: Map<string, number>,
    groups: Map<string, MatchGroup>,
  ): Match[] {
    const labels = labelsOf(this.#vector, series);
    const key = this.#one.keyOf(labels);
    const group = groups.get(key) ?? { seriesCount: 0, matched: undefined };
    group.seriesCount++;
    groups.set(key, group);
    this.#groups[series] = group;
    return this.#one.groupOf(key).map((one) => {
      const result = this.#numberOf(resultLabels(labels, one.labels, this.#operation), numbers);
      this.#sharers[result] = (this.#sharers[result] ?? 0) + 1;
      return { one, result };
    });
  }

  #numberOf(labels: Labels, numbers: Map<string, number>): number {
    const key = labelsKey(labels);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, this.labels.length);
    return this.labels.push(labels) - 1;
  }

  /** @throws AnswerError execution */
  checkUnique(row: StepRow): void {
    this.#one.checkUnique(row);
  }

  matchesOf(series: number): readonly Match[] {
    return this.#matches?.[series] ?? [];
  }

  /** @throws AnswerError execution: another series of the match group has had a value at a step of the row */
  checkOneToOne(series: number, { present, base }: StepRow, stepCount: number): void {
    const group = this.#groups[series];
    if (!group || group.seriesCount < 2 || this.#operation.matching.manySide) return;
    group.matched ??= new Uint8Array(stepCount);
    for (let step = 0; step < stepCount; step++) {
      if (present[base + step] === 0) continue;
      if (group.matched[step] === 1) {
        throw new AnswerError(
          'execution',
          'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
          { position: this.#operation.position },
        );
      }
      group.matched[step] = 1;
    }
  }
}

/** Those of the many side, as far as it matters to the match where neither is many, with what is taken from the one. */
function resultLabels(
  many: Labels,
  one: Labels,
  { operator, isBool, matching: { on, names, manySide, included } }: BinaryOperation,
): Labels {
  let labels = operator.kind === 'arithmetic' ? withoutName(many) : many;
  if (!manySide) {
    labels = on
      ? groupLabels(labels, { by: true, names })
      : names.reduce((rest, name) => withLabel(rest, name, ''), labels);
  }
  for (const name of included) labels = withLabel(labels, name, labelOf(one, name) ?? '');
  // Of what is compared not even a name that is taken from the one series is kept; arithmetic does keep that.
  return isBool ? withoutName(labels) : labels;
}

async function* matchedRows(
  vector: Vector,
  matched: MatchedSeries,
  operation: BinaryOperation,
  operator: ArithmeticOperator | ComparisonOperator,
  context: EvaluationContext,
): AsyncGenerator<StepBlock> {
  const { pace, grid } = context;
  const { count } = grid;
  const block = new StepBlock(count);
  const combine = combination(operation, operator);
  for await (const input of vector.blocks) {
    // First, because where labels are not unique each series may belong to all of the other side.
    for (let row = 0; row < input.length; row++) matched.checkUnique(input.row(row));
    await matched.number(context);
    for (let row = 0; row < input.length; row++) {
      const series = input.series[row] as number;
      for (const { one, result } of matched.matchesOf(series)) {
        const to = block.nextRow();
        combine(input.row(row), one.row, to, count);
        matched.checkOneToOne(series, to, count);
        block.keep(result);
        if (!block.isFull) continue;
        yield block;
        block.clear();
      }
      if (pace.isDue) await pace.rest();
    }
  }
  if (block.length > 0) yield block;
}

type Combination = (many: StepRow, one: StepRow, to: StepRow, stepCount: number) => void;

/** Writes a value wherever both have one, and the comparison holds. */
function combination(
  { isBool, matching: { manySide } }: BinaryOperation,
  operator: ArithmeticOperator | ComparisonOperator,
): Combination {
  return (many, one, to, stepCount) => {
    const [left, right] = manySide === 'right' ? [one, many] : [many, one];
    for (let step = 0; step < stepCount; step++) {
      if (left.present[left.base + step] === 0 || right.present[right.base + step] === 0) continue;
      const leftValue = left.values[left.base + step] as number;
      const rightValue = right.values[right.base + step] as number;
      let value = leftValue;
      if (operator.kind === 'arithmetic') value = operator.apply(leftValue, rightValue);
      else if (isBool) value = operator.holds(leftValue, rightValue) ? 1 : 0;
      else if (!operator.holds(leftValue, rightValue)) continue;
      to.values[to.base + step] = value;
      to.present[to.base + step] = 1;
    }
  };
}
