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
/** A default that is right on one machine alone. */
const LOOPBACK = /127\.0\.0\.1|localhost/;

/**
 * Every variable that is set is one that the service reads, with a value that it takes; and every setting is set that has no sane default for a cluster:
 * addresses that mean the machine itself, tokens, and the token for own metrics.
 */
export function checkEnvironment(objects: readonly KubernetesObject[]): string[] {
  return containersOf(objects).flatMap(({ container, pods, name }) => {
    const service = SERVICES[pods.component];
    if (!service) return [];
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
  const needed = Object.values(settings)
    .filter(({ variable, fallback }) => LOOPBACK.test(fallback ?? '') || FOR_CLUSTERS.has(variable))
    .map(({ variable }) => variable);
  return [
    ...(command === component ? [] : [`it runs "${command}"`]),
    ...Object.keys(environment)
      .filter((variable) => !known.includes(variable) && !OF_OPENTELEMETRY.includes(variable))
      .map((variable) => `it does not read ${variable}`),
    ...needed
      .filter((variable) => environment[variable] === undefined)
      .map((variable) => `${variable} is not set`),
    ...refusalOf(() => read(environment)),
  ];
}

/** Settings that may be absent, and must not be here. */
const FOR_CLUSTERS: ReadonlySet<string> = new Set(['TOKENS_FILE', 'SELF_METRICS_TOKEN_FILE']);

function refusalOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
