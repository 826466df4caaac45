import { Counter, createMetrics, Gauge, Histogram, type Metrics } from '@overseer/shared';
import type { Plan } from './plan.ts';
import { QueryMetrics } from './queries/query-metrics.ts';

/** What the store tells of itself at /metrics. */
export class StoreMetrics {
  readonly registry: Metrics = createMetrics('store');
  readonly queries = new QueryMetrics(this.registry);
  readonly outages = this.#counter(
    'overseer_store_outages_total',
    'times storing stopped by an outage of NATS or PostgreSQL',
  );
  readonly deadBlocks = new Counter({
    name: 'overseer_store_dead_blocks_total',
    help: 'blocks put into the dead letters',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  readonly deadLettersFull = new Gauge({
    name: 'overseer_store_dead_letters_full',
    help: '1 for each partition that waits for room in the dead letters',
    labelNames: ['partition'],
    registers: [this.registry],
  });
  readonly parkedBlocks = this.#counter(
    'overseer_store_parked_blocks_total',
    'blocks parked because somebody reads a table that must get a column',
  );
  readonly parkedBytes = new Gauge({
    name: 'overseer_store_parked_bytes',
    help: 'bytes of blocks that are parked, of each partition',
    labelNames: ['partition'],
    registers: [this.registry],
  });
  readonly gaps = this.#counter(
    'overseer_store_gaps_total',
    'times the stream no longer had all that a restored PostgreSQL lacks',
  );
  readonly #rows = new Counter({
    name: 'overseer_store_rows_total',
    help: 'rows committed, by path: plain COPY or MERGE',
    labelNames: ['path'],
    registers: [this.registry],
  });
  readonly #bytes = this.#counter(
    'overseer_store_batch_bytes_total',
    'bytes of committed messages',
  );
  readonly #messages = this.#counter('overseer_store_batches_total', 'messages committed');
  readonly #commits = this.#counter('overseer_store_commits_total', 'transactions committed');
  readonly #series = this.#counter('overseer_store_series_registered_total', 'series registered');
  readonly #dropped = this.#counter(
    'overseer_store_rows_dropped_total',
    'rows that were not stored because they are from before a drop',
  );
  readonly #expired = this.#counter(
    'overseer_store_rows_expired_total',
    'rows that were not stored because they are older than what is kept',
  );
  readonly #seconds = new Histogram({
    name: 'overseer_store_commit_seconds',
    help: 'time from taking a group of messages to its commit',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  /** Gauges that are read when asked for. */
  observe(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  committed(plan: Plan, seconds: number): void {
    this.#commits.inc();
    this.#messages.inc(plan.messages);
    this.#bytes.inc(plan.bytes);
    this.#seconds.observe(seconds);
    this.#expired.inc(plan.expired);
    this.#dropped.inc(plan.rowsDropped);
    for (const { event } of plan.tables) {
      this.#rows.inc({ path: 'plain' }, event.rows);
      this.#rows.inc({ path: 'merged' }, event.merged);
      this.#series.inc(event.seriesNew);
    }
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.registry] });
  }
}
