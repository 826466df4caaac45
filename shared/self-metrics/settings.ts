import { duration, oneOf, optionalText, type Setting, type Settings, url } from '../settings.ts';

const selfMetricsUrl: Setting<string | undefined> = url(
  'SELF_METRICS_URL',
  undefined,
  ['http', 'https'],
  'where own metrics are written to, unless to INGRESS_URL, or by ingress to itself',
);

/** Where programs find ingress. */
export const INGRESS_URL_SETTING = url(
  'INGRESS_URL',
  'http://127.0.0.1:8086',
  ['http', 'https'],
  'where the collector writes to, and services their own metrics',
);

/** What every service takes from the environment for its own metrics. */
export const SELF_METRICS_SETTINGS = {
  selfMetrics: oneOf(
    'SELF_METRICS',
    'on',
    ['on', 'off'],
    'whether services write their own metrics into the database _overseer',
  ),
  selfMetricsUrl,
  selfMetricsToken: optionalText(
    'SELF_METRICS_TOKEN',
    'token for own metrics, where ingress asks for one; with the right to write to _overseer',
    'a token made by "overseer token create"',
    { secret: true },
  ),
  selfMetricsTokenFile: optionalText(
    'SELF_METRICS_TOKEN_FILE',
    'file with SELF_METRICS_TOKEN instead; read for each write',
    'the path of a file',
  ),
  selfMetricsIntervalMs: duration(
    'SELF_METRICS_INTERVAL',
    '10s',
    'how often services write their own metrics',
    { min: '1s', max: '1h' },
  ),
  ingressUrl: INGRESS_URL_SETTING,
} as const;

export type SelfMetricsSettings = Settings<typeof SELF_METRICS_SETTINGS>;
