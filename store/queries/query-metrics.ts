import { Counter, Gauge, Histogram, type Metrics } from '@overseer/shared';
import type { QueryGauges, QueryReport } from './thread-messages.ts';

const NOTHING_YET: QueryGauges = {
  running: 0,
  waiting: 0,
  samplesHeld: 0,
  indexSeries: 0,
  indexRefreshSeconds: 0,
};

/** What the query thread tells of itself at the store's /metrics. */
export class QueryMetrics {
  gauges = NOTHING_YET;
  readonly #queries: Counter;
  readonly #seconds: Histogram;
  readonly #samples: Counter;
  readonly #bytes: Counter;

  constructor(registry: Metrics) {
    const registers = [registry];
    this.#queries = new Counter({
      name: 'overseer_store_queries_total',
      help: 'queries answered, by kind and by outcome: ok, or the kind of error',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'overseer_store_query_seconds',
      help: 'time from the request to the end of its answer',
      labelNames: ['kind'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#samples = new Counter({
      name: 'overseer_store_query_samples_total',
      help: 'samples read by queries',
      registers,
    });
    this.#bytes = new Counter({
      name: 'overseer_store_query_bytes_total',
      help: 'bytes read from PostgreSQL by queries',
      registers,
    });
    this.#observe(registry, 'overseer_store_queries_running', 'queries under way', 'running');
    this.#observe(
      registry,
      'overseer_store_queries_waiting',
      'queries waiting for their turn',
      'waiting',
    );
    this.#observe(
      registry,
      'overseer_store_query_samples_held',
      'samples that queries under way hold, as of the last start or end of one or the last second',
      'samplesHeld',
    );
    this.#observe(
      registry,
      'overseer_store_index_series',
      'series that the label index knows',
      'indexSeries',
    );
    this.#observe(
      registry,
      'overseer_store_index_refresh_seconds',
      'how long the last look for new series took',
      'indexRefreshSeconds',
    );
  }

  answered({ kind, outcome, seconds, samples, bytes }: QueryReport): void {
    this.#queries.inc({ kind, outcome });
    this.#seconds.observe({ kind }, seconds);
    this.#samples.inc(samples);
    this.#bytes.inc(bytes);
  }

  #observe(registry: Metrics, name: string, help: string, gauge: keyof QueryGauges): void {
    const read = () => this.gauges[gauge];
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}
