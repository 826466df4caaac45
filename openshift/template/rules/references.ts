import { describeObject, type KubernetesObject } from '../kubernetes-object.ts';
import {
  containersOf,
  contentsOf,
  find,
  type Labels,
  matches,
  type Pods,
  podsOf,
  type Selector,
} from './pods.ts';

/** Every selector selects something, and every name that an object has of another is that of one. */
export function checkReferences(objects: readonly KubernetesObject[]): string[] {
  const all = podsOf(objects);
  return [
    ...objects.flatMap((object) =>
      reasonsOf(object, objects, all).map((reason) => `${describeObject(object)}: ${reason}`),
    ),
    ...all.flatMap((pods) =>
      reasonsOfPods(pods, objects).map((reason) => `${describeObject(pods.owner)}: ${reason}`),
    ),
    ...containersOf(objects).flatMap(({ container, name }) => {
      const references = (container.env ?? []).flatMap(({ valueFrom = {} }) => [
        ...keyMissing(objects, 'Secret', valueFrom.secretKeyRef),
        ...keyMissing(objects, 'ConfigMap', valueFrom.configMapKeyRef),
      ]);
      const maps = (container.envFrom ?? []).flatMap(({ configMapRef }) =>
        missing(objects, 'ConfigMap', configMapRef?.name),
      );
      return [...references, ...maps].map((reason) => `${name}: ${reason}`);
    }),
  ];
}

interface Spec {
  readonly selector?: Selector;
  readonly podSelector?: Selector;
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
  readonly serviceName?: string;
  readonly to?: { readonly name: string };
  readonly port?: { readonly targetPort: string };
  readonly rules?: readonly { http: { paths: readonly { backend: Backend }[] } }[];
  readonly endpoints?: readonly Endpoint[];
}

interface Backend {
  readonly service: { readonly name: string; readonly port: { readonly name: string } };
}

interface Endpoint {
  readonly port: string;
  readonly authorization?: {
    readonly credentials: { readonly name: string; readonly key: string };
  };
}

function reasonsOf(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
  all: readonly Pods[],
): string[] {
  const spec = (object.spec ?? {}) as Spec;
  switch (object.kind) {
    case 'Service':
      return reasonsOfService(object, all);
    case 'PodDisruptionBudget':
      return selectsNone(spec.selector, all);
    case 'NetworkPolicy':
      return selectsNone(spec.podSelector, all);
    case 'HorizontalPodAutoscaler':
      return missing(objects, spec.scaleTargetRef?.kind ?? '', spec.scaleTargetRef?.name);
    case 'StatefulSet':
      return missing(objects, 'Service', spec.serviceName);
    case 'Route':
      return portMissing(objects, spec.to?.name, spec.port?.targetPort);
    case 'Ingress':
      return (spec.rules ?? [])
        .flatMap(({ http }) => http.paths)
        .flatMap(({ backend: { service } }) =>
          portMissing(objects, service.name, service.port.name),
        );
    case 'ServiceMonitor':
      return reasonsOfMonitor(spec, objects);
    default:
      return [];
  }
}

function selectsNone(selector: Selector = {}, all: readonly Pods[]): string[] {
  return all.some(({ labels }) => matches(selector, labels)) ? [] : ['it selects no pods'];
}

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
}

function reasonsOfService({ spec }: KubernetesObject, all: readonly Pods[]): string[] {
  const { selector, ports } = spec as ServiceSpec;
  const selected = all.filter(({ labels }) => matches({ matchLabels: selector }, labels));
  if (selected.length !== 1) return [`it selects pods of ${selected.length} owners`];
  const names = selected.flatMap(({ spec: { containers } }) =>
    containers.flatMap((container) => (container.ports ?? []).map(({ name }) => name)),
  );
  return ports
    .filter(({ targetPort }) => !names.includes(targetPort))
    .map(({ targetPort }) => `its pods have no port ${targetPort}`);
}

function reasonsOfMonitor(
  { selector = {}, endpoints = [] }: Spec,
  objects: readonly KubernetesObject[],
): string[] {
  const services = objects.filter(
    ({ kind, metadata }) => kind === 'Service' && matches(selector, metadata.labels ?? {}),
  );
  if (services.length === 0) return ['it selects no Services'];
  return endpoints.flatMap(({ port, authorization }) => [
    ...services.flatMap(({ metadata }) => portMissing(objects, metadata.name, port)),
    ...keyMissing(objects, 'Secret', authorization?.credentials),
  ]);
}

function reasonsOfPods(
  { labels, selector, spec }: Pods,
  objects: readonly KubernetesObject[],
): string[] {
  const { topologySpreadConstraints = [], volumes = [], containers } = spec;
  const mounted = new Set(
    containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)),
  );
  return [
    ...(matches(selector, labels) ? [] : ['its selector is not for its own pods']),
    ...topologySpreadConstraints
      .filter(({ labelSelector }) => !matches(labelSelector, labels))
      .map(() => 'it is spread by the labels of other pods'),
    ...missing(objects, 'ServiceAccount', spec.serviceAccountName),
    ...volumes.flatMap(({ secret, configMap, projected }) => [
      ...(configMap ? missing(objects, 'ConfigMap', configMap.name) : []),
      ...(secret ? itemsMissing(objects, secret.secretName, secret.items) : []),
      ...(projected?.sources ?? []).flatMap((source) => [
        ...(source.configMap ? missing(objects, 'ConfigMap', source.configMap.name) : []),
        ...(source.secret ? itemsMissing(objects, source.secret.name, source.secret.items) : []),
      ]),
    ]),
    ...volumes.filter(({ name }) => !mounted.has(name)).map(({ name }) => `nothing mounts ${name}`),
  ];
}

function itemsMissing(
  objects: readonly KubernetesObject[],
  name: string,
  items: readonly { readonly key: string }[] = [],
): string[] {
  return items.flatMap(({ key }) => keyMissing(objects, 'Secret', { name, key }));
}

function missing(objects: readonly KubernetesObject[], kind: string, name = ''): string[] {
  return find(objects, kind, name) ? [] : [`there is no ${kind} ${name}`];
}

function keyMissing(
  objects: readonly KubernetesObject[],
  kind: 'ConfigMap' | 'Secret',
  reference: { readonly name: string; readonly key: string } | undefined,
): string[] {
  if (!reference) return [];
  const { name, key } = reference;
  const contents = contentsOf(objects, kind, name);
  if (!contents) return [`there is no ${kind} ${name}`];
  return key in contents ? [] : [`${kind} ${name} has no ${key}`];
}

function portMissing(objects: readonly KubernetesObject[], service = '', port = ''): string[] {
  const found = find(objects, 'Service', service);
  if (!found) return [`there is no Service ${service}`];
  const { ports } = found.spec as ServiceSpec;
  return ports.some(({ name }) => name === port) ? [] : [`Service ${service} has no port ${port}`];
}
