/** The settings of `npm start` and of the `overseer` command. The services read their own. */
import { resolve } from 'node:path';
import { COLLECTOR_SETTINGS } from '@overseer/collector/settings';
import { ACCESS_SETTINGS } from '@overseer/shared/access';
import { SELF_METRICS_SETTINGS } from '@overseer/shared/self-metrics';
import {
  bytes,
  host,
  integer,
  oneOf,
  port,
  readSettings,
  type Settings,
  text,
  url,
} from '@overseer/shared/settings';
import { projectFolder } from './project.ts';

const PORT_RANGE = { min: 0, max: 65_535 };

/** Everything that `npm start` takes from the environment. A folder may be relative to the project's. */
export const LOCAL_SETTINGS = {
  dataFolder: text(
    'DATA_DIR',
    '.overseer',
    'folder for the data of the embedded servers; one running instance a folder',
  ),
  natsUrl: url(
    'NATS_URL',
    undefined,
    ['nats', 'tls'],
    'a NATS server with JetStream to use instead of the embedded one',
  ),
  databaseUrl: url(
    'DATABASE_URL',
    undefined,
    ['postgres', 'postgresql'],
    'a PostgreSQL, 15 or later, to use instead of the embedded one',
  ),
  tokensFile: ACCESS_SETTINGS.tokensFile,
  tokens: ACCESS_SETTINGS.tokens,
  collectorToken: COLLECTOR_SETTINGS.token,
  selfMetrics: SELF_METRICS_SETTINGS.selfMetrics,
  selfMetricsUrl: SELF_METRICS_SETTINGS.selfMetricsUrl,
  selfMetricsToken: SELF_METRICS_SETTINGS.selfMetricsToken,
  selfMetricsTokenFile: SELF_METRICS_SETTINGS.selfMetricsTokenFile,
  ingressHost: host('INGRESS_HOST', '127.0.0.1', 'address of ingress'),
  ingressPort: port('INGRESS_PORT', 8086, 'port of ingress'),
  storeHost: host('STORE_HOST', '127.0.0.1', 'address of the store’s health and metrics'),
  storePort: port('STORE_PORT', 8087, 'port of the store’s health and metrics'),
  processorHost: host(
    'PROCESSOR_HOST',
    '127.0.0.1',
    'address of the processor’s health and metrics',
  ),
  processorPort: port('PROCESSOR_PORT', 8088, 'port of the processor’s health and metrics'),
  frontendHost: host('FRONTEND_HOST', '127.0.0.1', 'address of the page and the query API'),
  frontendPort: port('FRONTEND_PORT', 3000, 'port of the page and the query API'),
  collector: oneOf('COLLECTOR', 'on', ['on', 'off'], 'whether to collect metrics of this machine'),
  postgresPort: port('POSTGRES_PORT', 0, 'port of the embedded PostgreSQL; 0: any free one'),
  natsPort: port('NATS_PORT', 0, 'port of the embedded NATS; 0: any free one'),
  natsMonitoringPort: integer(
    'NATS_MONITORING_PORT',
    0,
    PORT_RANGE,
    'port of the HTTP monitoring of the embedded NATS; 0: off',
  ),
  natsFileStoreBytesMax: bytes(
    'NATS_FILE_STORE',
    '32GiB',
    'disk for all streams of the embedded NATS together; each reserves its maximum',
  ),
  natsMemoryStoreBytesMax: bytes(
    'NATS_MEMORY_STORE',
    '256MiB',
    'memory for all streams of the embedded NATS together',
  ),
};

type Read = Settings<typeof LOCAL_SETTINGS>;
export type LocalSettings = Omit<Read, 'natsUrl' | 'databaseUrl'> & {
  readonly natsUrl: string | undefined;
  readonly databaseUrl: string | undefined;
};

/** @throws SettingError */
export function readLocalSettings(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LocalSettings {
  const settings = readSettings(LOCAL_SETTINGS, environment);
  return { ...settings, dataFolder: resolve(projectFolder, settings.dataFolder) };
}
