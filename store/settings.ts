import {
  bytes,
  duration,
  host,
  integer,
  LOG_SETTINGS,
  oneOf,
  optionalText,
  PARTITIONS_MAX,
  port,
  url,
} from '@overseer/shared';
import { SELF_METRICS_SETTINGS } from '@overseer/shared/self-metrics';

/** Everything that the store takes from the environment; the table in the README is made from this. */
export const STORE_SETTINGS = {
  ...LOG_SETTINGS,
  ...SELF_METRICS_SETTINGS,
  natsUrl: url(
    'NATS_URL',
    'nats://127.0.0.1:4222',
    ['nats', 'tls'],
    'NATS servers, separated by commas',
  ),
  databaseUrl: url(
    'DATABASE_URL',
    'postgres://127.0.0.1:5432/postgres',
    ['postgres', 'postgresql'],
    'PostgreSQL 15 or later',
  ),
  host: host('STORE_HOST', '127.0.0.1', 'address of the store’s health and metrics'),
  port: port('STORE_PORT', 8087, 'port of the store’s health and metrics'),
  partitions: integer(
    'PARTITIONS',
    2,
    { min: 1, max: PARTITIONS_MAX },
    'partitions of the stream, a power of two; read only when the stream is made',
  ),
  replicas: integer(
    'STREAM_REPLICAS',
    1,
    { min: 1, max: 5 },
    'replicas of every stream and bucket',
  ),
  pointsBytesMax: bytes('POINTS_BYTES_MAX', '4GiB', 'size of the stream POINTS; full means 503'),
  deadBytesMax: bytes('DEAD_BYTES_MAX', '256MiB', 'size of the stream of dead letters'),
  replayTailMs: duration('REPLAY_TAIL', '10m', 'how long committed batches stay in the stream'),
  leaseMs: duration('LEASE', '3s', 'how long a silent store keeps its partitions', {
    min: '500ms',
    max: '1h',
  }),
  groupBytesMax: bytes('GROUP_BYTES_MAX', '4MiB', 'batches that one transaction stores', {
    min: '1MiB',
    max: '16MiB',
  }),
  parkedBytesMax: bytes(
    'PARKED_BYTES_MAX',
    '256MiB',
    'points of a partition that wait in PostgreSQL because somebody reads a table that must get a column; beyond it the partition waits',
  ),
  partitionWidthMs: duration(
    'PARTITION_WIDTH',
    '1d',
    'widest time range of a partition near the present; less where much is written',
    { min: '5m', max: '365d' },
  ),
  // For ever, as InfluxDB: what somebody writes of years ago is not to vanish because nobody thought of a setting. The disk is
  // looked after by those below.
  retentionMs: duration(
    'RETENTION',
    '0d',
    'how long points are kept where `overseer retention` says nothing else; 0d: for ever',
  ),
  databaseBytesMax: bytes(
    'DATABASE_BYTES_MAX',
    '0',
    'size of the database at which storing waits, and points fill the stream; 0: no limit',
    { min: '0', max: '1024TiB' },
  ),
  databaseFolder: optionalText(
    'DATABASE_FOLDER',
    'folder on the disk of PostgreSQL, where that is this machine’s: its free space is watched',
    'the path of a folder',
  ),
  databaseFreeBytesMin: bytes(
    'DATABASE_FREE_BYTES_MIN',
    '1GiB',
    'free space of that disk below which storing waits',
  ),
  whenFull: oneOf(
    'DATABASE_WHEN_FULL',
    'wait',
    ['wait', 'drop-oldest'],
    'drop-oldest: from nine tenths of the limit, or twice the free space on, the oldest partitions are removed',
  ),
  queriesMax: integer(
    'QUERIES_MAX',
    8,
    { min: 1, max: 64 },
    'queries that run at once; others wait their turn',
  ),
  queryTimeoutMs: duration(
    'QUERY_TIMEOUT',
    '30s',
    'how long a query may take, waiting included; one may ask for less',
    { min: '100ms', max: '1h' },
  ),
  querySamplesMax: integer(
    'QUERY_SAMPLES_MAX',
    20_000_000,
    { min: 1, max: 10_000_000_000 },
    'samples that one query reads',
  ),
  querySeriesMax: integer(
    'QUERY_SERIES_MAX',
    50_000,
    { min: 1, max: 10_000_000 },
    'series that one selector of a query takes, and that an answer lists',
  ),
  queryBytesMax: bytes(
    'QUERY_BYTES_MAX',
    '1GiB',
    'what one query reads from PostgreSQL; it is not held at once',
  ),
  queriesSamplesMax: integer(
    'QUERIES_SAMPLES_MAX',
    40_000_000,
    { min: 1, max: 10_000_000_000 },
    'samples that all running queries hold together, about 50 bytes each',
  ),
} as const;
