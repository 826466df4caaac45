import { createMetrics, Meter, type Metrics } from '@overseer/shared';

const LAG_SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** What the processor tells of itself at /metrics. */
export class ProcessorMetrics {
  readonly registry: Metrics = createMetrics('processor');
  readonly #meter = new Meter(this.registry, 'overseer_processor_');
  readonly events = this.#meter.counter(
    'events_total',
    'Stored events, by what they were to the chain',
    ['step'],
  );
  readonly breaks = this.#meter.counter(
    'breaks_total',
    'Times that following stored events began anew with a snapshot, by reason',
    ['reason'],
  );
  readonly snapshots = this.#meter.counter(
    'snapshots_total',
    'Questions to the store, by outcome',
    ['extent', 'outcome'],
  );
  readonly deletions = this.#meter.counter(
    'deletions_total',
    'Drops and deletions that a store told of',
  );
  readonly updates = this.#meter.counter('updates_total', 'Updates published');
  readonly resets = this.#meter.counter('resets_total', 'Resets published');
  readonly coalesced = this.#meter.counter(
    'coalesced_total',
    'Changes that went into a waiting update',
  );
  readonly floods = this.#meter.counter(
    'floods_total',
    'Times that so many measurements changed at once that a reset took the place of updates',
  );
  readonly leaseChanges = this.#meter.counter(
    'lease_changes_total',
    'Times that this processor came to tell updates (led), or ceased: lost its lease, or could not renew it in time (lapsed)',
    ['change'],
  );
  readonly unsent = this.#meter.counter(
    'unsent_total',
    'Updates and resets given up because NATS was away; a reset follows',
  );
  readonly lagSeconds = this.#meter.histogram(
    'lag_seconds',
    'Time from the commit of points to the publication of their update',
    LAG_SECONDS_BUCKETS,
  );

  /** A gauge that is read when asked for. */
  observe(name: string, help: string, read: () => number): void {
    this.#meter.observedGauge(name, help, read);
  }
}
