import { createMetrics, Meter, type Metrics } from '@overseer/shared';
import { type Outbox, READINGS_MAX } from './outbox.ts';

/** What is asked whenever the metrics are read. */
type OutboxLevels = Pick<Outbox, 'waitingCount' | 'lostCount' | 'refusedCount'>;

/** What the collector tells of itself; it has no port, so these are written and nothing else. */
export class CollectorMetrics {
  readonly registry: Metrics = createMetrics('collector');
  readonly #meter = new Meter(this.registry, 'overseer_collector_');

  readonly readings = this.#meter.counter('readings_total', 'Readings of the machine');

  constructor(outbox: OutboxLevels) {
    this.#meter.observedCounter(
      'lost_readings_total',
      'Readings that gave way to newer ones because ingress was away for long',
      () => outbox.lostCount,
    );
    this.#meter.observedCounter(
      'refused_requests_total',
      'Requests that ingress refused for good',
      () => outbox.refusedCount,
    );
    this.#meter.observedGauge(
      'readings_waiting',
      'Readings that ingress has not taken yet',
      () => outbox.waitingCount,
    );
    this.#meter.limit('readings_waiting', READINGS_MAX);
  }
}
