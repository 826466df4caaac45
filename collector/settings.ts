import { duration, LOG_SETTINGS, optionalText, text, url } from '@overseer/shared';

/** Everything that the collector takes from the environment. */
export const COLLECTOR_SETTINGS = {
  ...LOG_SETTINGS,
  ingressUrl: url(
    'INGRESS_URL',
    'http://127.0.0.1:8086',
    ['http', 'https'],
    'where the collector writes to',
  ),
  token: optionalText(
    'INGRESS_TOKEN',
    'token of the collector, where ingress asks for one',
    'a token made by "overseer token create"',
    { secret: true },
  ),
  database: text('COLLECTOR_DATABASE', 'host', 'database for the metrics of this machine'),
  intervalMs: duration('COLLECTOR_INTERVAL', '1s', 'how often the collector looks'),
} as const;
