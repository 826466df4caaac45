import {
  AnswerError,
  type AnswerErrorKind,
  type MatrixSeries,
  type QueryEnd,
  type TextPosition,
  type Update,
} from '@overseer/shared';
import { expressionHash } from '@overseer/shared/expression-hash';
import { inRootSpan } from '@overseer/shared/tracing';
import { answerError } from '../errors.ts';
import type { FrontendMetrics } from '../metrics.ts';
import type { Questions } from '../questions.ts';
import { runsOf } from './deltas.ts';
import type { EvaluationGate } from './evaluation-gate.ts';
import { type Changes, LiveWindow } from './live-window.ts';
import type { PointsBudget } from './points-budget.ts';
import { type StepRange, StepRanges } from './step-ranges.ts';
import type { Subscription } from './subscription.ts';

/**
 * Between evaluations because of news: ten a second are as many as an eye follows. Those because of a new step don't count, so that a
 * sample just after one is not held up.
 */
const NEWS_INTERVAL_MS = 100;
const RETRY_MIN_MS = 1000;
const RETRY_MAX_MS = 5000;
/** For what has cost the store much. */
const COSTLY_RETRY_MAX_MS = 30_000;
const COSTLY_ERRORS: readonly AnswerErrorKind[] = ['limit', 'timeout'];
/** Asking again changes nothing: the question itself is wrong. */
const FINAL_ERRORS: readonly AnswerErrorKind[] = ['bad_data', 'unsupported'];
/** A clock that was set back by more is followed; less is waited for. */
const CLOCK_SET_BACK_MS = 5000;
/** How often that is looked for, when steps are longer than this. */
const CLOCK_INTERVAL_MS = 10_000;

export interface LiveFailure {
  readonly kind: AnswerErrorKind;
  readonly message: string;
  readonly position: TextPosition | undefined;
  readonly retrying: boolean;
}

/** What all expressions share. */
export interface LiveContext {
  readonly questions: Questions;
  readonly gate: EvaluationGate;
  readonly budget: PointsBudget;
  readonly metrics: FrontendMetrics;
  /** Told of a bug. */
  readonly onBug: (error: unknown) => void;
}

export interface LiveQuestion {
  readonly db: string;
  readonly expr: string;
  readonly stepMs: number;
}

/**
 * One expression that is kept up to date, however many pages watch it. Its newest step lies up to one step ahead of now, so that a
 * sample is seen when it is committed and not when its step is over.
 */
