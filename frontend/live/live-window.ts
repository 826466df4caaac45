import { float64Bin, float64s, isPresent, type Labels, type MatrixSeries } from '@overseer/shared';
import type { PointsBudget } from './points-budget.ts';
import type { StepRange } from './step-ranges.ts';

/** One series of a window. The slot of a step is its remainder by the number of steps: the window moves on without copying. */
export interface WindowSeries {
  readonly key: number;
  readonly labels: Labels;
  readonly values: Float64Array;
  /** 1 where the slot has a value. */
  readonly present: Uint8Array;
  /** No later step has ever had a value. */
  readonly newestPresent: number;
}

type OwnSeries = { -readonly [K in keyof WindowSeries]: WindowSeries[K] };

/** A window may carry so many series without a value before it forgets them. */
const SILENT_SERIES_MAX = 16;

/** What an answer has changed. */
export interface Changes {
  /** Series were forgotten: pages must be told everything anew, or they keep them for ever. */
  readonly hasForgotten: boolean;
  /** The first step that was compared. */
  readonly from: number;
  /** 1 for each step, from there on, that is not what it was. */
  readonly steps: Uint8Array;
  /** The series concerned, each with its first and last changed step. */
  readonly series: readonly ({ readonly series: WindowSeries } & StepRange)[];
}

/** A column of some steps, as it is sent: LiveSeries of the protocol. */
export interface WindowColumn {
  readonly values: Uint8Array;
  readonly present?: Uint8Array;
}

/** The newest steps of all series of an expression, as they were last sent to the pages. */
export class LiveWindow {
  readonly #budget: PointsBudget;
  /** By their labels as text. */
  readonly #series = new Map<string, OwnSeries>();
  #steps: number;
  #newest: number;
  #keyNext = 0;

  constructor(steps: number, newest: number, budget: PointsBudget) {
    this.#steps = steps;
    this.#newest = newest;
    this.#budget = budget;
  }

  get steps(): number {
    return this.#steps;
  }

  get first(): number {
    return this.#newest - this.#steps + 1;
  }

  get newest(): number {
    return this.#newest;
  }

  get series(): Iterable<WindowSeries> {
    return this.#series.values();
  }

