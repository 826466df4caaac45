import { Counter, createMetrics, Gauge, Histogram, type Metrics } from '@overseer/shared';

const BATCH_BYTES_BUCKETS = [1e3, 1e4, 5e4, 1e5, 2e5, 4e5, 6e5, 8e5, 1e6];
const BATCH_REQUESTS_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const PUBLISH_SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Levels at one moment, and the limits they run up to. */
export interface IngressLevels {
  readonly ready: boolean;
  readonly bodyBytes: number;
  readonly bodyBytesMax: number;
  readonly clients: number;
  readonly clientsWaiting: number;
  readonly writer: WriterLevels | undefined;
}

/** Lines of a body; of those refused, not all need be listed. */
interface LinesOutcome {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: readonly { readonly code: string }[];
}

export interface WriterLevels {
  readonly writes: number;
  readonly publishesInFlight: number;
  readonly publishesInFlightMax: number;
  readonly openBytes: number;
  readonly announcementsPending: number;
  readonly announcementsPendingMax: number;
  readonly parserMemoryBytes: number;
  readonly series: number;
  readonly seriesMax: number;
  readonly seriesBytes: number;
  readonly seriesBytesMax: number;
  readonly cacheResets: number;
}

/** The metrics of one ingress, as Prometheus reads them. */
export class IngressMetrics {
  readonly registry: Metrics = createMetrics('ingress');

  readonly requests = this.#counter('requests_total', 'Requests to write, by status', ['status']);
  readonly bodyBytes = this.#counter('body_bytes_total', 'Bytes of bodies, inflated');
  readonly lines = this.#counter('lines_total', 'Lines accepted');
  readonly rejectedLines = this.#counter('rejected_lines_total', 'Lines refused, by reason', [
    'code',
  ]);
  readonly batches = this.#counter('batches_total', 'Batches published, by outcome', ['outcome']);
  readonly batchBytes = this.#histogram('batch_bytes', 'Bytes of a batch', BATCH_BYTES_BUCKETS);
  readonly batchRequests = this.#histogram(
    'batch_requests',
    'Requests whose rows are in a batch',
    BATCH_REQUESTS_BUCKETS,
  );
  readonly publishSeconds = this.#histogram(
    'publish_seconds',
    'Time until a batch was acknowledged',
    PUBLISH_SECONDS_BUCKETS,
  );

  /**
   * @param levels asked whenever the metrics are read
   * @param labels of all metrics, beside the service
   */
  constructor(levels: () => IngressLevels, labels: Readonly<Record<string, string>>) {
    this.registry.setDefaultLabels({ service: 'ingress', ...labels });
    const gauge = (name: string, help: string, value: (now: IngressLevels) => number | undefined) =>
      this.#gauge(name, help, () => value(levels()));
    gauge('ready', '1 when points are accepted', (now) => Number(now.ready));
    gauge('bodies_bytes', 'Bytes of bodies in memory', (now) => now.bodyBytes);
    gauge('bodies_bytes_max', 'Limit of bodies_bytes', (now) => now.bodyBytesMax);
    gauge('clients', 'Clients with a request in memory', (now) => now.clients);
    gauge('clients_waiting', 'Clients waiting for their turn', (now) => now.clientsWaiting);
    gauge('writes', 'Writes being parsed or waiting', (now) => now.writer?.writes);
    gauge('publishes', 'Batches in flight', (now) => now.writer?.publishesInFlight);
    gauge('publishes_max', 'Limit of publishes', (now) => now.writer?.publishesInFlightMax);
    gauge('open_bytes', 'Bytes of rows not yet published', (now) => now.writer?.openBytes);
    gauge(
      'announcements',
      'Series whose key the store has not confirmed',
      (now) => now.writer?.announcementsPending,
    );
    gauge(
      'announcements_max',
      'Limit of announcements',
      (now) => now.writer?.announcementsPendingMax,
    );
    gauge('series', 'Series in the cache', (now) => now.writer?.series);
    gauge('series_max', 'Limit of series', (now) => now.writer?.seriesMax);
    gauge('series_bytes', 'Bytes of the series cache', (now) => now.writer?.seriesBytes);
    gauge('series_bytes_max', 'Limit of series_bytes', (now) => now.writer?.seriesBytesMax);
    gauge('series_cache_resets', 'Times the cache was full', (now) => now.writer?.cacheResets);
    gauge('parser_memory_bytes', 'Memory of the parser', (now) => now.writer?.parserMemoryBytes);
  }

  /** Counts what became of the lines of a body. */
  countLines({ accepted, rejected, errors }: LinesOutcome, bodyBytes: number): void {
    this.bodyBytes.inc(bodyBytes);
    this.lines.inc(accepted);
    for (const { code } of errors) this.rejectedLines.inc({ code });
    if (rejected > errors.length) {
      this.rejectedLines.inc({ code: 'unlisted' }, rejected - errors.length);
    }
  }

  #counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    const registers = [this.registry];
    return new Counter({ name: `overseer_ingress_${name}`, help, labelNames, registers });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    const registers = [this.registry];
    return new Histogram({ name: `overseer_ingress_${name}`, help, buckets, registers });
  }

  #gauge(name: string, help: string, value: () => number | undefined): void {
    new Gauge({
      name: `overseer_ingress_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(value() ?? 0);
      },
    });
  }
}
