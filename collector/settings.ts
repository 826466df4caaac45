import { duration, text, url } from '@overseer/shared';

/** Everything that the collector takes from the environment. */
export const COLLECTOR_SETTINGS = {
  ingressUrl: url(
    'INGRESS_URL',
    'http://127.0.0.1:8086',
    ['http', 'https'],
    'where the collector writes to',
  ),
  database: text('COLLECTOR_DATABASE', 'host', 'database for the metrics of this machine'),
  intervalMs: duration('COLLECTOR_INTERVAL', '1s', 'how often the collector looks'),
} as const;