export class LiveExpression {
  readonly #context: LiveContext;
  readonly #question: LiveQuestion;
  readonly #subscriptions = new Set<Subscription>();
  readonly #pending = new StepRanges();
  readonly #abort = new AbortController();
  readonly #window: LiveWindow;
  /** From this step on the window is complete. */
  #completeFrom = Number.POSITIVE_INFINITY;
  /** The end of the last answer. */
  #end: QueryEnd | undefined;
  #failure: LiveFailure | undefined;
  #failures = 0;
  #isEvaluating = false;
  /** What is being asked of the store. */
  #underWay: StepRange | undefined;
  /** Points were committed since the last evaluation began. */
  #hasNews = false;
  #notBeforeMs = 0;
  #evaluationTimer: ReturnType<typeof setTimeout> | undefined;
  #stepTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(question: LiveQuestion, context: LiveContext) {
    this.#question = question;
    this.#context = context;
    this.#window = new LiveWindow(1, this.#stepAfter(Date.now()), context.budget);
    this.#awaitNextStep();
  }

  get db(): string {
    return this.#question.db;
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Sends what there is at once, and from then on what changes. @throws AnswerError limit */
  subscribe(subscription: Subscription): void {
    if (subscription.steps > this.#window.steps) this.#window.grow(subscription.steps);
    this.#subscriptions.add(subscription);
    if (this.#failure?.retrying === false) this.#forgetFailure();
    this.#complete();
    this.sendAgain(subscription);
    this.#schedule();
  }

  unsubscribe(subscription: Subscription): void {
    this.#subscriptions.delete(subscription);
  }

  /** Brings a page up to date that has missed messages. */
  sendAgain(subscription: Subscription): void {
    if (this.#failure) subscription.sendFailure(this.#failure);
    else if (this.#completeFrom <= subscription.firstStep(this.#window)) {
      subscription.sendReset(this.#window, this.#end?.warnings ?? []);
    }
  }

  /** Points were committed, or deleted. */
  onUpdate({ db, measurement, ranges }: Update): void {
    if (db !== this.#question.db) return;
    const { measurements, reachMs, aheadMs = 0 } = this.#end ?? {};
    if (measurements && !measurements.includes(measurement)) return;
    if (reachMs === undefined) {
      this.evaluateAll();
      return;
    }
    const { stepMs } = this.#question;
    this.#advance();
    for (const [fromMs, toMs] of ranges) {
      const from = Math.max(this.#stepAfter(fromMs - aheadMs), this.#window.first);
      const to = Math.min(Math.floor((toMs + reachMs) / stepMs), this.#window.newest);
      this.#pending.add(from, to);
    }
    this.#hasNews = true;
    this.#schedule();
  }

  /** Anything may have changed. */
  evaluateAll(): void {
    this.#hasNews = true;
    this.#pending.add(this.#window.first, this.#window.newest);
    this.#schedule();
  }

  close(): void {
    this.#abort.abort();
    clearTimeout(this.#evaluationTimer);
    clearTimeout(this.#stepTimer);
    this.#window.close();
  }

  /** Asked anew, a wrong question may be right: an upgraded store supports more. */
  #forgetFailure(): void {
    this.#failure = undefined;
    this.#failures = 0;
    this.#notBeforeMs = performance.now() + NEWS_INTERVAL_MS;
  }

  /** Has the steps evaluated that the window lacks, unless they are being evaluated now. */
  #complete(): void {
    const { first, newest } = this.#window;
    const underWay = this.#underWay;
    const from = underWay && underWay.from <= first ? underWay.to + 1 : first;
    this.#pending.add(from, Math.min(this.#completeFrom - 1, newest));
  }

  /** The first step at or after a time. */
  #stepAfter(timeMs: number): number {
    return Math.ceil(timeMs / this.#question.stepMs);
  }

  /** Moves the window on to now; the step that was the newest was ahead of its time and is evaluated once more. */
  #advance(): void {
    const before = this.#window.newest;
    const now = Date.now();
    if (before * this.#question.stepMs - now > this.#question.stepMs + CLOCK_SET_BACK_MS) {
      this.#startOver();
      return;
    }
    this.#window.advance(this.#stepAfter(now));
    const { newest, first } = this.#window;
    if (newest > before) this.#pending.add(Math.max(before, first), newest);
  }

  /** The clock was set back: a window ahead of it would see no new point for as long as it takes to be where it was. */
  #startOver(): void {
    this.#window.startOver(this.#stepAfter(Date.now()));
    this.#completeFrom = Number.POSITIVE_INFINITY;
    this.#underWay = undefined;
    this.#pending.clear();
    this.#pending.add(this.#window.first, this.#window.newest);
    this.#sendResetsNext();
  }

  #sendResetsNext(): void {
    for (const subscription of this.#subscriptions) subscription.awaitReset();
  }

  #awaitNextStep(): void {
    const delayMs = this.#window.newest * this.#question.stepMs - Date.now() + 1;
    this.#stepTimer = setTimeout(
      () => {
        this.#advance();
        this.#schedule();
        this.#awaitNextStep();
      },
      Math.min(Math.max(delayMs, 1), CLOCK_INTERVAL_MS),
    );
  }

  #schedule(): void {
    const isFinal = this.#failure?.retrying === false;
    if (this.#isEvaluating || this.#pending.isEmpty || isFinal || this.#abort.signal.aborted)
      return;
    this.#isEvaluating = true;
    const delayMs = Math.max(this.#notBeforeMs - performance.now(), 0);
    const evaluate = () => void this.#evaluate().catch(this.#context.onBug);
    if (delayMs === 0) evaluate();
    else this.#evaluationTimer = setTimeout(evaluate, delayMs);
  }

  async #evaluate(): Promise<void> {
    try {
      await this.#context.gate.run(async () => {
        if (this.#abort.signal.aborted) return;
        if (this.#hasNews) this.#notBeforeMs = performance.now() + NEWS_INTERVAL_MS;
        this.#hasNews = false;
        this.#advance();
        this.#underWay = this.#takePending();
        if (this.#underWay) await this.#evaluateRange(this.#underWay);
      }, this.#abort.signal);
    } finally {
      this.#underWay = undefined;
      this.#isEvaluating = false;
    }
    this.#schedule();
  }

  /** The next range, as far as it is still in the window; or all of the window, where that matters to each step. */
  #takePending(): StepRange | undefined {
    for (;;) {
      if (this.#end?.isOfWholeRange && !this.#pending.isEmpty) {
        this.#pending.clear();
        this.#pending.add(this.#window.first, this.#window.newest);
      }
      const range = this.#pending.take();
      if (!range) return undefined;
      const from = Math.max(range.from, this.#window.first);
      const to = Math.min(range.to, this.#window.newest);
      if (from <= to) return { from, to };
    }
  }

  async #evaluateRange(range: StepRange): Promise<void> {
    const { metrics } = this.#context;
    const observe = metrics.evaluationSeconds.startTimer();
    try {
      const { series, end } = await this.#trace(range, () => this.#ask(range));
      // The window may have been started over meanwhile; all of it is evaluated next.
      if (this.#abort.signal.aborted || this.#underWay !== range) return;
      const changes = this.#window.apply(range, series);
      // Only a reset has warnings and takes them back.
      if (!Bun.deepEquals(this.#end?.warnings, end.warnings)) this.#sendResetsNext();
      this.#end = end;
      this.#succeed(range, changes);
      metrics.evaluations.inc({ outcome: 'ok' });
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const told = answerError(error);
      if (!told) this.#context.onBug(error);
      const failure = told ?? new AnswerError('internal', 'an error within the frontend');
      metrics.evaluations.inc({ outcome: failure.kind });
      this.#fail(range, failure);
    } finally {
      observe();
    }
  }

  #succeed({ from, to }: StepRange, changes: Changes): void {
    this.#failure = undefined;
    this.#failures = 0;
    if (to + 1 >= this.#completeFrom || this.#completeFrom === Number.POSITIVE_INFINITY) {
      this.#completeFrom = Math.min(this.#completeFrom, from);
    }
    const runs = runsOf(changes);
    if (changes.hasForgotten) this.#sendResetsNext();
    for (const subscription of this.#subscriptions) {
      if (!subscription.isFollowing) this.sendAgain(subscription);
      else for (const run of runs) subscription.sendDelta(this.#window, run);
    }
  }

  /** The range stays to be evaluated. */
  #fail(range: StepRange, { kind, message, position }: AnswerError): void {
    const retrying = !FINAL_ERRORS.includes(kind);
    const delayMaxMs = COSTLY_ERRORS.includes(kind) ? COSTLY_RETRY_MAX_MS : RETRY_MAX_MS;
    const delayMs = Math.min(RETRY_MIN_MS * 2 ** this.#failures++, delayMaxMs);
    this.#notBeforeMs = performance.now() + delayMs;
    this.#pending.add(range.from, range.to);
    // One success must mean that all is well again.
    this.#pending.unite();
    if (kind === 'unavailable' || !retrying) {
      this.#completeFrom = Number.POSITIVE_INFINITY;
      this.#pending.add(this.#window.first, this.#window.newest);
    }
    const known = this.#failure;
    this.#failure = { kind, message, position, retrying };
    if (known?.kind === kind && known.message === message) return;
    for (const subscription of this.#subscriptions) subscription.sendFailure(this.#failure);
  }

  /** Nobody's request: a trace of its own, when the sampler says so. */
  #trace<T>({ from, to }: StepRange, action: () => Promise<T>): Promise<T> {
    const { db, expr, stepMs } = this.#question;
    return inRootSpan('evaluate live', {}, (span) => {
      span?.setAttributes({
        'overseer.database': db,
        'overseer.expression.hash': expressionHash(expr),
        'overseer.query.step_ms': stepMs,
        'overseer.query.steps': to - from + 1,
        'overseer.live.subscriptions': this.#subscriptions.size,
      });
      return action();
    });
  }

  async #ask({ from, to }: StepRange): Promise<{ series: MatrixSeries[]; end: QueryEnd }> {
    const { db, expr, stepMs } = this.#question;
    const { questions, budget } = this.#context;
    const series: MatrixSeries[] = [];
    const end = await questions.query(
      'range',
      { db, expr, stepMs, startMs: from * stepMs, endMs: to * stepMs },
      {
        signal: this.#abort.signal,
        onPart: (part) => {
          if (part.kind !== 'matrix') return;
          if (part.count !== to - from + 1) {
            throw new AnswerError('internal', 'the store has answered with other steps than asked');
          }
          series.push(...part.series);
          budget.checkOne(series.length, this.#window.steps);
        },
      },
    );
    return { series, end };
  }
}
