import type { Platform } from '../kubernetes.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { type Container, containersOf, type Pods, podsOf } from './pods.ts';

const VOLUME_KINDS = [
  'configMap',
  'downwardAPI',
  'emptyDir',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const OF_THE_HOST = ['hostNetwork', 'hostPID', 'hostIPC'];
/** On OpenShift the project's range has them, and any other is refused. */
const IDENTITIES = ['runAsUser', 'runAsGroup', 'fsGroup', 'supplementalGroups'];

/**
 * What the SecurityContextConstraints restricted-v2 (on Kubernetes: the Pod Security Standard "restricted") would refuse, and two things beyond: the
 * root is read-only with an emptyDir at /tmp, and nobody gets a token of the API.
 */
export function checkRestricted(
  objects: readonly KubernetesObject[],
  platform: Platform = 'openshift',
): string[] {
  return [
    ...podsOf(objects).flatMap((pods) =>
      refusalsOfPod(pods, platform).map((reason) => `${pods.owner.metadata.name}: ${reason}`),
    ),
    ...containersOf(objects).flatMap(({ container, pods, name }) =>
      refusalsOfContainer(container, pods).map((reason) => `${name}: ${reason}`),
    ),
  ];
}

function refusalsOfPod({ spec }: Pods, platform: Platform): string[] {
  const { securityContext: context = {}, volumes = [] } = spec;
  const profile = context.seccompProfile as { type?: string } | undefined;
  const kinds = volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== 'name'));
  return [
    ...(context.runAsNonRoot === true ? [] : ['runAsNonRoot is not true']),
    ...(profile?.type === 'RuntimeDefault' ? [] : ['seccompProfile is not RuntimeDefault']),
    ...(platform === 'openshift'
      ? IDENTITIES.filter((key) => key in context).map((key) => `${key} is fixed`)
      : Number(context.runAsUser) > 0 && Number(context.fsGroup) > 0
        ? []
        : ['runAsUser or fsGroup is missing']),
    ...OF_THE_HOST.filter((key) => spec[key]).map((key) => `${key} is set`),
    ...kinds.filter((kind) => !VOLUME_KINDS.includes(kind)).map((kind) => `a volume is a ${kind}`),
    ...(spec.automountServiceAccountToken === false ? [] : ['it gets a token of the API']),
    ...(spec.serviceAccountName ? [] : ['it runs as the default ServiceAccount']),
  ];
}

function refusalsOfContainer(container: Container, { spec }: Pods): string[] {
  const { securityContext: context = {}, volumeMounts = [], ports = [] } = container;
  const { drop, add } = (context.capabilities ?? {}) as { drop?: string[]; add?: string[] };
  const temporary = volumeMounts.find(({ mountPath }) => mountPath === '/tmp')?.name;
  const isWritable = spec.volumes?.some(({ name, emptyDir }) => name === temporary && emptyDir);
  return [
    ...(context.allowPrivilegeEscalation === false
      ? []
      : ['allowPrivilegeEscalation is not false']),
    ...(context.readOnlyRootFilesystem === true ? [] : ['readOnlyRootFilesystem is not true']),
    ...(drop?.includes('ALL') ? [] : ['capabilities are not dropped']),
    ...(add ? ['capabilities are added'] : []),
    ...(context.privileged ? ['it is privileged'] : []),
    ...IDENTITIES.filter((key) => key in context).map((key) => `${key} is fixed`),
    ...(ports.some((port) => 'hostPort' in port) ? ['it takes a port of the host'] : []),
    ...(isWritable ? [] : ['no emptyDir is at /tmp']),
  ];
}
