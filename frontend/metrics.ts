import { createMetrics, Meter, type Metrics } from '@overseer/shared';

const REQUEST_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const EVALUATION_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

/** Settings that a request of the query API can be refused for. */
export const API_LIMITS = ['api_requests_max', 'answers_bytes_max'] as const;
export const SIGN_IN_OUTCOMES = ['ok', 'unknown_token', 'refused'] as const;
export const SOCKET_REFUSALS = ['origin', 'limit'] as const;
export const DASHBOARD_OUTCOMES = ['saved', 'deleted', 'conflict'] as const;
export const SUBSCRIPTION_LIMITS = ['subscriptions', 'expressions', 'points'] as const;

export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

/** What is asked whenever the metrics are read. */
export interface FrontendLevels {
  /** 1 or 0. */
  ready(): number;
  apiRequests(): number;
  answersBytes(): number;
  sockets(): number;
  subscriptions(): number;
  expressions(): number;
  points(): number;
  unsentBytes(): number;
  evaluationsWaiting(): number;
  dashboards(): number;
  dashboardsUnreadable(): number;
  tokens(): number;
  /** Changed files of tokens that were wrong, since the start. */
  tokensRefused(): number;
}

/** What levels run up to. */
export interface FrontendLimits {
  readonly apiRequestsMax: number;
  readonly answersBytesMax: number;
  readonly liveSocketsMax: number;
  readonly liveExpressionsMax: number;
  readonly livePointsMax: number;
  readonly liveUnsentBytesMax: number;
  readonly dashboardsMax: number;
  readonly tokensMax: number;
}

/** The metrics of one frontend, as Prometheus reads them. */
export class FrontendMetrics {
  readonly registry: Metrics = createMetrics('frontend');
  readonly #meter = new Meter(this.registry, 'overseer_frontend_');

