import { createMetrics, Meter, type Metrics } from '@overseer/shared';

const SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** What the processor tells of itself at /metrics. */
export class ProcessorMetrics {
  readonly registry: Metrics = createMetrics('processor');
  readonly #meter = new Meter(this.registry, 'overseer_processor_');

  readonly events = this.#meter.counterOf(
    'events_total',
    'Stored events, by what they were to the chain: the next step, in its first snapshot already (covered), repeated, or a sign of a gap',
    'step',
    ['next', 'covered', 'repeated', 'gap'],
  );
  readonly breaks = this.#meter.counterOf(
    'breaks_total',
    'Times that following stored events began anew with a snapshot, by reason',
    'reason',
    ['gap', 'lost', 'unreadable', 'reconnect', 'stream'],
  );
  readonly eventSeconds = this.#meter.histogram(
    'event_seconds',
    'Time from the commit of points until this processor knew of it',
    SECONDS_BUCKETS,
  );
  readonly snapshots = this.#meter.counter(
    'snapshots_total',
    'Questions to the store for what it has, by extent and outcome',
    ['extent', 'outcome'],
  );
  readonly deletions = this.#meter.counter(
    'deletions_total',
    'Drops and deletions that a store told of',
  );
  readonly changes = this.#meter.counter(
    'changes_total',
    'Changes of measurements; those of one measurement within 0.1 s are one update',
  );
  readonly coalesced = this.#meter.counter(
    'coalesced_total',
    'Changes that went into an update that waited already',
  );
  readonly updates = this.#meter.counter('updates_total', 'Updates published');
  readonly resets = this.#meter.counter(
    'resets_total',
    'Resets published: everything may have changed',
  );
  readonly floods = this.#meter.counter(
    'floods_total',
    'Times that so many measurements changed at once that a reset took the place of updates',
  );
  readonly leaseChanges = this.#meter.counterOf(
    'lease_changes_total',
    'Times that this processor came to tell updates (led), or ceased: lost its lease, or could not renew it in time (lapsed)',
    'change',
    ['led', 'lost', 'lapsed'],
  );
  readonly unsent = this.#meter.counter(
    'unsent_total',
    'Updates and resets given up because NATS was away; a reset follows',
  );
  readonly lagSeconds = this.#meter.histogram(
    'lag_seconds',
    'Time from the commit of points to the publication of their update',
    SECONDS_BUCKETS,
  );
  readonly answers = this.#meter.counterOf(
    'catalogue_answers_total',
    'Questions for the catalogue, by outcome',
    'outcome',
    ['ok', 'failed'],
  );
  readonly answerSeconds = this.#meter.histogram(
    'catalogue_answer_seconds',
    'Time from a question for the catalogue to the end of its answer',
    SECONDS_BUCKETS,
  );

  /** A gauge that is read when asked for, and what it runs up to. */
  observe(name: string, help: string, read: () => number, max?: number): void {
    this.#meter.observedGauge(name, help, read);
    if (max !== undefined) this.#meter.limit(name, max);
  }
}
