import {
  bytes,
  duration,
  host,
  integer,
  LOG_SETTINGS,
  oneOf,
  port,
  readSettings,
  SettingError,
  type Settings,
  url,
} from '@overseer/shared';
import { ACCESS_SETTINGS, certificatePaths, checkExposure } from '@overseer/shared/access';
import { SELF_METRICS_SETTINGS } from '@overseer/shared/self-metrics';
import { PARSER_LIMITS, type ParserLimits } from '@overseer/wasm';
import { DATABASE_NAMES_MAX } from './declared-databases.ts';
import { FIELDS_PER_MEASUREMENT_MAX } from './schema.ts';

const MEBIBYTE = 1024 ** 2;
const SERIES_CACHE_BYTES = { min: MEBIBYTE, max: 512 * MEBIBYTE };

/** Every setting of ingress; the table in the README is made of this. */
export const INGRESS_SETTINGS = {
  ...LOG_SETTINGS,
  ...SELF_METRICS_SETTINGS,
  natsUrl: url(
    'NATS_URL',
    'nats://127.0.0.1:4222',
    ['nats', 'tls'],
    'NATS servers with JetStream, separated by commas',
  ),
  host: host('INGRESS_HOST', '127.0.0.1', 'address that ingress listens on'),
  port: port('INGRESS_PORT', 8086, 'port that ingress listens on; 0: any free one'),
  workers: integer(
    'INGRESS_WORKERS',
    1,
    { min: 1, max: 64 },
    'processes that share the port of ingress; each has one core and its own limits of memory',
  ),
  ...ACCESS_SETTINGS,
  bodyBytesMax: bytes(
    'BODY_BYTES_MAX',
    '32MiB',
    'largest body of a request, compressed and inflated; a larger one is answered 413',
  ),
  bodiesBytesMax: bytes(
    'BODIES_BYTES_MAX',
    '128MiB',
    'memory for all bodies together, shared among clients; beyond it requests are answered 503',
  ),
  bodyBytesPerSecondMin: bytes(
    'BODY_BYTES_PER_SECOND_MIN',
    '16KiB',
    'bytes a second that a body must bring; a slower one is answered 503 after 10 s or some more',
  ),
  // 32 clients with 10 lines a request, medians of three: 2,700 requests/s with 0, 2,900 with 1, 2,000 with 2, 1,800 with 5. Longer
  // waits hardly made fewer batches: what the disk takes to sync one collects the next.
  coalesceMs: integer(
    'COALESCE_MS',
    1,
    { min: 0, max: 1000 },
    'milliseconds that the first row of a batch waits for more',
  ),
  // A small write waits behind these. Behind 4 MB bodies, median and 99th percentile were 35 and 140 ms with 16, 10 and 33 with 2; two
  // partitions lost no throughput with 4: one batch of each is on its way while another is synced.
  publishInFlightMax: integer(
    'PUBLISH_IN_FLIGHT_MAX',
    4,
    { min: 1, max: 256 },
    'batches on their way to NATS and back; beyond it others wait and grow',
  ),
  seriesCacheBytesMax: bytes(
    'SERIES_CACHE_BYTES_MAX',
    '256MiB',
    'memory for the series seen lately, about 0.5 KiB each; when full it starts over',
  ),
  measurementsPerDatabaseMax: integer(
    'MEASUREMENTS_PER_DATABASE_MAX',
    10_000,
    { min: 1, max: 1_000_000 },
    'measurements that a database may have; lines of further ones are refused',
  ),
  fieldsPerMeasurementMax: integer(
    'FIELDS_PER_MEASUREMENT_MAX',
    FIELDS_PER_MEASUREMENT_MAX,
    { min: 1, max: FIELDS_PER_MEASUREMENT_MAX },
    'fields that a measurement may have; lines with further ones are refused',
  ),
  linesMax: integer(
    'LINES_MAX',
    2_000_000,
    { min: 1, max: 100_000_000 },
    'lines that a body may have; those behind them are refused',
  ),
  // Batches have room for one longest line on top of their target, so these can be lowered only.
  lineBytesMax: integer(
    'LINE_BYTES_MAX',
    PARSER_LIMITS.lineBytesMax,
    { min: 1024, max: PARSER_LIMITS.lineBytesMax },
    'bytes of a line, newlines in its strings included; a longer one is refused',
  ),
  seriesKeyBytesMax: integer(
    'SERIES_KEY_BYTES_MAX',
    PARSER_LIMITS.seriesKeyBytesMax,
    { min: 64, max: PARSER_LIMITS.seriesKeyBytesMax },
    'bytes of database, measurement and tags of a line together; a longer key is refused',
  ),
  stringBytesMax: integer(
    'STRING_BYTES_MAX',
    PARSER_LIMITS.stringBytesMax,
    { min: 1, max: PARSER_LIMITS.stringBytesMax },
    'bytes of a string value; a longer one is refused',
  ),
  timesAheadMaxMs: duration(
    'TIMES_AHEAD_MAX',
    '1d',
    'how far ahead of the clock a timestamp may be; later ones are refused',
  ),
  timesBehindMaxMs: duration(
    'TIMES_BEHIND_MAX',
    '0d',
    'how far behind the clock a timestamp may be; earlier ones are refused; 0d: any time',
  ),
  // The store keeps ten million in memory, of all databases together.
  seriesPerDatabaseMax: integer(
    'SERIES_PER_DATABASE_MAX',
    5_000_000,
    { min: 1, max: 1_000_000_000 },
    'series that a database may have; lines of further ones are refused',
  ),
  dropDatabase: oneOf(
    'DROP_DATABASE',
    'off',
    ['off', 'on'],
    'on: who may write to a database may drop it and its measurements, by statements of /query',
  ),
  newSeriesPerSecondMax: integer(
    'NEW_SERIES_PER_SECOND_MAX',
    100_000,
    { min: 1, max: 1_000_000_000 },
    'new series a second, ten times as many at once; beyond it points of new ones are answered 503',
  ),
} as const;

