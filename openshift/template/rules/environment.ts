import { FRONTEND_SETTINGS, readFrontendSettings } from '@overseer/frontend/settings';
import { INGRESS_SETTINGS, readIngressSettings } from '@overseer/ingress/settings';
import { PROCESSOR_SETTINGS } from '@overseer/processor/settings';
import { readSettings, type Setting } from '@overseer/shared/settings';
import { STORE_SETTINGS } from '@overseer/store/settings';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { containersOf, environmentOf } from './pods.ts';

type Environment = Readonly<Record<string, string>>;

interface Service {
  readonly settings: Readonly<Record<string, Setting<unknown>>>;
  /** @throws SettingError */
  readonly read: (environment: Environment) => unknown;
}

const SERVICES: Readonly<Record<string, Service>> = {
  ingress: { settings: INGRESS_SETTINGS, read: readIngressSettings },
  store: { settings: STORE_SETTINGS, read: (given) => readSettings(STORE_SETTINGS, given) },
  processor: {
    settings: PROCESSOR_SETTINGS,
    read: (given) => readSettings(PROCESSOR_SETTINGS, given),
  },
  frontend: { settings: FRONTEND_SETTINGS, read: readFrontendSettings },
};

/** What OpenTelemetry reads in every service, and not our settings. */
const OF_OPENTELEMETRY = ['OTEL_EXPORTER_OTLP_ENDPOINT'];
/**
 * Settings that are right at their defaults wherever pods run; README says of each what it is for. Whoever adds a setting decides: a template sets it, or it
 * stands here.
 */
const AT_THEIR_DEFAULTS: ReadonlySet<string> = new Set([
  // INGRESS_URL and SELF_METRICS_TOKEN_FILE say it; tokens come as files.
  ...['SELF_METRICS', 'SELF_METRICS_URL', 'SELF_METRICS_TOKEN', 'TOKENS', 'INSECURE_OPEN'],
  // Routes and Ingresses end TLS.
  ...['TLS_CERT', 'TLS_KEY', 'ALLOWED_ORIGINS'],
  // One worker: more pods take more requests.
  ...['INGRESS_WORKERS', 'COALESCE_MS', 'PUBLISH_IN_FLIGHT_MAX', 'BODY_BYTES_PER_SECOND_MIN'],
  ...['MEASUREMENTS_PER_DATABASE_MAX', 'FIELDS_PER_MEASUREMENT_MAX', 'SERIES_PER_DATABASE_MAX'],
  ...['NEW_SERIES_PER_SECOND_MAX', 'LINES_MAX', 'LINE_BYTES_MAX', 'SERIES_KEY_BYTES_MAX'],
  ...['STRING_BYTES_MAX', 'TIMES_AHEAD_MAX', 'TIMES_BEHIND_MAX', 'DROP_DATABASE'],
  ...['REPLAY_TAIL', 'LEASE', 'GROUP_BYTES_MAX', 'PARKED_BYTES_MAX', 'PARTITION_WIDTH'],
  // The database's volume is not the store's: DATABASE_BYTES_MAX says how large it may become.
  ...['DATABASE_FOLDER', 'DATABASE_FREE_BYTES_MIN'],
  ...['QUERIES_MAX', 'QUERY_TIMEOUT', 'QUERY_SERIES_MAX', 'QUERY_BYTES_MAX'],
  ...['SESSION_LIFETIME', 'DEFAULT_DATABASE', 'API_REQUESTS_MAX'],
  ...['LIVE_SOCKETS_MAX', 'LIVE_EXPRESSIONS_MAX'],
]);

/**
 * Every variable that is set is one that the service reads, with a value that it takes; and every setting of a service is set, but those that are right at
 * their defaults.
 */
export function checkEnvironment(objects: readonly KubernetesObject[]): string[] {
  return containersOf(objects).flatMap(({ container, pods, name }) => {
    const service = SERVICES[pods.component];
    if (!service) {
      const isOurs = pods.labels['app.kubernetes.io/name'] === 'overseer';
      return isOurs ? [`${name}: nothing is known of the settings of ${pods.component}`] : [];
    }
    const environment = environmentOf(container, objects);
    return reasonsOf(service, environment, container.args?.[0] ?? '', pods.component).map(
      (reason) => `${name}: ${reason}`,
    );
  });
}

function reasonsOf(
  { settings, read }: Service,
  environment: Environment,
  command: string,
  component: string,
): string[] {
  const known = Object.values(settings).map(({ variable }) => variable);
  const isSet = (variable: string) => environment[variable] !== undefined;
  return [
    ...(command === component ? [] : [`it runs "${command}"`]),
    ...Object.keys(environment)
      .filter((variable) => !known.includes(variable) && !OF_OPENTELEMETRY.includes(variable))
      .map((variable) => `it does not read ${variable}`),
    ...known
      .filter((variable) => !isSet(variable) && !AT_THEIR_DEFAULTS.has(variable))
      .map((variable) => `${variable} is not set, nor said to be right at its default`),
    ...known
      .filter((variable) => isSet(variable) && AT_THEIR_DEFAULTS.has(variable))
      .map((variable) => `${variable} is set, and said to be right at its default`),
    ...refusalOf(() => read(environment)),
  ];
}

function refusalOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Settings that no service has any more. */
export function staleDefaults(): string[] {
  const known = Object.values(SERVICES).flatMap(({ settings }) => Object.values(settings));
  const variables = new Set(known.map(({ variable }) => variable));
  return [...AT_THEIR_DEFAULTS].filter((variable) => !variables.has(variable));
}