  readonly requests = this.#meter.counter('requests_total', 'Requests, by route and status', [
    'route',
    'status',
  ]);
  readonly requestSeconds = this.#meter.histogram(
    'request_seconds',
    'Time from a request until its answer began, by route',
    REQUEST_SECONDS_BUCKETS,
    ['route'],
  );
  readonly refusedRequests = this.#meter.counterOf(
    'refused_requests_total',
    'Requests of the query API refused for a limit, by the name of its setting',
    'limit',
    API_LIMITS,
  );
  readonly sharedAnswers = this.#meter.counter(
    'shared_answers_total',
    'Requests of the query API answered with the answer to another one, for the same',
  );
  readonly questions = this.#meter.counter(
    'questions_total',
    'Questions to store and processor, by kind and by outcome: ok, or the kind of error',
    ['kind', 'outcome'],
  );
  readonly questionSeconds = this.#meter.histogram(
    'question_seconds',
    'Time from a question to store or processor to the end of its answer, by kind',
    REQUEST_SECONDS_BUCKETS,
    ['kind'],
  );
  readonly signIns = this.#meter.counterOf(
    'sign_ins_total',
    'Forms to sign in with, by outcome: refused are those of other sites, unreadable ones, and all while there is no secret',
    'outcome',
    SIGN_IN_OUTCOMES,
  );
  readonly dashboardSaves = this.#meter.counterOf(
    'dashboard_saves_total',
    'Dashboards that somebody saved, by outcome: saved, deleted, or in conflict with what another one saved',
    'outcome',
    DASHBOARD_OUTCOMES,
  );
  readonly socketsOpened = this.#meter.counter(
    'live_sockets_opened_total',
    'Live connections that were opened',
  );
  readonly socketsRefused = this.#meter.counterOf(
    'live_sockets_refused_total',
    'Live connections refused: for their origin, or for LIVE_SOCKETS_MAX (limit)',
    'reason',
    SOCKET_REFUSALS,
  );
  readonly subscriptionsRefused = this.#meter.counterOf(
    'live_subscriptions_refused_total',
    'Subscriptions refused, by limit: of a page’s subscriptions, of distinct expressions, of points held',
    'limit',
    SUBSCRIPTION_LIMITS,
  );
  readonly evaluations = this.#meter.counterOf(
    'live_evaluations_total',
    'Evaluations of live expressions, by outcome: ok, or the kind of error',
    'outcome',
    ['ok', 'unavailable', 'timeout', 'limit'],
  );
  readonly evaluationSeconds = this.#meter.histogram(
    'live_evaluation_seconds',
    'Time from asking the store to evaluate a live expression to having its answer',
    EVALUATION_SECONDS_BUCKETS,
  );
  readonly catalogueChecks = this.#meter.counterOf(
    'live_catalogue_checks_total',
    'Times that the catalogue was compared with what it was, by outcome: ok, or the kind of error',
    'outcome',
    ['ok', 'unavailable', 'timeout'],
  );
  readonly messages = this.#meter.counter(
    'live_messages_total',
    'Messages sent to pages, by kind',
    ['kind'],
  );
  readonly messageBytes = this.#meter.counter('live_message_bytes_total', 'Bytes sent to pages');
  readonly heldBack = this.#meter.counter(
    'live_held_back_total',
    'Messages not sent because too much waits for that page, or for all',
  );
  readonly updates = this.#meter.counter('live_updates_total', 'Updates heard from the processor');
  readonly updatesOutdated = this.#meter.counter(
    'live_updates_outdated_total',
    'Messages of a processor that was to tell no more, passed over',
  );
  readonly updateGaps = this.#meter.counter(
    'live_update_gaps_total',
    'Times that updates may have been lost, so that everything was evaluated again',
  );

  constructor(levels: FrontendLevels, limits: FrontendLimits) {
    const meter = this.#meter;
    meter.observedGauge('ready', '1 when NATS is connected', levels.ready);
    meter.observedGauge(
      'api_requests',
      'Requests of the query API being answered',
      levels.apiRequests,
    );
    meter.limit('api_requests', limits.apiRequestsMax);
    meter.observedGauge(
      'answers_bytes',
      'Bytes of answers of the query API in memory',
      levels.answersBytes,
    );
    meter.limit('answers_bytes', limits.answersBytesMax);
    this.#observeLive(levels, limits);
    this.#observeDashboards(levels, limits);
    meter.observedGauge('tokens', 'Tokens that are known', levels.tokens);
    meter.limit('tokens', limits.tokensMax);
    meter.observedCounter(
      'tokens_refused_total',
      'Changed files of tokens that were wrong and changed nothing',
      levels.tokensRefused,
    );
  }

  #observeDashboards(levels: FrontendLevels, limits: FrontendLimits): void {
    const meter = this.#meter;
    meter.observedGauge(
      'dashboards',
      'Dashboards that are kept, deleted ones that can be restored among them',
      levels.dashboards,
    );
    meter.limit('dashboards', limits.dashboardsMax);
    meter.observedGauge(
      'dashboards_unreadable',
      'Dashboards that this release can not read',
      levels.dashboardsUnreadable,
    );
  }

  #observeLive(levels: FrontendLevels, limits: FrontendLimits): void {
    const meter = this.#meter;
    meter.observedGauge('live_sockets', 'Live connections of pages', levels.sockets);
    meter.limit('live_sockets', limits.liveSocketsMax);
    meter.observedGauge('live_subscriptions', 'Charts of all pages', levels.subscriptions);
    meter.observedGauge(
      'live_expressions',
      'Distinct expressions kept up to date',
      levels.expressions,
    );
    meter.limit('live_expressions', limits.liveExpressionsMax);
    meter.observedGauge('live_points', 'Points held for live expressions', levels.points);
    meter.limit('live_points', limits.livePointsMax);
    meter.observedGauge(
      'live_unsent_bytes',
      'Bytes that wait for slow live connections',
      levels.unsentBytes,
    );
    meter.limit('live_unsent_bytes', limits.liveUnsentBytesMax);
    meter.observedGauge(
      'live_evaluations_waiting',
      'Evaluations that wait until others have ended',
      levels.evaluationsWaiting,
    );
  }
}
