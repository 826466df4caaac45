import type { KubernetesObject } from '../kubernetes-object.ts';
import { type Container, containersOf } from './pods.ts';

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;
/** What services answer at; others have their own. Ingress' /health is InfluxDB's question whether it takes points. */
const pathOf = (probe: (typeof PROBES)[number], component: string): string => {
  if (probe === 'readinessProbe') return '/ready';
  return component === 'ingress' ? '/ping' : '/health';
};

/** All three probes, at ports that there are; of the services at the paths that mean it. Time to end, beyond what is waited before. */
export function checkProbes(
  objects: readonly KubernetesObject[],
  stopDeadlineSeconds: (component: string) => number,
): string[] {
  return containersOf(objects).flatMap(({ container, pods, name }) => {
    const isService = pods.labels['app.kubernetes.io/name'] === 'overseer';
    const waits = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const needs = waits + stopDeadlineSeconds(pods.component);
    const has = pods.spec.terminationGracePeriodSeconds ?? 0;
    const reasons = [
      ...PROBES.flatMap((probe) =>
        reasonsOf(container, probe, isService ? pathOf(probe, pods.component) : undefined),
      ),
      ...(has > needs ? [] : [`terminationGracePeriodSeconds is ${has}; it may need ${needs}`]),
    ];
    return reasons.map((reason) => `${name}: ${reason}`);
  });
}

function reasonsOf(
  container: Container,
  name: (typeof PROBES)[number],
  /** Undefined: any. */
  servicePath: string | undefined,
): string[] {
  const probe = container[name];
  if (!probe?.httpGet && !probe?.exec) return [`${name} is missing`];
  if (!probe.httpGet) return servicePath ? [`${name} is no httpGet`] : [];
  const { path, port } = probe.httpGet;
  const knows = container.ports?.some((declared) => declared.name === port);
  return [
    ...(knows ? [] : [`${name} asks at port ${port}, which it has not`]),
    ...(servicePath && path !== servicePath ? [`${name} asks ${path} and not ${servicePath}`] : []),
  ];
}
