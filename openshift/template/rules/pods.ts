/** What the rules look at in objects that make pods, and in what pods are told. */
import type { JsonMap, KubernetesObject } from '../kubernetes-object.ts';

export type Labels = Readonly<Record<string, string>>;

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly exec?: { readonly command: readonly string[] };
}

interface KeyReference {
  readonly name: string;
  readonly key: string;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: KeyReference;
    readonly configMapKeyRef?: KeyReference;
    readonly fieldRef?: JsonMap;
    readonly resourceFieldRef?: JsonMap;
  };
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string; readonly medium?: string };
  readonly secret?: { readonly secretName: string; readonly items?: readonly { key: string }[] };
  readonly configMap?: { readonly name: string };
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
}

interface ProjectedSource {
  readonly secret?: { readonly name: string; readonly items?: readonly { key: string }[] };
  readonly configMap?: { readonly name: string };
}

export interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly securityContext?: JsonMap;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly Variable[];
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string } }[];
  readonly resources?: {
    readonly requests?: Record<string, string>;
    readonly limits?: Record<string, string>;
  };
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: {
    readonly preStop?: {
      readonly sleep?: { readonly seconds: number };
      readonly exec?: { readonly command: readonly string[] };
    };
  };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: JsonMap;
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: Selector }[];
  readonly containers: readonly Container[];
  readonly volumes?: readonly Volume[];
  readonly [field: string]: unknown;
}

export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** The pods of a Deployment or a StatefulSet. */
export interface Pods {
  readonly owner: KubernetesObject;
  readonly component: string;
  readonly labels: Labels;
  readonly selector: Selector;
  readonly spec: PodSpec;
}

export const COMPONENT_LABEL = 'app.kubernetes.io/component';

export function podsOf(objects: readonly KubernetesObject[]): Pods[] {
  return objects
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map((owner) => {
      const { template, selector } = owner.spec as {
        template: { metadata: { labels: Labels }; spec: PodSpec };
        selector: Selector;
      };
      const { labels = {} } = template.metadata;
      return {
        owner,
        component: labels[COMPONENT_LABEL] ?? '',
        labels,
        selector,
        spec: template.spec,
      };
    });
}

/** Containers with the pods that they are of. */
export function containersOf(objects: readonly KubernetesObject[]) {
  return podsOf(objects).flatMap((pods) =>
    pods.spec.containers.map((container) => ({
      pods,
      container,
      name: `${pods.owner.metadata.name}/${container.name}`,
    })),
  );
}

export function matches(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Labels,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(
      ({ key, operator, values = [] }) => operator === 'In' && values.includes(labels[key] ?? ''),
    )
  );
}

export function find(
  objects: readonly KubernetesObject[],
  kind: string,
  name: string,
): KubernetesObject | undefined {
  return objects.find((object) => object.kind === kind && object.metadata.name === name);
}

/** What a ConfigMap or a Secret has, by key; undefined where there is none. */
export function contentsOf(
  objects: readonly KubernetesObject[],
  kind: 'ConfigMap' | 'Secret',
  name: string,
): Record<string, string> | undefined {
  const object = find(objects, kind, name);
  return (
    object && ({ ...(object.data ?? {}), ...(object.stringData ?? {}) } as Record<string, string>)
  );
}

/** The environment of a container; what only a cluster knows is left out. */
export function environmentOf(
  container: Container,
  objects: readonly KubernetesObject[],
): Record<string, string> {
  const shared = (container.envFrom ?? []).map(
    ({ configMapRef }) => contentsOf(objects, 'ConfigMap', configMapRef?.name ?? '') ?? {},
  );
  const own = (container.env ?? []).flatMap(({ name, value, valueFrom = {} }) => {
    const { secretKeyRef: secret, configMapKeyRef: map } = valueFrom;
    const found =
      value ??
      (secret && contentsOf(objects, 'Secret', secret.name)?.[secret.key]) ??
      (map && contentsOf(objects, 'ConfigMap', map.name)?.[map.key]);
    return found === undefined ? [] : [[name, found] as const];
  });
  return Object.assign({}, ...shared, Object.fromEntries(own)) as Record<string, string>;
}
