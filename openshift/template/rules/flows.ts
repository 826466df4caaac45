/** Who talks to whom, as far as environment, Routes and monitors tell. */
import type { KubernetesObject } from '../kubernetes-object.ts';
import {
  COMPONENT_LABEL,
  contentsOf,
  environmentOf,
  find,
  type Labels,
  matches,
  type Pods,
  podsOf,
  type Selector,
} from './pods.ts';

/** Who is no pod of the installation. */
export const ROUTER = 'router';
export const MONITORING = 'monitoring';
export const NAMES = 'names';

/** A connection: `store -> postgres:5432`. Of names it is `store -> names`, whatever their port. */
export type Flow = string;

export const flow = (from: string, to: string, port: number): Flow => `${from} -> ${to}:${port}`;

const URL_TEXT = /[a-z][a-z0-9+.-]*:\/\/[^\s"',\]]+/g;

export function neededFlows(objects: readonly KubernetesObject[]): Set<Flow> {
  const flows = new Set<Flow>();
  for (const pods of podsOf(objects)) {
    for (const text of textsOf(pods, objects)) {
      for (const [url] of text.matchAll(URL_TEXT)) {
        const target = targetOf(url, objects);
        if (!target || isOfItself(pods, target)) continue;
        flows.add(flow(pods.component, target.component, target.port));
        flows.add(`${pods.component} -> ${NAMES}`);
      }
    }
  }
  for (const { kind, spec } of objects) {
    if (kind === 'Route') addService(flows, ROUTER, (spec as RouteSpec).to.name, objects);
    if (kind === 'Ingress') {
      for (const { http } of (spec as IngressSpec).rules) {
        for (const { backend } of http.paths) {
          addService(flows, ROUTER, backend.service.name, objects);
        }
      }
    }
    if (kind !== 'ServiceMonitor') continue;
    const { selector } = spec as { selector: Selector };
    const services = objects.filter(
      (object) => object.kind === 'Service' && matches(selector, object.metadata.labels ?? {}),
    );
    for (const { metadata } of services) addService(flows, MONITORING, metadata.name, objects);
  }
  return flows;
}

interface RouteSpec {
  readonly to: { readonly name: string };
}

interface IngressSpec {
  readonly rules: readonly {
    readonly http: { readonly paths: readonly { readonly backend: Backend }[] };
  }[];
}

interface Backend {
  readonly service: { readonly name: string };
}

/** Environment, and the files of its Secrets and ConfigMaps. */
function textsOf({ spec }: Pods, objects: readonly KubernetesObject[]): string[] {
  const environment = spec.containers.flatMap((container) =>
    Object.values(environmentOf(container, objects)),
  );
  const files = (spec.volumes ?? []).flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ secret, configMap }) => [
      ...(secret?.items ?? []).map(
        ({ key }) => contentsOf(objects, 'Secret', secret?.name ?? '')?.[key] ?? '',
      ),
      ...Object.values(contentsOf(objects, 'ConfigMap', configMap?.name ?? '') ?? {}),
    ]),
  );
  return [...environment, ...files];
}

interface Target {
  readonly component: string;
  readonly port: number;
}

/** @returns undefined for an address outside */
function targetOf(url: string, objects: readonly KubernetesObject[]): Target | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, port } = new URL(url.replace(/^[a-z]+:/, 'http:'));
  // A server of a StatefulSet is called `<pod>.<service>`.
  const name = hostname.split('.').find((part) => find(objects, 'Service', part));
  return name === undefined ? undefined : portOf(name, Number(port), objects);
}

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
}

/** Policies see the port of the pod, not that of the Service. */
function portOf(
  service: string,
  port: number | undefined,
  objects: readonly KubernetesObject[],
): Target | undefined {
  const spec = find(objects, 'Service', service)?.spec as ServiceSpec | undefined;
  const pods = podsOf(objects).find(
    ({ labels }) => spec && matches({ matchLabels: spec.selector }, labels),
  );
  const declared = spec?.ports.find((one) => port === undefined || one.port === port);
  const ports = pods?.spec.containers.flatMap((container) => container.ports ?? []) ?? [];
  const found = ports.find(({ name }) => name === declared?.targetPort);
  return (
    pods && found && { component: pods.labels[COMPONENT_LABEL] ?? '', port: found.containerPort }
  );
}

function addService(
  flows: Set<Flow>,
  from: string,
  service: string,
  objects: readonly KubernetesObject[],
): void {
  const target = portOf(service, undefined, objects);
  if (target) flows.add(flow(from, target.component, target.port));
}

/** Ingress writes its own metrics through the loopback, which no policy sees. Servers of a StatefulSet do talk to each other. */
function isOfItself({ owner, component }: Pods, target: Target): boolean {
  return owner.kind === 'Deployment' && component === target.component;
}
