import {
  AnswerError,
  type AnswerWriter,
  type Bus,
  type Logger,
  QUERY_QUEUE,
  type QueryEnd,
  type QueryKind,
  type QueryPart,
  querySubject,
  serveAnswers,
} from '@overseer/shared';
import { expressionHash } from '@overseer/shared/expression-hash';
import { activeSpan, inSpan } from '@overseer/shared/tracing';
import type { PostgresSeries } from '../blocks/postgres-series.ts';
import type { Database } from '../postgres.ts';
import { cardinalityQuestion } from './cardinality-question.ts';
import { Deadline, unlessAborted } from './deadline.ts';
import { instantQuestion, rangeQuestion } from './expression-questions.ts';
import { labelNamesQuestion, labelValuesQuestion, seriesQuestion } from './label-questions.ts';
import { measurementQuestion } from './measurement-question.ts';
import { nothingRead, QueryBudget, type ReadTotals } from './query-budget.ts';
import { queryError } from './query-errors.ts';
import { limitOf, type QueryLimit } from './query-limit.ts';
import { QUERIES_WAITING_MAX, QuerySlots } from './query-slots.ts';
import type { Findings, Question, QuestionContext } from './question.ts';
import {
  readCardinalityQuery,
  readInstantQuery,
  readLabelQuery,
  readLabelValuesQuery,
  readMeasurementQuery,
  readOptions,
  readRangeQuery,
  readSnapshotQuery,
} from './requests.ts';
import { SampleRoom } from './sample-room.ts';
import { snapshotQuestion } from './snapshot-question.ts';
import type { QueryReport, QuerySettings } from './thread-messages.ts';

type Request = Readonly<Record<string, unknown>>;

/** Reads a request of each kind. */
const QUESTIONS: Readonly<Record<QueryKind, (request: Request) => Question>> = {
  range: (request) => rangeQuestion(readRangeQuery(request)),
  instant: (request) => instantQuestion(readInstantQuery(request)),
  series: (request) => seriesQuestion(readLabelQuery(request)),
  labels: (request) => labelNamesQuestion(readLabelQuery(request)),
  values: (request) => labelValuesQuestion(readLabelValuesQuery(request)),
  measurement: (request) => measurementQuestion(readMeasurementQuery(request)),
  cardinality: (request) => cardinalityQuestion(readCardinalityQuery(request)),
  snapshot: (request) => snapshotQuestion(readSnapshotQuery(request)),
};

/** How long a query waited for its turn, once it is known. */
interface Turn {
  waitSeconds: number;
}

/** The processor's questions don't wait behind those of people. */
const SNAPSHOTS_MAX = 1;

export interface QueryServiceParts {
  readonly bus: Bus;
  readonly database: Database;
  readonly series: PostgresSeries;
  readonly settings: QuerySettings;
  readonly log: Logger;
  /** Called when a query is over. */
  readonly onAnswered: (report: QueryReport) => void;
  /** Called when another number of queries runs or waits. */
  readonly onChanged: () => void;
}

/** Answers `query.*` of the contract. */
export class QueryService {
  readonly #parts: QueryServiceParts;
  readonly #slots: QuerySlots;
  readonly #room: SampleRoom;
  readonly #snapshotSlots = new QuerySlots(SNAPSHOTS_MAX, 'snapshots');
  /** Answers under way, and the work for them, which may go on for a moment after an answer was broken off. */
  readonly #answers = new Set<Promise<unknown>>();
  readonly #works = new Set<Promise<unknown>>();
  #unserve: (() => void) | undefined;

