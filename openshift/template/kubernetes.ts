/** The same objects for a Kubernetes that is no OpenShift: what only OpenShift knows becomes what does the same elsewhere, or goes. */
import {
  describeObject,
  isMap,
  type Json,
  type JsonMap,
  type KubernetesObject,
} from './kubernetes-object.ts';
import { TemplateError } from './template-error.ts';

export type Platform = 'openshift' | 'kubernetes';

export interface KubernetesOptions {
  /** Of the controller that serves Ingresses; its own annotations are those of ingress-nginx. */
  readonly ingressClass?: string;
  /** Namespace of that controller's pods, for the NetworkPolicies. */
  readonly ingressNamespace?: string;
}

const INGRESS_DEFAULTS = { ingressClass: 'nginx', ingressNamespace: 'ingress-nginx' } as const;

/** Any but 0; 0 as the group is what the image's files are readable for. OpenShift gives a pod a user of its project's range. */
const USER_ID = 1001;
const ROUTER_LABEL = 'policy-group.network.openshift.io/ingress';
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';

/** @throws TemplateError for a Route without a host: nobody chooses one elsewhere */
export function toKubernetes(
  objects: readonly KubernetesObject[],
  options: KubernetesOptions = {},
): KubernetesObject[] {
  const { ingressClass, ingressNamespace } = { ...INGRESS_DEFAULTS, ...options };
  return objects.flatMap((object) => {
    const { kind } = object;
    if (kind === 'ImageStream') return [];
    if (kind === 'Project') return [namespaceOf(object)];
    if (kind === 'Route') return [ingressOf(object, ingressClass)];
    if (kind === 'ClusterRole') return [withoutOpenShiftRules(object)];
    if (kind === 'NetworkPolicy') return [policyOf(object, ingressNamespace)];
    if (kind === 'Deployment' || kind === 'StatefulSet') return [withUser(object)];
    return [object];
  });
}

function namespaceOf({ metadata }: KubernetesObject): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: withoutOpenShiftAnnotations(metadata) };
}

function withoutOpenShiftAnnotations<T extends { readonly annotations?: unknown }>(metadata: T): T {
  const { annotations = {}, ...rest } = metadata;
  const kept = Object.entries(annotations as JsonMap).filter(([key]) => !isOpenShift(key));
  return (kept.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(kept) }) as T;
}

function isOpenShift(name: string): boolean {
  return /(^|\.)openshift\.io(\/|$)/.test(name);
}

interface RouteSpec {
  readonly host?: string;
  readonly to: { readonly name: string };
  readonly port: { readonly targetPort: string };
}

function ingressOf(route: KubernetesObject, ingressClassName: string): KubernetesObject {
  const { metadata } = route;
  const { host, to, port } = route.spec as RouteSpec;
  if (!host) {
    throw new TemplateError(
      `${describeObject(route)} has no host, and on Kubernetes nothing chooses one: give INGRESS_HOSTNAME and FRONTEND_HOSTNAME`,
    );
  }
  const timeout = metadata.annotations?.['haproxy.router.openshift.io/timeout'] ?? '60s';
  const service = { name: to.name, port: { name: port.targetPort } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...metadata,
      annotations: {
        'nginx.ingress.kubernetes.io/ssl-redirect': 'true',
        // BODY_BYTES_MAX says what is too large; nginx would say it of 1 MB.
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': String(Number.parseInt(timeout, 10)),
      },
    },
    spec: {
      ingressClassName,
      tls: [{ hosts: [host], secretName: `${metadata.name}-tls` }],
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }],
    },
  };
}

function withoutOpenShiftRules(role: KubernetesObject): KubernetesObject {
  const rules = role.rules as readonly { readonly apiGroups: readonly string[] }[];
  return { ...role, rules: rules.filter(({ apiGroups }) => !apiGroups.some(isOpenShift)) };
}

/** Restricted-v2 sets user and group of pods and volumes; elsewhere pods must say them. */
function withUser(object: KubernetesObject): KubernetesObject {
  const spec = object.spec as { template: { metadata: ObjectAnnotations; spec: JsonMap } };
  const { template } = spec;
  const securityContext = {
    ...(template.spec.securityContext as JsonMap),
    runAsUser: USER_ID,
    runAsGroup: 0,
    fsGroup: USER_ID,
    fsGroupChangePolicy: 'OnRootMismatch',
  };
  return {
    ...object,
    metadata: withoutOpenShiftAnnotations(object.metadata),
    spec: {
      ...spec,
      template: {
        ...template,
        metadata: withoutOpenShiftAnnotations(template.metadata),
        spec: { ...template.spec, securityContext },
      },
    },
  };
}

interface ObjectAnnotations {
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The router and the pods of DNS are somewhere else, and the latter listen on another port. */
function policyOf(policy: KubernetesObject, ingressNamespace: string): KubernetesObject {
  const places = { [ROUTER_LABEL]: inNamespace(ingressNamespace), 'openshift-dns': DNS_PODS };
  const spec = replacePeers(policy.spec as JsonMap, places);
  return { ...policy, spec };
}

const DNS_PORT = { openshift: 5353, kubernetes: 53 } as const;
const DNS_PODS: JsonMap = {
  ...inNamespace('kube-system'),
  podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
};

function inNamespace(name: string): JsonMap {
  return { namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: name } } };
}

function replacePeers(value: Json, places: Readonly<Record<string, JsonMap>>): Json {
  if (Array.isArray(value)) return value.map((item: Json) => replacePeers(item, places));
  if (!isMap(value)) return value;
  if (value.port === DNS_PORT.openshift) return { ...value, port: DNS_PORT.kubernetes };
  const place = placeOf(value.namespaceSelector);
  if (place !== undefined && places[place]) return places[place];
  const entries = Object.entries(value).map(([key, field]) => [key, replacePeers(field, places)]);
  return Object.fromEntries(entries) as JsonMap;
}

/** @returns the router's label, or the name of the namespace */
function placeOf(selector: Json | undefined): string | undefined {
  if (!isMap(selector) || !isMap(selector.matchLabels)) return undefined;
  const { matchLabels } = selector;
  if (ROUTER_LABEL in matchLabels) return ROUTER_LABEL;
  const name = matchLabels[NAMESPACE_LABEL];
  return typeof name === 'string' ? name : undefined;
}
