import { createMetrics, Meter, type Metrics } from '@overseer/shared';
import { AdministrationMetrics } from './metrics/administration-metrics.ts';
import { PostgresLevels } from './metrics/postgres-levels.ts';
import { StoringMetrics } from './metrics/storing-metrics.ts';
import { DeadLetterMetrics, ParkingMetrics } from './metrics/waiting-metrics.ts';
import { busyConnections } from './postgres.ts';
import { QueryMetrics } from './queries/query-metrics.ts';

/** What the store tells of itself at /metrics. */
export class StoreMetrics {
  readonly registry: Metrics = createMetrics('store');
  /** For what is only observed. */
  readonly meter = new Meter(this.registry, 'overseer_store_');
  readonly storing = new StoringMetrics(this.meter);
  readonly deadLetters = new DeadLetterMetrics(this.meter);
  readonly parking = new ParkingMetrics(this.meter);
  readonly postgres = new PostgresLevels(this.meter);
  readonly queries = new QueryMetrics(this.meter);
  readonly administration = new AdministrationMetrics(this.meter);

  constructor() {
    this.meter.observedGauges(
      'postgres_connections_busy',
      'Connections to PostgreSQL with a statement under way, by thread of the store',
      'thread',
      () => [
        ['storing', busyConnections()],
        ['queries', this.queries.gauges.connectionsBusy],
        ['administration', this.administration.gauges.connectionsBusy],
      ],
    );
  }
}
