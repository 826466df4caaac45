import {
  AnswerError,
  type AnswerWriter,
  type Bus,
  type Logger,
  QUERY_QUEUE,
  type QueryEnd,
  type QueryKind,
  type QueryLimits,
  type QueryPart,
  querySubject,
  type SyntaxKind,
  serveAnswers,
} from '@overseer/shared';
import { expressionHash } from '@overseer/shared/expression-hash';
import { activeSpan, inSpan } from '@overseer/shared/tracing';
import type { PostgresSeries } from '../blocks/postgres-series.ts';
import type { Database } from '../postgres.ts';
import { limitOf, type QueryLimit } from '../query-limit.ts';
import { cardinalityQuestion } from './cardinality-question.ts';
import { Deadline } from './deadline.ts';
import { instantQuestion, rangeQuestion } from './expression-questions.ts';
import { IdleGarbage } from './idle-garbage.ts';
import { labelNamesQuestion, labelValuesQuestion, seriesQuestion } from './label-questions.ts';
import { measurementQuestion } from './measurement-question.ts';
import { nothingRead, QueryBudget, type ReadTotals } from './query-budget.ts';
import { queryError } from './query-errors.ts';
import { QuerySlots } from './query-slots.ts';
import type { Findings, Question } from './question.ts';
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
import { SharedEvaluation } from './shared-evaluation.ts';
import { snapshotQuestion } from './snapshot-question.ts';
import { answerSyntax, isSyntaxKind, SYNTAX_KINDS } from './syntax-questions.ts';
import type { QueryReport, QuerySettings } from './thread-messages.ts';

type Request = Readonly<Record<string, unknown>>;
type DataKind = Exclude<QueryKind, SyntaxKind>;

/** A request that was read. */
interface Asked {
  /** Its fields: those of two requests that ask the same are the same. */
  readonly query: object;
  /** @throws AnswerError bad_data or unsupported */
  readonly understand: () => Question;
}

/** How a request of each kind is read. */
const REQUESTS: Readonly<Record<DataKind, (request: Request) => Asked>> = {
  range: reader(readRangeQuery, rangeQuestion),
  instant: reader(readInstantQuery, instantQuestion),
  series: reader(readLabelQuery, seriesQuestion),
  labels: reader(readLabelQuery, labelNamesQuestion),
  values: reader(readLabelValuesQuery, labelValuesQuestion),
  measurement: reader(readMeasurementQuery, measurementQuestion),
  cardinality: reader(readCardinalityQuery, cardinalityQuestion),
  snapshot: reader(readSnapshotQuery, snapshotQuestion),
};

function reader<Query extends object>(
  read: (request: Request) => Query,
  question: (query: Query) => Question,
): (request: Request) => Asked {
  return (request) => {
    const query = read(request);
    return { query, understand: () => question(query) };
  };
}

/** How many questions are under way at once, those that share an evaluation too. */
const QUESTIONS_MAX = 2048;

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
  /** Called when a question was refused because too many are under way. */
  readonly onRefused: () => void;
  /** Called when an evaluation is over, with what it has read for all who asked. */
  readonly onEvaluated: (read: ReadTotals) => void;
  /** Called when another number of queries runs or waits. */
  readonly onChanged: () => void;
}

