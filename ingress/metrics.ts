import { type Counter, createMetrics, Meter, type Metrics } from '@overseer/shared';
import { LINE_ERROR_CODES } from '@overseer/wasm';
import { BatchMetrics } from './batch-metrics.ts';
import { REFUSAL_REASONS } from './errors.ts';

const SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Of a rejected line that is not among those whose reasons a body's answer lists. */
const UNLISTED = 'unlisted';

/** What is asked whenever the metrics are read. */
export interface IngressLevels {
  /** 1 or 0. */
  ready(): number;
  bodiesBytes(): number;
  clients(): number;
  clientsWaiting(): number;
  turnsWaiting(): number;
  databases(): number;
  /** Of the database that has most. */
  measurements(): number;
  /** Of the database that has most. */
  series(): number;
  /** Series let in that the cache did not hold, since the start. */
  newSeries(): number;
  tokens(): number;
  /** Changed files of tokens that were wrong, since the start. */
  tokensRefused(): number;
  writer(): WriterLevels | undefined;
}

/** What levels run up to. */
export interface IngressLimits {
  readonly bodyBytesMax: number;
  readonly bodyBytesPerSecondMin: number;
  readonly bodiesBytesMax: number;
  readonly linesMax: number;
  readonly publishesMax: number;
  readonly announcementsMax: number;
  readonly databasesMax: number;
  readonly measurementsPerDatabaseMax: number;
  readonly seriesPerDatabaseMax: number;
  readonly newSeriesPerSecondMax: number;
  readonly tokensMax: number;
}

/** Lines of a body; of those refused, not all need be listed. */
interface LinesOutcome {
  readonly accepted: number;
  readonly rejected: number;
  readonly errors: readonly { readonly code: string }[];
}

/** Of one parser and what goes with it; counts begin anew with the next. */
export interface WriterLevels {
  readonly writes: number;
  readonly publishesInFlight: number;
  readonly batchesWaiting: number;
  readonly openBytes: number;
  readonly openRows: number;
  readonly announcementsPending: number;
  readonly parserMemoryBytes: number;
  readonly series: number;
  readonly seriesMax: number;
  readonly seriesBytes: number;
  readonly seriesBytesMax: number;
  readonly cacheResets: number;
  readonly catalogueBytes: number;
  readonly catalogueBytesMax: number;
}

/** The metrics of one ingress, as Prometheus reads them. */
export class IngressMetrics {
  readonly registry: Metrics = createMetrics('ingress');
  readonly #meter = new Meter(this.registry, 'overseer_ingress_');

