import { AnswerError, float64Bin, float64s, isPresent, type MatrixSeries } from '@overseer/shared';
import type { StepRange } from './step-ranges.ts';

/** What the store is asked for some steps of a grid: milliseconds since 1970, as in `RangeQuery`. */
export interface GridQuestion {
  readonly range: StepRange;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly pixels?: number;
}

/** Where the steps of a live expression lie, and what of time each of them stands for. Step k is drawn at k · stepMs since 1970. */
export interface LiveGrid {
  readonly stepMs: number;
  /** What lasts at least so long is seen. */
  readonly fineStepMs: number;
  /** How far the newest step may lie ahead of now. */
  readonly aheadMaxMs: number;
  newestStep(nowMs: number): number;
  /** The first of the steps that are not over while the newest one is not. */
  firstUnfinished(newest: number): number;
  /** When the step after the newest one begins. */
  nextStepAtMs(newest: number): number;
  /** The steps that are evaluated at some time in between; `from` is greater than `to` when there are none. */
  stepsBetween(fromMs: number, toMs: number): StepRange;
  /** @param newest the window's, and `nowMs` when it is asked: nothing is evaluated further ahead than it must */
  questions(range: StepRange, newest: number, nowMs: number): readonly GridQuestion[];
  /** A series of the answer, of `count` steps, with one value for each step of the question. @throws AnswerError internal */
  columns(question: GridQuestion, count: number, series: MatrixSeries): MatrixSeries;
  /** One that costs the store less; undefined: there is none. */
  coarser(): LiveGrid | undefined;
}

const lengthOf = ({ from, to }: StepRange) => to - from + 1;

/** Every step is one evaluation. Its newest lies up to one step ahead of now. */
export class InstantGrid implements LiveGrid {
  constructor(readonly stepMs: number) {}

  get fineStepMs(): number {
    return this.stepMs;
  }

  get aheadMaxMs(): number {
    return this.stepMs;
  }

  newestStep(nowMs: number): number {
    return Math.ceil(nowMs / this.stepMs);
  }

  firstUnfinished(newest: number): number {
    return newest;
  }

  nextStepAtMs(newest: number): number {
    return newest * this.stepMs + 1;
  }

  stepsBetween(fromMs: number, toMs: number): StepRange {
    return { from: Math.ceil(fromMs / this.stepMs), to: Math.floor(toMs / this.stepMs) };
  }

  questions(range: StepRange): readonly GridQuestion[] {
    const { stepMs } = this;
    return [{ range, startMs: range.from * stepMs, endMs: range.to * stepMs, stepMs }];
  }

  columns({ range }: GridQuestion, count: number, series: MatrixSeries): MatrixSeries {
    checkCount(count, lengthOf(range));
    return series;
  }

  coarser(): undefined {
    return undefined;
  }
}

/** Fewer evaluations a span would not be reduced by the store. */
const EVALUATIONS_MIN = 3;
/** How many times coarser the next try is: few tries lead to one that the store can afford. */
const COARSER_TIMES = 4;

/**
 * Two steps a span of time, `2 · stepMs` long: the least and the greatest of the evaluations in it, one every `fineStepMs`, in the order
 * in which they came. Span j has steps 2j and 2j + 1, and the times from j · spanMs on, without its end.
 *
 * The store finds them, as it does for a chart of a fixed time (`pixels`). It counts its spans from the first step to the last one,
 * both included: with an end one millisecond before that of the last span, its spans are ours.
 */
export class SpanGrid implements LiveGrid {
  readonly #spanMs: number;

  /** @param fineStepMs divides two steps, at least three times */
  constructor(
    readonly stepMs: number,
    readonly fineStepMs: number,
  ) {
    this.#spanMs = 2 * stepMs;
  }

  /** Whether there can be such a grid. */
  static fits(stepMs: number, fineStepMs: number): boolean {
    const count = (2 * stepMs) / fineStepMs;
    return Number.isInteger(count) && count >= EVALUATIONS_MIN;
  }

  get aheadMaxMs(): number {
    return this.stepMs + this.fineStepMs;
  }

  newestStep(nowMs: number): number {
    return 2 * this.#spanOf(this.#newestFineMs(nowMs)) + 1;
  }

  firstUnfinished(newest: number): number {
    return newest - 1;
  }

  nextStepAtMs(newest: number): number {
    return ((newest + 1) / 2) * this.#spanMs - this.fineStepMs + 1;
  }

  stepsBetween(fromMs: number, toMs: number): StepRange {
    const { fineStepMs } = this;
    const from = this.#spanOf(Math.ceil(fromMs / fineStepMs) * fineStepMs);
    const to = this.#spanOf(Math.floor(toMs / fineStepMs) * fineStepMs);
    return { from: 2 * from, to: 2 * to + 1 };
  }

  /** Spans that are over, and the newest one apart: of it only what has been can be evaluated, or rates would fall towards its end. */
  questions(range: StepRange, newest: number, nowMs: number): readonly GridQuestion[] {
    const questions: GridQuestion[] = [];
    const closed = { from: range.from, to: Math.min(range.to, newest - 2) };
    if (closed.from <= closed.to) questions.push(this.#question(closed, this.#endMs(closed) - 1));
    if (range.to < newest) return questions;
    const open = { from: newest - 1, to: newest };
    const endMs = Math.min(this.#newestFineMs(nowMs), this.#endMs(open) - this.fineStepMs);
    questions.push(this.#question(open, endMs));
    return questions;
  }

  columns({ range }: GridQuestion, count: number, series: MatrixSeries): MatrixSeries {
    // A span that has just begun has fewer evaluations than are worth reducing.
    if (lengthOf(range) === 2 && count <= 2) return pairOf(series, count);
    checkCount(count, lengthOf(range));
    return series;
  }

  coarser(): LiveGrid {
    const { stepMs } = this;
    for (let fineStepMs = COARSER_TIMES * this.fineStepMs; ; fineStepMs += this.fineStepMs) {
      if (fineStepMs * EVALUATIONS_MIN > this.#spanMs) return new InstantGrid(stepMs);
      if (SpanGrid.fits(stepMs, fineStepMs)) return new SpanGrid(stepMs, fineStepMs);
    }
  }

  #question(range: StepRange, endMs: number): GridQuestion {
    const startMs = range.from * this.stepMs;
    return { range, startMs, endMs, stepMs: this.fineStepMs, pixels: lengthOf(range) / 2 };
  }

  #endMs({ to }: StepRange): number {
    return (to + 1) * this.stepMs;
  }

  #spanOf(timeMs: number): number {
    return Math.floor(timeMs / this.#spanMs);
  }

  /** The first evaluation that is not before now, so that a sample is seen when it is committed. */
  #newestFineMs(nowMs: number): number {
    return Math.ceil(nowMs / this.fineStepMs) * this.fineStepMs;
  }
}

/** One or two evaluations as the two values of a span: as the store gives them when there are more. */
function pairOf({ labels, values, present }: MatrixSeries, count: number): MatrixSeries {
  const all = float64s(values);
  const found = [...all.subarray(0, count)].filter((_, index) => isPresent(present, index));
  const numbers = found.filter((value) => !Number.isNaN(value));
  const [first, second = first] = numbers.length > 0 ? numbers : found;
  if (first === undefined || second === undefined) {
    return { labels, values: float64Bin(new Float64Array(2)), present: Uint8Array.of(0) };
  }
  return { labels, values: float64Bin(Float64Array.of(first, second)) };
}

function checkCount(count: number, wanted: number): void {
  if (count === wanted) return;
  throw new AnswerError('internal', 'the store has answered with other steps than asked');
}
