import type { Counter, Histogram, Meter } from '@overseer/shared';
import { WINDOW_READINGS, type WindowReading } from '../blocks/window-reader.ts';
import { QUERY_LIMITS } from '../query-limit.ts';
import type { ReadTotals } from './query-budget.ts';
import { QUERIES_WAITING_MAX } from './query-slots.ts';
import type { QueryGauges, QueryReport, QuerySettings } from './thread-messages.ts';

const SECONDS_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
const PEAK_SAMPLES_BUCKETS = [0, 1e2, 1e3, 1e4, 1e5, 1e6, 5e6, 1e7, 2e7, 4e7];
const REFRESH_SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

const NOTHING_YET: QueryGauges = {
  running: 0,
  waiting: 0,
  samplesHeld: 0,
  indexSeries: 0,
  indexTexts: 0,
  indexBytes: 0,
  connectionsBusy: 0,
};

/** What the query thread tells of itself at the store's /metrics. */
export class QueryMetrics {
  gauges = NOTHING_YET;
  readonly #meter: Meter;
  readonly #queries: Counter<'kind' | 'outcome'>;
  readonly #joined: Counter;
  readonly #limits: Counter<'limit'>;
  readonly #seconds: Histogram<'kind' | 'outcome'>;
  readonly #waitSeconds: Histogram;
  readonly #series: Counter;
  readonly #samples: Counter;
  readonly #bytes: Counter;
  readonly #peakSamples: Histogram;
  readonly #windowReadings: Counter<'read'>;
  readonly #refreshSeconds: Histogram;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#queries = meter.counter(
      'queries_total',
      'Queries answered, by kind and by outcome: ok, or the kind of error',
      ['kind', 'outcome'],
    );
    this.#joined = meter.counter(
      'queries_joined_total',
      'Queries answered by the evaluation of another one, which asked the same and was still waiting for its turn',
    );
    this.#limits = meter.counterOf(
      'query_limits_total',
      'Queries that reached a limit, by the name of its setting, or by what was too much; asked: the limit was that of the question',
      'limit',
      QUERY_LIMITS,
    );
    this.#seconds = meter.histogram(
      'query_seconds',
      'Time from a question to the end of its answer, by kind and outcome',
      SECONDS_BUCKETS,
      ['kind', 'outcome'],
    );
    this.#waitSeconds = meter.histogram(
      'query_wait_seconds',
      'Time that a query waited for its turn',
      SECONDS_BUCKETS,
    );
    this.#series = meter.counter('query_series_total', 'Series selected by queries');
    this.#samples = meter.counter('query_samples_total', 'Samples read by queries');
    this.#bytes = meter.counter('query_bytes_total', 'Bytes read from PostgreSQL by queries');
    this.#peakSamples = meter.histogram(
      'query_peak_samples',
      'The most samples, or what takes as much memory, that a query held at once',
      PEAK_SAMPLES_BUCKETS,
    );
    this.#windowReadings = meter.counterOf(
      'query_window_readings_total',
      'Measurements read for windows that do not overlap, by what was read: aggregated (the windows, made by PostgreSQL), or samples, because windows would have few (sparse) or were not sure to be right (doubtful)',
      'read',
      WINDOW_READINGS,
    );
    this.#refreshSeconds = meter.histogram(
      'index_refresh_seconds',
      'Time of a look for new series, one a second',
      REFRESH_SECONDS_BUCKETS,
    );
    this.#observe('queries_running', 'Queries under way', 'running');
    this.#observe('queries_waiting', 'Queries that wait for their turn', 'waiting');
    this.#observe(
      'query_samples_held',
      'Samples that queries under way hold, as of the last start or end of one or the last second',
      'samplesHeld',
    );
    this.#observe('index_series', 'Series that the label index knows', 'indexSeries');
    this.#observe('index_texts', 'Distinct texts of the label index', 'indexTexts');
    this.#observe('index_bytes', 'Bytes of the label index, without its texts', 'indexBytes');
  }

  /** Tells what the figures run up to. */
  showLimits(settings: QuerySettings): void {
    const meter = this.#meter;
    meter.limit('queries_running', settings.queriesMax);
    meter.limit('queries_waiting', QUERIES_WAITING_MAX);
    meter.limit('query_samples_held', settings.queriesSamplesMax);
    const ofOne = (name: string, help: string, max: number) =>
      meter.gauge(`query_${name}_max`, help).set(max);
    ofOne('samples', 'Limit of the samples of one query', settings.querySamplesMax);
    ofOne('series', 'Limit of the series of one selector', settings.querySeriesMax);
    ofOne('bytes', 'Limit of the bytes of one query', settings.queryBytesMax);
    ofOne('seconds', 'Limit of the time of one query', settings.queryTimeoutMs / 1000);
  }

  answered(report: QueryReport): void {
    const { kind, outcome, limit, isJoined, seconds, waitSeconds } = report;
    this.#queries.inc({ kind, outcome });
    if (limit !== undefined) this.#limits.inc({ limit });
    this.#seconds.observe({ kind, outcome }, seconds);
    this.#waitSeconds.observe(waitSeconds);
    if (isJoined) this.#joined.inc();
  }

  /** A question was refused because too many are under way: it is no query yet. */
  refused(): void {
    this.#limits.inc({ limit: 'questions' });
  }

  /** What was read for several who asked the same was read once. */
  evaluated({ series, samples, bytes, peakSamples }: ReadTotals): void {
    this.#peakSamples.observe(peakSamples);
    this.#series.inc(series);
    this.#samples.inc(samples);
    this.#bytes.inc(bytes);
  }

  /** A measurement was read for windows that do not overlap. */
  readWindows(read: WindowReading): void {
    this.#windowReadings.inc({ read });
  }

  /** The label index was looked after. */
  refreshed(seconds: number): void {
    this.#refreshSeconds.observe(seconds);
  }

  #observe(name: string, help: string, gauge: keyof QueryGauges): void {
    this.#meter.observedGauge(name, help, () => this.gauges[gauge]);
  }
}
