import { AnswerError, type Bus, type Logger, type Update } from '@overseer/shared';
import type { Grant } from '@overseer/shared/access';
import type { Visitor } from '../access/visitor.ts';
import { errorAnswer } from '../errors.ts';
import type { FrontendMetrics, SUBSCRIPTION_LIMITS } from '../metrics.ts';
import type { Questions } from '../questions.ts';
import type { FrontendSettings } from '../settings.ts';
import { CatalogueNews } from './catalogue-news.ts';
import { CatalogueWatch } from './catalogue-watch.ts';
import { EvaluationGate } from './evaluation-gate.ts';
import { LiveExpression, type LiveQuestion } from './live-expression.ts';
import { SpanGrid } from './live-grid.ts';
import { LiveSocket, type SocketOwner } from './live-socket.ts';
import { isAllowedOrigin } from './origin.ts';
import { PointsBudget } from './points-budget.ts';
import {
  type DashboardChanged,
  encodeMessage,
  type PageMessage,
  PROTOCOL_VERSION,
  SESSION_ENDED,
  type Subscribe,
} from './protocol.ts';
import { Subscription } from './subscription.ts';
import { UnsentBytes } from './unsent-bytes.ts';
import { UpdatesFeed } from './updates-feed.ts';

/** Of one page: more charts than any screen holds. */
const SUBSCRIPTIONS_MAX = 200;
/** As many as Prometheus gives of one range; four for each pixel of a wide screen. */
const STEPS_MAX = 11_000;
/** Each step costs an evaluation when it begins, of some milliseconds. */
const STEP_MIN_MS = 1000;
/** The store answers eight questions at once; half of that is left to queries. */
const EVALUATIONS_AT_ONCE = 4;
const HELLO_INTERVAL_MS = 1000;
/** Of the WebSocket protocol: the server is going away. */
const GOING_AWAY = 1001;

export interface LiveTiming {
  /** How long an expression that nobody watches is kept up to date: somebody may come back to it. */
  readonly unwatchedMs: number;
  /** How often the catalogue is asked for, to see whether it has changed. */
  readonly catalogueIntervalMs: number;
}

const LIVE_TIMING: LiveTiming = { unwatchedMs: 30_000, catalogueIntervalMs: 30_000 };

type LimitName = (typeof SUBSCRIPTION_LIMITS)[number];

interface Watched {
  readonly key: string;
  readonly expression: LiveExpression;
  /** Runs while nobody watches. */
  closing: ReturnType<typeof setTimeout> | undefined;
}

interface Placed {
  readonly watched: Watched;
  readonly subscription: Subscription;
}

/** All live connections, and the expressions that they watch. */
export class LiveHub implements SocketOwner {
  readonly #settings: FrontendSettings;
  readonly #metrics: FrontendMetrics;
  readonly #context;
  readonly #budget: PointsBudget;
  readonly #unsent: UnsentBytes;
  readonly #feed: UpdatesFeed;
  readonly #sockets = new Map<LiveSocket, Map<number, Placed>>();
  readonly #expressions = new Map<string, Watched>();
  readonly #news = new CatalogueNews((db) => this.#tellCatalogue(db));
  readonly #catalogueWatch: CatalogueWatch;
  readonly #timing: LiveTiming;
  readonly #hello: ReturnType<typeof setInterval>;
  #unlisten: (() => void) | undefined;