/** Answers `query.*` of the contract. */
export class QueryService {
  readonly #parts: QueryServiceParts;
  readonly #slots: QuerySlots;
  readonly #room: SampleRoom;
  readonly #garbage = new IdleGarbage();
  readonly #snapshotSlots = new QuerySlots(SNAPSHOTS_MAX, 'snapshots');
  /** The last evaluation of each question, as long as it waits for its turn. */
  readonly #waiting = new Map<string, SharedEvaluation>();
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
    const { bus, log, onRefused } = this.#parts;
    this.#unserve = serveAnswers(
      bus,
      querySubject('*'),
      { queue: QUERY_QUEUE, openMax: QUESTIONS_MAX, log, onRefused },
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
    const askedAt = performance.now();
    const kind = kindOf(subject);
    let shared: { readonly evaluation: SharedEvaluation; readonly isJoined: boolean } | undefined;
    const seconds = () => (performance.now() - askedAt) / 1000;
    const report = (outcome: QueryReport['outcome'], limit?: QueryLimit) =>
      this.#parts.onAnswered({
        kind,
        outcome,
        limit,
        isJoined: shared?.isJoined ?? false,
        seconds: seconds(),
        waitSeconds: shared ? waitSeconds(shared.evaluation, askedAt) : 0,
      });
    try {
      if (isSyntaxKind(kind)) {
        const findings = await answerSyntax(kind, request, answer);
        report('ok');
        return { kind: 'end', ...findings, stats: { ...nothingRead(), seconds: seconds() } };
      }
      const { queryTimeoutMs } = this.#parts.settings;
      const { timeoutMs = queryTimeoutMs, limits } = readOptions(request);
      using deadline = new Deadline(answer.signal, Math.min(timeoutMs, queryTimeoutMs));
      shared = this.#evaluationOf(kind, REQUESTS[kind](request), limits);
      const findings = await shared.evaluation.findingsFor({ answer, deadline });
      report('ok');
      const { totals } = shared.evaluation;
      const times = { seconds: seconds(), waitSeconds: waitSeconds(shared.evaluation, askedAt) };
      return { kind: 'end', ...findings, stats: { ...totals, ...times } };
    } catch (error) {
      report(error instanceof AnswerError ? error.kind : 'internal', limitOf(error));
      throw error;
    } finally {
      tellSpan(kind, request, shared?.evaluation.totals ?? nothingRead(), shared?.isJoined);
    }
  }

  /** The evaluation of the same question that has not begun, or a new one. */
  #evaluationOf(kind: DataKind, { query, understand }: Asked, limits: QueryLimits) {
    const key = JSON.stringify([kind, query, limits]);
    const waiting = this.#waiting.get(key);
    if (waiting?.isOpen) return { evaluation: waiting, isJoined: true };
    const question = inSpan('parse', {}, understand);
    const slots = kind === 'snapshot' ? this.#snapshotSlots : this.#slots;
    const evaluation: SharedEvaluation = new SharedEvaluation(
      async (signal) => {
        try {
          await this.#enter(slots, signal);
        } finally {
          if (this.#waiting.get(key) === evaluation) this.#waiting.delete(key);
        }
      },
      (begun) =>
        tracked(
          this.#works,
          this.#inTurn(slots, () => this.#work(question, limits, begun)),
        ),
    );
    this.#waiting.set(key, evaluation);
    return { evaluation, isJoined: false };
  }

  async #enter(slots: QuerySlots, signal: AbortSignal): Promise<void> {
    const entering = slots.enter(signal);
    this.#parts.onChanged();
    await entering.finally(this.#parts.onChanged);
  }

  /** Work that does not hear its signal keeps its turn until it is over. */
  async #inTurn<T>(slots: QuerySlots, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      slots.leave();
      this.#parts.onChanged();
      if (this.running === 0) setImmediate(this.#collectGarbage);
    }
  }

  /** Of what was committed before the question, the answer has all. */
  async #work(
    question: Question,
    limits: QueryLimits,
    evaluation: SharedEvaluation,
  ): Promise<Findings> {
    const { series, database, settings, onEvaluated } = this.#parts;
    const { signal, totals } = evaluation;
    const budget = new QueryBudget(signal, settings, limits, totals, this.#room);
    const send = (part: QueryPart) => evaluation.send(part);
    try {
      await inSpan('refresh series', {}, () => series.refresh());
      signal.throwIfAborted();
      return await inSpan('evaluate', {}, () => question({ series, database, budget, send }));
    } catch (error) {
      throw queryError(error, signal);
    } finally {
      budget.release();
      onEvaluated(totals);
      this.#garbage.add(totals.peakSamples, totals.bytes);
    }
  }

  /** Later, when the answer that was the last is on its way. */
  readonly #collectGarbage = () => {
    if (this.running === 0) this.#garbage.collect();
  };
}

/** How long somebody waited for the turn, until now if it has not come. */
function waitSeconds({ begunAt = performance.now() }: SharedEvaluation, askedAt: number): number {
  return Math.max(0, begunAt - askedAt) / 1000;
}

/** What was asked and what it took, for the span of the answer. */
function tellSpan(
  kind: QueryKind,
  { db, expr }: Request,
  totals: ReadTotals,
  isJoined = false,
): void {
  activeSpan()?.setAttributes({
    'overseer.query.kind': kind,
    'overseer.query.series': totals.series,
    'overseer.query.samples': totals.samples,
    'overseer.query.bytes': totals.bytes,
    'overseer.query.samples_peak': totals.peakSamples,
    'overseer.query.joined': isJoined,
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
  const known = [...Object.keys(REQUESTS), ...SYNTAX_KINDS];
  if (known.includes(kind)) return kind as QueryKind;
  throw new AnswerError('bad_data', `${subject} is no question; known are ${known.join(', ')}`);
}
