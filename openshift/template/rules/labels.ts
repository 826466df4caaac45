import { describeObject, type KubernetesObject } from '../kubernetes-object.ts';
import { COMPONENT_LABEL, type Labels, podsOf } from './pods.ts';

const EVERYWHERE = ['name', 'instance', 'part-of', 'managed-by'].map(
  (name) => `app.kubernetes.io/${name}`,
);
/** What a Service, a policy or a person finds pods by. */
const IDENTITY = ['app.kubernetes.io/name', 'app.kubernetes.io/instance', COMPONENT_LABEL];
/** Kinds that are of one component each. */
const OF_COMPONENTS = [
  'Deployment',
  'StatefulSet',
  'Service',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
  'Route',
  'Ingress',
];

/** Labels that every object and every pod has, names that begin with the installation's, and selectors that select by nothing less. */
export function checkLabels(objects: readonly KubernetesObject[], instance: string): string[] {
  const ofObjects = objects.flatMap((object) => {
    const { kind, metadata } = object;
    const wanted = OF_COMPONENTS.includes(kind) ? [...EVERYWHERE, COMPONENT_LABEL] : EVERYWHERE;
    const isNamed = metadata.name === instance || metadata.name.startsWith(`${instance}-`);
    const reasons = [
      ...missing(metadata.labels, wanted),
      ...(isNamed ? [] : [`its name does not begin with ${instance}`]),
    ];
    return reasons.map((reason) => `${describeObject(object)}: ${reason}`);
  });
  const ofPods = podsOf(objects).flatMap(({ owner, labels, selector }) =>
    [
      ...missing(labels, [...EVERYWHERE, COMPONENT_LABEL]),
      ...missing(selector.matchLabels, IDENTITY).map((reason) => `its selector: ${reason}`),
    ].map((reason) => `pods of ${describeObject(owner)}: ${reason}`),
  );
  return [...ofObjects, ...ofPods];
}

function missing(labels: Labels = {}, wanted: readonly string[]): string[] {
  return wanted.filter((name) => !labels[name]).map((name) => `no label ${name}`);
}