  /** Moves on to a newer step; what is older than the window is forgotten. */
  advance(newest: number): void {
    if (newest <= this.#newest) return;
    const cleared = Math.min(newest - this.#newest, this.#steps);
    this.#newest = newest;
    for (const { present } of this.#series.values()) {
      for (let step = newest - cleared + 1; step <= newest; step++) present[step % this.#steps] = 0;
    }
  }

  /** Forgets everything, and ends at this step, which may be an older one. */
  startOver(newest: number): void {
    this.close();
    this.#newest = newest;
  }

  /** Takes in more steps, older ones; they are empty at first. @throws AnswerError limit */
  grow(steps: number): void {
    this.#budget.checkOne(this.#series.size, steps);
    this.#budget.take((steps - this.#steps) * this.#series.size);
    const { first, newest } = this;
    for (const series of this.#series.values()) {
      const values = new Float64Array(steps);
      const present = new Uint8Array(steps);
      for (let step = first; step <= newest; step++) {
        values[step % steps] = series.values[step % this.#steps] as number;
        present[step % steps] = series.present[step % this.#steps] as number;
      }
      series.values = values;
      series.present = present;
    }
    this.#steps = steps;
  }

  /**
   * Takes over what the steps have now, as far as they are in the window; series that the answer lacks have nothing there.
   * @throws AnswerError limit, and nothing is taken over
   */
  apply({ from, to }: StepRange, answer: readonly MatrixSeries[]): Changes {
    const named = answer.map((series) => ({ series, name: nameOf(series.labels) }));
    const names = new Set(named.map(({ name }) => name));
    const hasForgotten = this.#forgetSilent(names);
    this.#makeRoom(names);
    const steps = new Uint8Array(to - from + 1);
    const changed: ({ series: WindowSeries } & StepRange)[] = [];
    const note = (series: OwnSeries, range: StepRange | undefined) => {
      if (range) changed.push({ series, ...range });
    };
    for (const { series, name } of named) {
      const own = this.#seriesOf(name, series.labels);
      note(own, this.#replace(own, { from, to }, series, steps));
    }
    for (const [name, own] of this.#series) {
      if (!names.has(name)) note(own, this.#clear(own, { from, to }, steps));
    }
    return { hasForgotten, from, steps, series: changed };
  }

  /** What a series has at the steps, as it is sent. */
  column({ values, present }: WindowSeries, { from, to }: StepRange): WindowColumn {
    const count = to - from + 1;
    const columnValues = new Float64Array(count);
    const bitmap = new Uint8Array(Math.ceil(count / 8));
    let presentCount = 0;
    for (let i = 0; i < count; i++) {
      const slot = (from + i) % this.#steps;
      if (present[slot] === 0) continue;
      columnValues[i] = values[slot] as number;
      bitmap[i >> 3] = (bitmap[i >> 3] as number) | (1 << (i & 7));
      presentCount++;
    }
    const bin = float64Bin(columnValues);
    return presentCount === count ? { values: bin } : { values: bin, present: bitmap };
  }

  hasValues({ present, newestPresent }: WindowSeries, { from, to }: StepRange): boolean {
    for (let step = Math.min(to, newestPresent); step >= from; step--) {
      if (present[step % this.#steps] === 1) return true;
    }
    return false;
  }

  /** Gives everything back to the budget. */
  close(): void {
    this.#budget.give(this.#series.size * this.#steps);
    this.#series.clear();
  }

  /**
   * Forgets series that have had no value in the window for long and have none now, once they are more than the others: pods come
   * and go. Not at once, for then a series that comes back would be another one to the pages.
   */
  #forgetSilent(names: ReadonlySet<string>): boolean {
    const silent: string[] = [];
    for (const [name, { newestPresent }] of this.#series) {
      if (newestPresent < this.first && !names.has(name)) silent.push(name);
    }
    if (silent.length <= SILENT_SERIES_MAX || silent.length * 2 < this.#series.size) return false;
    for (const name of silent) this.#series.delete(name);
    this.#budget.give(silent.length * this.#steps);
    return true;
  }

  #makeRoom(names: ReadonlySet<string>): void {
    let fresh = 0;
    for (const name of names) if (!this.#series.has(name)) fresh++;
    this.#budget.checkOne(this.#series.size + fresh, this.#steps);
    this.#budget.take(fresh * this.#steps);
  }

  #seriesOf(name: string, labels: Labels): OwnSeries {
    const known = this.#series.get(name);
    if (known) return known;
    const fresh: OwnSeries = {
      key: this.#keyNext++,
      labels,
      values: new Float64Array(this.#steps),
      present: new Uint8Array(this.#steps),
      newestPresent: -1,
    };
    this.#series.set(name, fresh);
    return fresh;
  }

  /** Gives the first and last step that changed; marks each in `steps`. */
  #replace(
    own: OwnSeries,
    { from, to }: StepRange,
    answer: MatrixSeries,
    steps: Uint8Array,
  ): StepRange | undefined {
    const values = float64s(answer.values);
    let first = -1;
    let last = -1;
    for (let step = Math.max(from, this.first); step <= to; step++) {
      const i = step - from;
      const slot = step % this.#steps;
      const isNow = isPresent(answer.present, i) ? 1 : 0;
      const value = values[i] as number;
      if (own.present[slot] === isNow && (isNow === 0 || Object.is(own.values[slot], value))) {
        continue;
      }
      own.present[slot] = isNow;
      own.values[slot] = value;
      if (isNow === 1) own.newestPresent = Math.max(own.newestPresent, step);
      steps[i] = 1;
      if (first < 0) first = step;
      last = step;
    }
    return first < 0 ? undefined : { from: first, to: last };
  }

  #clear(own: OwnSeries, { from, to }: StepRange, steps: Uint8Array): StepRange | undefined {
    let first = -1;
    let last = -1;
    for (let step = Math.max(from, this.first); step <= Math.min(to, own.newestPresent); step++) {
      const slot = step % this.#steps;
      if (own.present[slot] === 0) continue;
      own.present[slot] = 0;
      steps[step - from] = 1;
      if (first < 0) first = step;
      last = step;
    }
    return first < 0 ? undefined : { from: first, to: last };
  }
}

/** Equal for equal label sets alone. */
function nameOf(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(pairs);
}
