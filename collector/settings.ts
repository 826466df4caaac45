import { duration, LOG_SETTINGS, optionalText, text } from '@overseer/shared';
import { SELF_METRICS_SETTINGS } from '@overseer/shared/self-metrics';

/** Everything that the collector takes from the environment. */
export const COLLECTOR_SETTINGS = {
  ...LOG_SETTINGS,
  ...SELF_METRICS_SETTINGS,
  token: optionalText(
    'INGRESS_TOKEN',
    'token of the collector, where ingress asks for one',
    'a token made by "overseer token create"',
    { secret: true },
  ),
  database: text('COLLECTOR_DATABASE', 'host', 'database for the metrics of this machine'),
  intervalMs: duration('COLLECTOR_INTERVAL', '1s', 'how often the collector looks'),
} as const;
