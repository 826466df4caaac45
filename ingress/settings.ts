import { bytes, host, integer, port, url } from '@overseer/shared';

/** Every setting of ingress; the table in the README is made of this. */
export const INGRESS_SETTINGS = {
  natsUrl: url(
    'NATS_URL',
    'nats://127.0.0.1:4222',
    ['nats', 'tls'],
    'NATS servers with JetStream, separated by commas',
  ),
  host: host('INGRESS_HOST', '127.0.0.1', 'address that ingress listens on'),
  port: port('INGRESS_PORT', 8086, 'port that ingress listens on; 0: any free one'),
  bodyBytesMax: bytes(
    'BODY_BYTES_MAX',
    '32MiB',
    'largest body of a request, compressed and inflated; a larger one is answered 413',
  ),
  bodiesBytesMax: bytes(
    'BODIES_BYTES_MAX',
    '128MiB',
    'bodies of all requests in memory together; beyond it requests are answered 503',
  ),
  coalesceMs: integer(
    'COALESCE_MS',
    2,
    { min: 0, max: 1000 },
    'milliseconds that the first row of a batch waits for more',
  ),
  publishInFlightMax: integer(
    'PUBLISH_IN_FLIGHT_MAX',
    16,
    { min: 1, max: 256 },
    'batches sent to NATS and not yet acknowledged; beyond it batches wait and grow',
  ),
  measurementsPerDatabaseMax: integer(
    'MEASUREMENTS_PER_DATABASE_MAX',
    10_000,
    { min: 1, max: 1_000_000 },
    'measurements that a database may have; lines of further ones are refused',
  ),
} as const;
