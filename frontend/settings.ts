import {
  bytes,
  duration,
  host,
  integer,
  LOG_SETTINGS,
  port,
  readSettings,
  type Setting,
  type Settings,
  text,
  url,
} from '@overseer/shared';
import { ACCESS_SETTINGS, certificatePaths, checkExposure } from '@overseer/shared/access';
import { SELF_METRICS_SETTINGS } from '@overseer/shared/self-metrics';

/** Origins of pages, separated by commas; none unless told. */
function origins(variable: string, help: string): Setting<readonly string[] | undefined> {
  return {
    variable,
    fallback: undefined,
    help,
    valid: 'origins separated by commas, such as https://metrics.example.org',
    secret: false,
    parse: (list) => {
      const parts = list.split(',').map((part) => part.trim());
      return parts.every(isOrigin) ? parts : undefined;
    },
  };
}

function isOrigin(origin: string): boolean {
  return /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
}

/** Every setting of the frontend; the table in the README is made of this. */
export const FRONTEND_SETTINGS = {
  ...LOG_SETTINGS,
  ...SELF_METRICS_SETTINGS,
  natsUrl: url(
    'NATS_URL',
    'nats://127.0.0.1:4222',
    ['nats', 'tls'],
    'NATS servers with JetStream, separated by commas',
  ),
  host: host('FRONTEND_HOST', '127.0.0.1', 'address that the page and the query API are served on'),
  port: port('FRONTEND_PORT', 3000, 'port of the page and the query API; 0: any free one'),
  ...ACCESS_SETTINGS,
  sessionLifetimeMs: duration(
    'SESSION_LIFETIME',
    '7d',
    'how long people stay signed in, where tokens are set',
    { min: '1m', max: '400d' },
  ),
  defaultDatabase: text(
    'DEFAULT_DATABASE',
    'host',
    'database of queries that name none; the default is the one with the metrics of this machine',
  ),
  writeUrl: url(
    'WRITE_URL',
    'http://127.0.0.1:8086',
    ['http', 'https'],
    'address of ingress that the page shows to whoever has no points yet',
  ),
  allowedOrigins: origins(
    'ALLOWED_ORIGINS',
    'origins of other pages that may open the live connection, separated by commas; ' +
      'while FRONTEND_HOST is a loopback address, requests for other hosts than these and its own are refused',
  ),
  apiRequestsMax: integer(
    'API_REQUESTS_MAX',
    64,
    { min: 1, max: 10_000 },
    'requests of the query API answered at once; further ones are answered 503',
  ),
  answersBytesMax: bytes(
    'ANSWERS_BYTES_MAX',
    '256MiB',
    'answers of the query API in memory together; beyond it queries are answered 422 or 503',
    { min: '1MiB', max: '64GiB' },
  ),
  liveSocketsMax: integer(
    'LIVE_SOCKETS_MAX',
    1000,
    { min: 1, max: 100_000 },
    'live connections of pages; further ones are answered 503',
  ),
  liveExpressionsMax: integer(
    'LIVE_EXPRESSIONS_MAX',
    200,
    { min: 1, max: 10_000 },
    'distinct expressions kept up to date for all pages together',
  ),
  livePointsMax: integer(
    'LIVE_POINTS_MAX',
    20_000_000,
    { min: 10_000, max: 1_000_000_000 },
    'points (9 bytes each) held for all live expressions together; one may have a tenth of them',
  ),
  liveUnsentBytesMax: bytes(
    'LIVE_UNSENT_BYTES_MAX',
    '256MiB',
    'what waits for slow live connections, all together; beyond it pages get no points until some is sent',
    { min: '1MiB', max: '64GiB' },
  ),
} as const;

export type FrontendSettings = Settings<typeof FRONTEND_SETTINGS>;

/** The settings, from the environment. @throws SettingError for values that are invalid */
export function readFrontendSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): FrontendSettings {
  const settings = readSettings(FRONTEND_SETTINGS, environment);
  checkExposure(settings, 'FRONTEND_HOST');
  certificatePaths(settings);
  return settings;
}