export type IngressSettings = Settings<typeof INGRESS_SETTINGS>;

/**
 * The settings, from the environment.
 * @throws SettingError for values that are invalid, alone or together
 */
export function readIngressSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): IngressSettings {
  const settings = readSettings(INGRESS_SETTINGS, environment);
  checkExposure(settings, 'INGRESS_HOST');
  certificatePaths(settings);
  const { bodyBytesMax, bodiesBytesMax, seriesCacheBytesMax } = settings;
  if (bodiesBytesMax < 3 * bodyBytesMax) {
    throw new SettingError(
      `BODIES_BYTES_MAX is ${bodiesBytesMax} bytes; valid is three times BODY_BYTES_MAX or more, ` +
        `${3 * bodyBytesMax}, so that a compressed body finds room and what it inflates to, and others too`,
    );
  }
  const { min, max } = SERIES_CACHE_BYTES;
  if (seriesCacheBytesMax < min || seriesCacheBytesMax > max) {
    throw new SettingError(
      `SERIES_CACHE_BYTES_MAX is ${seriesCacheBytesMax} bytes; valid is 1MiB to 512MiB, such as 256MiB`,
    );
  }
  return settings;
}

/** The limits that the settings give the parser. */
export function parserLimits(settings: IngressSettings): Partial<ParserLimits> {
  return {
    databasesMax: DATABASE_NAMES_MAX,
    fieldsMax: settings.fieldsPerMeasurementMax,
    lineBytesMax: settings.lineBytesMax,
    seriesKeyBytesMax: settings.seriesKeyBytesMax,
    stringBytesMax: settings.stringBytesMax,
    measurementsMax: settings.measurementsPerDatabaseMax,
    seriesBytesMax: settings.seriesCacheBytesMax,
  };
}

/** What a worker is told instead of the settings of all of them. Memory is each worker's own; what protects the store is dealt out. */
export function shareOfWorker({
  workers,
  newSeriesPerSecondMax,
}: IngressSettings): Record<string, string> {
  return {
    INGRESS_WORKERS: '1',
    NEW_SERIES_PER_SECOND_MAX: String(Math.ceil(newSeriesPerSecondMax / workers)),
  };
}
