import type { KubernetesObject } from '../kubernetes-object.ts';
import { type Container, containersOf } from './pods.ts';

const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;
/** What services answer at; others have their own. */
const PATHS = {
  startupProbe: '/health',
  readinessProbe: '/ready',
  livenessProbe: '/health',
} as const;

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
      ...PROBES.flatMap((probe) => reasonsOf(container, probe, isService)),
      ...(has > needs ? [] : [`terminationGracePeriodSeconds is ${has}; it may need ${needs}`]),
    ];
    return reasons.map((reason) => `${name}: ${reason}`);
  });
}

function reasonsOf(
  container: Container,
  name: (typeof PROBES)[number],
  isService: boolean,
): string[] {
  const probe = container[name];
  if (!probe?.httpGet && !probe?.exec) return [`${name} is missing`];
  if (!probe.httpGet) return isService ? [`${name} is no httpGet`] : [];
  const { path, port } = probe.httpGet;
  const knows = container.ports?.some((declared) => declared.name === port);
  return [
    ...(knows ? [] : [`${name} asks at port ${port}, which it has not`]),
    ...(isService && path !== PATHS[name] ? [`${name} asks ${path} and not ${PATHS[name]}`] : []),
  ];
}
