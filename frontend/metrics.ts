import { Counter, createMetrics, Gauge, Histogram, type Metrics } from '@overseer/shared';

const REQUEST_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const EVALUATION_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

/** Levels at one moment, and the limits they run up to. */
export interface FrontendLevels {
  readonly ready: boolean;
  readonly apiRequests: number;
  readonly apiRequestsMax: number;
  readonly answersBytes: number;
  readonly answersBytesMax: number;
  readonly sockets: number;
  readonly socketsMax: number;
  readonly subscriptions: number;
  readonly expressions: number;
  readonly expressionsMax: number;
  readonly points: number;
  readonly pointsMax: number;
  readonly unsentBytes: number;
  readonly unsentBytesMax: number;
}

/** The metrics of one frontend, as Prometheus reads them. */
export class FrontendMetrics {
  readonly registry: Metrics = createMetrics('frontend');

  readonly requests = this.#counter('requests_total', 'Requests, by route and status', [
    'route',
    'status',
  ]);
  readonly requestSeconds = new Histogram({
    name: 'overseer_frontend_request_seconds',
    help: 'Time until an answer began, by route',
    labelNames: ['route'],
    buckets: REQUEST_SECONDS_BUCKETS,
    registers: [this.registry],
  });
  readonly socketsRefused = this.#counter(
    'live_sockets_refused_total',
    'Live connections refused',
    ['reason'],
  );
  readonly subscriptionsRefused = this.#counter(
    'live_subscriptions_refused_total',
    'Subscriptions refused, by the limit they ran into',
    ['limit'],
  );
  readonly evaluations = this.#counter(
    'live_evaluations_total',
    'Evaluations of live expressions, by outcome: ok or the kind of error',
    ['outcome'],
  );
  readonly evaluationSeconds = new Histogram({
    name: 'overseer_frontend_live_evaluation_seconds',
    help: 'Time from asking for an evaluation to having its answer',
    buckets: EVALUATION_SECONDS_BUCKETS,
    registers: [this.registry],
  });
  readonly catalogueChecks = this.#counter(
    'live_catalogue_checks_total',
    'Times that the catalogue was compared with what it was, by outcome: ok or the kind of error',
    ['outcome'],
  );
  readonly messages = this.#counter('live_messages_total', 'Messages sent to pages, by kind', [
    'kind',
  ]);
  readonly messageBytes = this.#counter('live_message_bytes_total', 'Bytes sent to pages');
  readonly heldBack = this.#counter(
    'live_held_back_total',
    'Messages not sent because too much waits for this page or for all',
  );
  readonly updates = this.#counter('live_updates_total', 'Updates heard from the processor');
  readonly updatesOutdated = this.#counter(
    'live_updates_outdated_total',
    'Updates passed over because another processor tells by now',
  );
  readonly updateGaps = this.#counter(
    'live_update_gaps_total',
    'Times that updates may have been lost',
  );

  /** @param levels asked whenever the metrics are read */
  constructor(levels: () => FrontendLevels) {
    const gauge = (name: string, help: string, value: (now: FrontendLevels) => number) =>
      this.#gauge(name, help, () => value(levels()));
    gauge('ready', '1 when NATS is connected', (now) => Number(now.ready));
    gauge('api_requests', 'Requests being answered', (now) => now.apiRequests);
    gauge('api_requests_max', 'Limit of api_requests', (now) => now.apiRequestsMax);
    gauge('answers_bytes', 'Bytes of answers in memory', (now) => now.answersBytes);
    gauge('answers_bytes_max', 'Limit of answers_bytes', (now) => now.answersBytesMax);
    gauge('live_sockets', 'Live connections', (now) => now.sockets);
    gauge('live_sockets_max', 'Limit of live_sockets', (now) => now.socketsMax);
    gauge('live_subscriptions', 'Subscriptions of pages', (now) => now.subscriptions);
    gauge('live_expressions', 'Distinct expressions', (now) => now.expressions);
    gauge('live_expressions_max', 'Limit of live_expressions', (now) => now.expressionsMax);
    gauge('live_points', 'Points held for live expressions', (now) => now.points);
    gauge('live_points_max', 'Limit of live_points', (now) => now.pointsMax);
    gauge('live_unsent_bytes', 'Bytes that wait for slow pages', (now) => now.unsentBytes);
    gauge('live_unsent_bytes_max', 'Limit of live_unsent_bytes', (now) => now.unsentBytesMax);
  }

  #counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    const registers = [this.registry];
    return new Counter({ name: `overseer_frontend_${name}`, help, labelNames, registers });
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `overseer_frontend_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(value());
      },
    });
  }
}
