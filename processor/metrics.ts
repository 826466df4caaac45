import { Counter, createMetrics, Gauge, Histogram, type Metrics } from '@overseer/shared';

const LAG_SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** What the processor tells of itself at /metrics. */
export class ProcessorMetrics {
  readonly registry: Metrics = createMetrics('processor');
  readonly events = this.#counter('events_total', 'stored events, by what they were to the chain', [
    'step',
  ]);
  readonly breaks = this.#counter(
    'breaks_total',
    'times that following stored events began anew with a snapshot, by reason',
    ['reason'],
  );
  readonly snapshots = this.#counter('snapshots_total', 'questions to the store, by outcome', [
    'extent',
    'outcome',
  ]);
  readonly deletions = this.#counter('deletions_total', 'drops and deletions that a store told of');
  readonly updates = this.#counter('updates_total', 'updates published');
  readonly resets = this.#counter('resets_total', 'resets published');
  readonly coalesced = this.#counter('coalesced_total', 'changes that went into a waiting update');
  readonly floods = this.#counter(
    'floods_total',
    'times that so many measurements changed at once that a reset took the place of updates',
  );
  readonly leaseChanges = this.#counter(
    'lease_changes_total',
    'times that this processor came to tell updates (led), or ceased: lost its lease, or could not renew it in time (lapsed)',
    ['change'],
  );
  readonly unsent = this.#counter(
    'unsent_total',
    'updates and resets given up because NATS was away; a reset follows',
  );
  readonly lagSeconds = new Histogram({
    name: 'overseer_processor_lag_seconds',
    help: 'time from the commit of points to the publication of their update',
    buckets: LAG_SECONDS_BUCKETS,
    registers: [this.registry],
  });

  /** A gauge that is read when asked for. */
  observe(name: string, help: string, read: () => number): void {
    new Gauge({
      name: `overseer_processor_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    const registers = [this.registry];
    return new Counter({ name: `overseer_processor_${name}`, help, labelNames, registers });
  }
}