  constructor(
    settings: FrontendSettings,
    questions: Questions,
    metrics: FrontendMetrics,
    log: Logger,
    timing: Partial<LiveTiming> = {},
  ) {
    this.#settings = settings;
    this.#timing = { ...LIVE_TIMING, ...timing };
    this.#metrics = metrics;
    this.#budget = new PointsBudget(settings.livePointsMax);
    this.#unsent = new UnsentBytes(settings.liveUnsentBytesMax);
    this.#context = {
      questions,
      metrics,
      budget: this.#budget,
      gate: new EvaluationGate(EVALUATIONS_AT_ONCE),
      onBug: (err: unknown) => log.error({ err }, 'a live expression could not be evaluated'),
    };
    this.#catalogueWatch = new CatalogueWatch({
      questions,
      metrics,
      intervalMs: this.#timing.catalogueIntervalMs,
      onChange: (db) => this.#news.note(db),
      onBug: (err) => log.error({ err }, 'the catalogue could not be compared'),
    });
    const listener = {
      onUpdate: (update: Update) => this.#onUpdate(update),
      onGap: () => this.#onGap(),
      onOutdated: () => this.#metrics.updatesOutdated.inc(),
    };
    this.#feed = new UpdatesFeed(listener, log);
    this.#hello = setInterval(() => this.#sayHello(), HELLO_INTERVAL_MS);
  }

  get levels() {
    let subscriptions = 0;
    for (const placed of this.#sockets.values()) subscriptions += placed.size;
    return {
      sockets: this.#sockets.size,
      subscriptions,
      expressions: this.#expressions.size,
      points: this.#budget.points,
      unsentBytes: this.#unsent.bytes,
      evaluationsWaiting: this.#context.gate.waiting,
    };
  }

  /** Listens to updates. */
  start(bus: Bus): void {
    this.#unlisten = this.#feed.start(bus);
  }

  stop(): void {
    this.#unlisten?.();
    clearInterval(this.#hello);
    this.#news.stop();
    this.#catalogueWatch.stop();
    for (const socket of this.#sockets.keys()) socket.close(GOING_AWAY, 'the server is stopping');
    for (const watched of [...this.#expressions.values()]) this.#close(watched);
  }

  /** Why a request may not open a live connection; undefined when it may. */
  refusal(request: Request): Response | undefined {
    if (!isAllowedOrigin(request, this.#settings.allowedOrigins ?? [])) {
      this.#metrics.socketsRefused.inc({ reason: 'origin' });
      return new Response(
        'pages of other origins may not connect; ALLOWED_ORIGINS lists those that may\n',
        { status: 403 },
      );
    }
    if (this.#sockets.size < this.#settings.liveSocketsMax) return undefined;
    this.#metrics.socketsRefused.inc({ reason: 'limit' });
    const { liveSocketsMax } = this.#settings;
    return errorAnswer(
      new AnswerError(
        'unavailable',
        `LIVE_SOCKETS_MAX, ${liveSocketsMax} pages, are connected already`,
      ),
    );
  }

  newSocket(visitor: Visitor): LiveSocket {
    return new LiveSocket(visitor, this, this.#metrics, this.#unsent);
  }

  /** Ends connections of those who may no longer read what they were allowed to. */
  dismiss(isGone: (grant: Grant) => boolean): void {
    for (const socket of this.#sockets.keys()) {
      if (isGone(socket.visitor.grant)) socket.close(SESSION_ENDED, 'the token has changed');
    }
  }

  opened(socket: LiveSocket): void {
    this.#metrics.socketsOpened.inc();
    this.#sockets.set(socket, new Map());
    this.#catalogueWatch.watch();
    socket.sendEncoded('hello', helloNow());
  }

  closed(socket: LiveSocket): void {
    const placed = this.#sockets.get(socket);
    this.#sockets.delete(socket);
    if (this.#sockets.size === 0) this.#catalogueWatch.rest();
    for (const { watched, subscription } of placed?.values() ?? []) {
      this.#leave(watched, subscription);
    }
  }

  heard(socket: LiveSocket, message: PageMessage): void {
    const placed = this.#sockets.get(socket);
    if (!placed) return;
    const before = placed.get(message.id);
    placed.delete(message.id);
    // It is kept up to date for a while, also for the case that the same is wanted again.
    if (before) this.#leave(before.watched, before.subscription);
    if (message.kind === 'subscribe') this.#subscribe(socket, placed, message);
  }

  drained(socket: LiveSocket): void {
    for (const { watched, subscription } of this.#sockets.get(socket)?.values() ?? []) {
      if (!subscription.isFollowing) watched.expression.sendAgain(subscription);
    }
  }

  #subscribe(socket: LiveSocket, placed: Map<number, Placed>, message: Subscribe): void {
    const { id, db, expr, stepMs, fineStepMs } = message;
    checkReadable(socket, db);
    const steps = stepsOf(message);
    if (placed.size >= SUBSCRIPTIONS_MAX) {
      throw this.#limit('subscriptions', `a page may watch ${SUBSCRIPTIONS_MAX} expressions`);
    }
    const watched = this.#watch({ db, expr, stepMs, ...(fineStepMs && { fineStepMs }) });
    const subscription = new Subscription(id, steps, socket);
    try {
      watched.expression.subscribe(subscription);
    } catch (error) {
      this.#metrics.subscriptionsRefused.inc({ limit: 'points' satisfies LimitName });
      this.#leave(watched, subscription);
      throw error;
    }
    placed.set(id, { watched, subscription });
  }

  /** The expression, made if nobody watches it yet. @throws AnswerError limit */
  #watch(question: LiveQuestion): Watched {
    const key = JSON.stringify([question.db, question.expr, question.stepMs, question.fineStepMs]);
    let watched = this.#expressions.get(key);
    if (!watched) {
      this.#makeRoom();
      const expression = new LiveExpression(question, this.#context);
      watched = { key, expression, closing: undefined };
      this.#expressions.set(key, watched);
    }
    clearTimeout(watched.closing);
    watched.closing = undefined;
    return watched;
  }

  /** Gives up an expression that nobody watches, when there are too many. @throws AnswerError limit */
  #makeRoom(): void {
    const { liveExpressionsMax } = this.#settings;
    if (this.#expressions.size < liveExpressionsMax) return;
    for (const watched of this.#expressions.values()) {
      if (watched.closing === undefined) continue;
      this.#close(watched);
      return;
    }
    throw this.#limit(
      'expressions',
      `LIVE_EXPRESSIONS_MAX, ${liveExpressionsMax} expressions, are watched already; close other charts`,
    );
  }

  #limit(limit: LimitName, message: string): AnswerError {
    this.#metrics.subscriptionsRefused.inc({ limit });
    return new AnswerError('limit', message);
  }

  #leave(watched: Watched, subscription: Subscription): void {
    watched.expression.unsubscribe(subscription);
    if (watched.expression.subscriptions > 0) return;
    clearTimeout(watched.closing);
    // It may be closed already: when everything stops, the connections end last.
    if (!this.#expressions.has(watched.key)) return;
    watched.closing = setTimeout(() => this.#close(watched), this.#timing.unwatchedMs);
  }

  #close(watched: Watched): void {
    clearTimeout(watched.closing);
    this.#expressions.delete(watched.key);
    watched.expression.close();
  }

  #onUpdate(update: Update): void {
    this.#metrics.updates.inc();
    for (const { expression } of this.#expressions.values()) expression.onUpdate(update);
    if (update.fieldsNew || update.seriesNew > 0) this.#news.note(update.db);
  }

  #onGap(): void {
    this.#metrics.updateGaps.inc();
    this.#news.note(this.#settings.defaultDatabase);
    for (const { expression } of this.#expressions.values()) {
      expression.evaluateAll();
      this.#news.note(expression.db);
    }
  }

  #tellCatalogue(db: string): void {
    const bytes = encodeMessage({ kind: 'catalogue', db });
    for (const socket of this.#sockets.keys()) {
      if (socket.visitor.grant.may('read', db)) socket.sendEncoded('catalogue', bytes);
    }
  }

  /** Tells pages that a dashboard was saved, as far as they may read its database. */
  tellDashboard(saved: Omit<DashboardChanged, 'kind'> & { readonly db: string }): void {
    const { id, revision, db } = saved;
    const bytes = encodeMessage({ kind: 'dashboard', id, revision });
    for (const socket of this.#sockets.keys()) {
      if (socket.visitor.grant.may('read', db)) socket.sendEncoded('dashboard', bytes);
    }
  }

  #sayHello(): void {
    const bytes = helloNow();
    const nowMs = Date.now();
    for (const socket of this.#sockets.keys()) {
      if (socket.visitor.expiresAtMs <= nowMs) {
        socket.close(SESSION_ENDED, 'the session has ended');
      } else socket.greet(bytes);
    }
  }
}

function helloNow(): Uint8Array<ArrayBuffer> {
  return encodeMessage({ kind: 'hello', version: PROTOCOL_VERSION, nowMs: Date.now() });
}

/** @throws AnswerError bad_data for a database that whoever opened the connection may not read */
function checkReadable({ visitor: { grant } }: LiveSocket, database: string): void {
  if (grant.may('read', database)) return;
  const words = `the token named ${JSON.stringify(grant.name)} may not read database ${JSON.stringify(database)}`;
  throw new AnswerError('bad_data', words);
}

/** From the step that the range begins in to the one that is up to a step ahead of now. @throws AnswerError bad_data */
function stepsOf({ stepMs, rangeMs, fineStepMs }: Subscribe): number {
  if (stepMs < STEP_MIN_MS) {
    throw new AnswerError('bad_data', `stepMs is ${stepMs}; valid is ${STEP_MIN_MS} or more`);
  }
  if (fineStepMs !== undefined) checkFineStep(stepMs, fineStepMs);
  const wanted = Math.ceil(rangeMs / stepMs) + 2;
  // Of a span both steps.
  const steps = fineStepMs === undefined ? wanted : wanted + (wanted % 2);
  if (steps > STEPS_MAX) {
    throw new AnswerError(
      'bad_data',
      `rangeMs is ${rangeMs}, ${steps} steps of ${stepMs} ms; valid are ${STEPS_MAX} steps at the most`,
    );
  }
  // The slot of a step is its remainder: there is none for steps below 0.
  if (steps * stepMs <= Date.now()) return steps;
  throw new AnswerError(
    'bad_data',
    `${steps} steps of ${stepMs} ms reach back beyond 1970; choose a smaller rangeMs or stepMs`,
  );
}

/** @throws AnswerError bad_data */
function checkFineStep(stepMs: number, fineStepMs: number): void {
  if (fineStepMs >= STEP_MIN_MS && SpanGrid.fits(stepMs, fineStepMs)) return;
  throw new AnswerError(
    'bad_data',
    `fineStepMs is ${fineStepMs}; valid is ${STEP_MIN_MS} or more that divides two steps of ${stepMs} ms, at least three times`,
  );
}