  constructor(parts: QueryServiceParts) {
    this.#parts = parts;
    this.#room = new SampleRoom(parts.settings.queriesSamplesMax);
    this.#slots = new QuerySlots(
      parts.settings.queriesMax,
      "queries (the store's setting QUERIES_MAX)",
    );
  }

  get running(): number {
    return this.#slots.running + this.#snapshotSlots.running;
  }

  get waiting(): number {
    return this.#slots.waiting + this.#snapshotSlots.waiting;
  }

  /** By all queries together. */
  get samplesHeld(): number {
    return this.#room.held;
  }

  start(): void {
    const { bus, log, settings } = this.#parts;
    // Above what slots let run and wait: who is refused shall hear of the setting.
    const openMax = 2 * (settings.queriesMax + QUERIES_WAITING_MAX);
    this.#unserve = serveAnswers(
      bus,
      querySubject('*'),
      { queue: QUERY_QUEUE, openMax, log },
      (request, answer, subject) => tracked(this.#answers, this.#answer(request, answer, subject)),
    );
  }

  /** Tells all askers that the store stops, and waits until they are told. */
  async stop(): Promise<void> {
    this.#unserve?.();
    await Promise.allSettled(this.#answers);
  }

  /** Waits until what was broken off has ended, in PostgreSQL too. */
  async finish(): Promise<void> {
    await Promise.allSettled(this.#works);
  }

  async #answer(request: Request, answer: AnswerWriter, subject: string): Promise<QueryEnd> {
    const startedAt = performance.now();
    const kind = kindOf(subject);
    const totals = nothingRead();
    const turn: Turn = { waitSeconds: 0 };
    const seconds = () => (performance.now() - startedAt) / 1000;
    const report = (outcome: QueryReport['outcome'], limit?: QueryLimit) =>
      this.#parts.onAnswered({ kind, outcome, limit, seconds: seconds(), ...turn, ...totals });
    try {
      const findings = await this.#run(kind, request, answer, totals, turn);
      report('ok');
      return { kind: 'end', ...findings, stats: { ...totals, seconds: seconds() } };
    } catch (error) {
      report(error instanceof AnswerError ? error.kind : 'internal', limitOf(error));
      throw error;
    } finally {
      tellSpan(kind, request, totals);
    }
  }

  async #run(
    kind: QueryKind,
    request: Request,
    answer: AnswerWriter,
    totals: ReadTotals,
    turn: Turn,
  ): Promise<Findings> {
    const { settings } = this.#parts;
    const { timeoutMs = settings.queryTimeoutMs, limits } = readOptions(request);
    const question = inSpan('parse', {}, () => QUESTIONS[kind](request));
    using deadline = new Deadline(answer.signal, Math.min(timeoutMs, settings.queryTimeoutMs));
    const { signal } = deadline;
    const budget = new QueryBudget(signal, settings, limits, totals, this.#room);
    const send = (part: QueryPart) => unlessAborted(answer.send(part), signal);
    const slots = kind === 'snapshot' ? this.#snapshotSlots : this.#slots;
    try {
      const work = () => this.#work(question, { budget, send });
      return await this.#inTurn(slots, signal, turn, work);
    } catch (error) {
      throw queryError(error, signal);
    }
  }

  /** Does the work when its turn comes. Work that does not hear the signal keeps its turn until it is over. */
  async #inTurn<T>(
    slots: QuerySlots,
    signal: AbortSignal,
    turn: Turn,
    work: () => Promise<T>,
  ): Promise<T> {
    const { onChanged } = this.#parts;
    const askedAt = performance.now();
    const entering = inSpan('wait for a turn', {}, () => slots.enter(signal));
    onChanged();
    await entering.finally(() => {
      turn.waitSeconds = (performance.now() - askedAt) / 1000;
      onChanged();
    });
    const working = work().finally(() => {
      slots.leave();
      onChanged();
    });
    return unlessAborted(tracked(this.#works, working), signal);
  }

  /** Of what was committed before the question, the answer has all. */
  async #work(
    question: Question,
    { budget, send }: Pick<QuestionContext, 'budget' | 'send'>,
  ): Promise<Findings> {
    const { series, database } = this.#parts;
    try {
      await inSpan('refresh series', {}, () => series.refresh());
      budget.signal.throwIfAborted();
      return await inSpan('evaluate', {}, () => question({ series, database, budget, send }));
    } finally {
      budget.release();
    }
  }
}

/** What was asked and what it took, for the span of the answer. */
function tellSpan(kind: QueryKind, { db, expr }: Request, totals: ReadTotals): void {
  activeSpan()?.setAttributes({
    'overseer.query.kind': kind,
    'overseer.query.series': totals.series,
    'overseer.query.samples': totals.samples,
    'overseer.query.bytes': totals.bytes,
    'overseer.query.samples_peak': totals.peakSamples,
    ...(typeof db === 'string' && { 'overseer.database': db }),
    ...(typeof expr === 'string' && { 'overseer.expression.hash': expressionHash(expr) }),
  });
}

/** Keeps the promise in the set until it is settled. */
function tracked<T>(set: Set<Promise<unknown>>, promise: Promise<T>): Promise<T> {
  set.add(promise);
  const forget = () => set.delete(promise);
  promise.then(forget, forget);
  return promise;
}

function kindOf(subject: string): QueryKind {
  const kind = subject.slice(querySubject('*').length - 1);
  if (Object.hasOwn(QUESTIONS, kind)) return kind as QueryKind;
  const known = Object.keys(QUESTIONS).join(', ');
  throw new AnswerError('bad_data', `${subject} is no question; known are ${known}`);
}
