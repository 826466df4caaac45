import {
  AnswerError,
  type AnswerErrorKind,
  type QueryEnd,
  type TextPosition,
  type Update,
} from '@overseer/shared';
import { expressionHash } from '@overseer/shared/expression-hash';
import { inRootSpan } from '@overseer/shared/tracing';
import { answerError } from '../errors.ts';
import type { FrontendMetrics } from '../metrics.ts';
import type { Questions } from '../questions.ts';
import { type Run, runsOf } from './deltas.ts';
import type { EvaluationGate } from './evaluation-gate.ts';
import { askSteps, type LiveAnswer } from './live-answers.ts';
import { InstantGrid, type LiveGrid, SpanGrid } from './live-grid.ts';
import { type Changes, LiveWindow } from './live-window.ts';
import { type PointsBudget, PointsLimitError } from './points-budget.ts';
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
  /** As in `Subscribe`. */
  readonly fineStepMs?: number;
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
  #grid: LiveGrid;
  /** From this step on the window is complete. */
  #completeFrom = Number.POSITIVE_INFINITY;
  /** The end of the last answer. */
  #end: QueryEnd | undefined;
  /** Of the last answer, and about how it was asked for. */
  #warnings: readonly string[] = [];
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
    const { stepMs, fineStepMs } = question;
    this.#grid =
      fineStepMs === undefined ? new InstantGrid(stepMs) : new SpanGrid(stepMs, fineStepMs);
    // A span's two steps come and go together.
    const steps = fineStepMs === undefined ? 1 : 2;
    this.#window = new LiveWindow(steps, this.#grid.newestStep(Date.now()), context.budget);
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
      subscription.sendReset(this.#window, this.#warnings);
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
    this.#advance();
    for (const [fromMs, toMs] of ranges) {
      const { from, to } = this.#grid.stepsBetween(fromMs - aheadMs, toMs + reachMs);
      this.#pending.add(Math.max(from, this.#window.first), Math.min(to, this.#window.newest));
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

  /** Moves the window on to now; the step that was the newest was not over and is evaluated once more. */
  #advance(): void {
    const before = this.#window.newest;
    const now = Date.now();
    if (before * this.#grid.stepMs - now > this.#grid.aheadMaxMs + CLOCK_SET_BACK_MS) {
      this.#startOver();
      return;
    }
    this.#window.advance(this.#grid.newestStep(now));
    const { newest, first } = this.#window;
    if (newest <= before) return;
    this.#pending.add(Math.max(this.#grid.firstUnfinished(before), first), newest);
  }

  /** The clock was set back: a window ahead of it would see no new point for as long as it takes to be where it was. */
  #startOver(): void {
    this.#window.startOver(this.#grid.newestStep(Date.now()));
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
    const delayMs = this.#grid.nextStepAtMs(this.#window.newest) - Date.now();
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
      const answers = await this.#trace(range, () => this.#ask(range));
      // The window may have been started over meanwhile; all of it is evaluated next.
      if (this.#abort.signal.aborted || this.#underWay !== range) return;
      this.#take(range, answers);
      metrics.evaluations.inc({ outcome: 'ok' });
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const told = answerError(error);
      if (!told) this.#context.onBug(error);
      const failure = told ?? new AnswerError('internal', 'an error within the frontend');
      metrics.evaluations.inc({ outcome: failure.kind });
      if (!this.#looksLessOften(error, failure)) this.#fail(range, failure);
    } finally {
      observe();
    }
  }

  /** @throws PointsLimitError, after which pages need a reset */
  #take(range: StepRange, answers: readonly LiveAnswer[]): void {
    const end = answers.at(-1)?.end;
    // Two questions, of what is over and of what is not, have two ranges.
    if (end?.isOfWholeRange && answers.length > 1) {
      this.#end = end;
      this.#look(new InstantGrid(this.#question.stepMs));
      return;
    }
    const changes = answers.map((answer) => this.#window.apply(answer.range, answer.series));
    const warnings = [...(end?.warnings ?? []), ...this.#gridWarnings()];
    // Only a reset has warnings and takes them back.
    if (!Bun.deepEquals(this.#warnings, warnings)) this.#sendResetsNext();
    this.#warnings = warnings;
    this.#end = end;
    this.#succeed(range, changes);
  }

  #gridWarnings(): string[] {
    const { fineStepMs } = this.#grid;
    if (fineStepMs <= (this.#question.fineStepMs ?? fineStepMs)) return [];
    return [`evaluated every ${fineStepMs / 1000} s: what lasts shorter may not be seen`];
  }

  /**
   * What is too much for the store is evaluated less often between the steps, and in the end at the steps alone.
   * @returns whether it is, from now on
   */
  #looksLessOften(error: unknown, { kind }: AnswerError): boolean {
    if (!COSTLY_ERRORS.includes(kind) || error instanceof PointsLimitError) return false;
    const coarser = this.#grid.coarser();
    if (coarser) this.#look(coarser);
    return coarser !== undefined;
  }

  #look(grid: LiveGrid): void {
    this.#grid = grid;
    this.#completeFrom = Number.POSITIVE_INFINITY;
    this.#pending.clear();
    this.#pending.add(this.#window.first, this.#window.newest);
  }

  #succeed({ from, to }: StepRange, changes: readonly Changes[]): void {
    this.#failure = undefined;
    this.#failures = 0;
    if (to + 1 >= this.#completeFrom || this.#completeFrom === Number.POSITIVE_INFINITY) {
      this.#completeFrom = Math.min(this.#completeFrom, from);
    }
    const runs: Run[] = changes.flatMap(runsOf);
    if (changes.some(({ hasForgotten }) => hasForgotten)) this.#sendResetsNext();
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

  #ask(range: StepRange): Promise<LiveAnswer[]> {
    const { db, expr } = this.#question;
    const { questions, budget } = this.#context;
    const { steps, newest } = this.#window;
    const asking = {
      ...{ questions, db, expr, grid: this.#grid, signal: this.#abort.signal },
      checkSeries: (count: number) => budget.checkOne(count, steps),
    };
    return askSteps(asking, range, newest);
  }
}