  readonly requests = this.#meter.counter(
    'requests_total',
    'Requests to write, by dialect and status',
    ['dialect', 'status'],
  );
  readonly requestSeconds = this.#meter.histogram(
    'request_seconds',
    'Time from a request to write to its answer',
    SECONDS_BUCKETS,
  );
  readonly refusedRequests: Counter<'reason'> = this.#meter.counterOf(
    'refused_requests_total',
    'Requests to write that were refused as a whole, by reason: a limit has the name of its setting',
    'reason',
    REFUSAL_REASONS,
  );
  readonly queries = this.#meter.counter(
    'queries_total',
    'Requests to /query, by status; statements that fail are answered 200',
    ['status'],
  );
  readonly receivedBytes = this.#meter.counter(
    'received_bytes_total',
    'Bytes of bodies as they were sent',
  );
  readonly #bodyBytes = this.#meter.counter(
    'body_bytes_total',
    'Bytes of bodies that were parsed, inflated',
  );
  readonly #lines = this.#meter.counter('lines_total', 'Lines accepted');
  readonly #rejectedLines = this.#meter.counterOf(
    'rejected_lines_total',
    'Lines rejected, by reason; of a body with many, those that its answer does not list are unlisted',
    'reason',
    [...LINE_ERROR_CODES, UNLISTED],
  );
  readonly batches = new BatchMetrics(this.#meter);

  /**
   * @param labels of all metrics, beside the service
   */
  constructor(
    levels: IngressLevels,
    limits: IngressLimits,
    labels: Readonly<Record<string, string>>,
  ) {
    this.registry.setDefaultLabels({ service: 'ingress', ...labels });
    this.#observeRequests(levels, limits);
    this.#observeSeries(levels, limits);
    this.#observeWriter(levels.writer, limits);
  }

  /** Counts what became of the lines of a body. */
  countLines({ accepted, rejected, errors }: LinesOutcome, bodyBytes: number): void {
    this.#bodyBytes.inc(bodyBytes);
    this.#lines.inc(accepted);
    for (const { code } of errors) this.#rejectedLines.inc({ reason: code });
    if (rejected > errors.length) {
      this.#rejectedLines.inc({ reason: UNLISTED }, rejected - errors.length);
    }
  }

  #observeRequests(levels: IngressLevels, limits: IngressLimits): void {
    const meter = this.#meter;
    meter.observedGauge('ready', '1 when points are accepted', levels.ready);
    meter.observedGauge('bodies_bytes', 'Bytes of bodies in memory', levels.bodiesBytes);
    meter.limit('bodies_bytes', limits.bodiesBytesMax);
    meter.gauge('body_bytes_max', 'Limit of the bytes of one body').set(limits.bodyBytesMax);
    meter
      .gauge('body_bytes_per_second_min', 'Bytes a second that a body must bring')
      .set(limits.bodyBytesPerSecondMin);
    meter.gauge('body_lines_max', 'Limit of the lines of one body').set(limits.linesMax);
    meter.observedGauge('clients', 'Clients with a request in memory', levels.clients);
    meter.observedGauge(
      'clients_waiting',
      'Clients that wait for their turn',
      levels.clientsWaiting,
    );
    meter.observedGauge('turns_waiting', 'Turns that clients wait for', levels.turnsWaiting);
    meter.observedGauge('tokens', 'Tokens that are known', levels.tokens);
    meter.limit('tokens', limits.tokensMax);
    meter.observedCounter(
      'tokens_refused_total',
      'Times that a changed file of tokens was wrong, and the tokens stayed what they were',
      levels.tokensRefused,
    );
  }

  #observeSeries(levels: IngressLevels, limits: IngressLimits): void {
    const meter = this.#meter;
    meter.observedGauge('databases', 'Databases', levels.databases);
    meter.limit('databases', limits.databasesMax);
    meter.observedGauge(
      'database_measurements',
      'Measurements of the database that has most',
      levels.measurements,
    );
    meter.limit('database_measurements', limits.measurementsPerDatabaseMax);
    meter.observedGauge(
      'database_series',
      'Series of the database that has most, as the store has registered them',
      levels.series,
    );
    meter.limit('database_series', limits.seriesPerDatabaseMax);
    meter.observedCounter(
      'new_series_total',
      'Series let in that the cache did not hold',
      levels.newSeries,
    );
    meter
      .gauge('new_series_per_second_max', 'Limit of the rate of overseer_ingress_new_series_total')
      .set(limits.newSeriesPerSecondMax);
  }

  #observeWriter(writer: () => WriterLevels | undefined, limits: IngressLimits): void {
    const meter = this.#meter;
    const gauge = (name: string, help: string, value: (now: WriterLevels) => number) =>
      meter.observedGauge(name, help, () => {
        const now = writer();
        return now ? value(now) : 0;
      });
    gauge('writes', 'Writes being parsed or waiting', (now) => now.writes);
    gauge('publishes', 'Batches in flight', (now) => now.publishesInFlight);
    meter.limit('publishes', limits.publishesMax);
    gauge('batches_waiting', 'Batches that wait to be published', (now) => now.batchesWaiting);
    gauge('open_bytes', 'Bytes of rows not yet published', (now) => now.openBytes);
    gauge('open_rows', 'Rows not yet published', (now) => now.openRows);
    gauge(
      'announcements',
      'Series whose key the store has not confirmed',
      (now) => now.announcementsPending,
    );
    meter.limit('announcements', limits.announcementsMax);
    gauge('series', 'Series in the cache', (now) => now.series);
    gauge('series_max', 'Limit of overseer_ingress_series', (now) => now.seriesMax);
    gauge('series_bytes', 'Bytes of the series cache', (now) => now.seriesBytes);
    gauge(
      'series_bytes_max',
      'Limit of overseer_ingress_series_bytes',
      (now) => now.seriesBytesMax,
    );
    meter.observedCounter(
      'series_cache_resets_total',
      'Times that the series cache was full and began anew',
      () => writer()?.cacheResets ?? 0,
    );
    gauge('names_bytes', 'Bytes of the names and types of all fields', (now) => now.catalogueBytes);
    gauge(
      'names_bytes_max',
      'Limit of overseer_ingress_names_bytes',
      (now) => now.catalogueBytesMax,
    );
    gauge(
      'parser_memory_bytes',
      'Memory reserved for the parser; what it has used of it is resident',
      (now) => now.parserMemoryBytes,
    );
  }
}
