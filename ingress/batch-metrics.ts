import type { Counter, Meter } from '@overseer/shared';
import type { OpenBatch } from './open-batch.ts';

const BYTES_BUCKETS = [1e3, 1e4, 5e4, 1e5, 2e5, 4e5, 6e5, 8e5, 1e6];
const REQUESTS_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** What is told of batches. */
export class BatchMetrics {
  readonly #batches: Counter<'outcome'>;
  readonly #bytes;
  readonly #requests;
  readonly #waitSeconds;
  readonly #publishSeconds;

  constructor(meter: Meter) {
    this.#batches = meter.counterOf(
      'batches_total',
      'Batches published, by outcome: stored, or failed when it is not known whether they are',
      'outcome',
      ['stored', 'failed'],
    );
    this.#bytes = meter.histogram('batch_bytes', 'Bytes of a batch', BYTES_BUCKETS);
    this.#requests = meter.histogram(
      'batch_requests',
      'Requests whose rows are in a batch',
      REQUESTS_BUCKETS,
    );
    this.#waitSeconds = meter.histogram(
      'batch_wait_seconds',
      'Time from the first row of a batch until it was published',
      SECONDS_BUCKETS,
    );
    this.#publishSeconds = meter.histogram(
      'publish_seconds',
      'Time until a batch was acknowledged',
      SECONDS_BUCKETS,
    );
  }

  /** A batch is published now. */
  taken({ openedAt, requests }: OpenBatch, bytes: number): void {
    this.#bytes.observe(bytes);
    this.#requests.observe(requests);
    this.#waitSeconds.observe((performance.now() - openedAt) / 1000);
  }

  /** NATS has answered, or does not. */
  settled(outcome: 'stored' | 'failed', seconds: number): void {
    this.#batches.inc({ outcome });
    this.#publishSeconds.observe(seconds);
  }
}
