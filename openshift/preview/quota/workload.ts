/** Pods and volumes that an object makes at its largest: every replica that an autoscaler may add, in the midst of an update. */
import type { KubernetesObject, PodSpec } from '../objects.ts';
import { parseQuantity } from './quantity.ts';

/** What Kubernetes takes unless a Deployment says otherwise. */
const MAX_SURGE_DEFAULT = '25%';

export interface Workload {
  /** For messages: `Deployment overseer-store`. */
  readonly name: string;
  readonly pod: PodSpec;
  readonly replicas: number;
  /** Pods that a rolling update has besides. */
  readonly surge: number;
  /** Bytes that each volume asks for. */
  readonly volumesBytes: readonly number[];
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly parallelism?: number;
  readonly template?: { readonly spec: PodSpec };
  readonly strategy?: {
    readonly type?: string;
    readonly rollingUpdate?: { readonly maxSurge?: string | number };
  };
  readonly volumeClaimTemplates?: readonly { readonly spec: VolumeSpec }[];
}

interface VolumeSpec {
  readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
}

interface AutoscalerSpec {
  readonly maxReplicas: number;
  readonly scaleTargetRef: { readonly kind: string; readonly name: string };
}

/** @param objects of any kind; what makes neither pods nor volumes is passed over */
export function findWorkloads(objects: readonly KubernetesObject[]): Workload[] {
  const autoscalers = objects
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .map(({ spec }) => spec as AutoscalerSpec);
  return objects.flatMap((object) => {
    const { kind, metadata } = object;
    const scaled = autoscalers.find(
      ({ scaleTargetRef: target }) => target.kind === kind && target.name === metadata.name,
    );
    const workload = workloadOf(object, scaled?.maxReplicas ?? 0);
    return workload ? [{ name: `${kind} ${metadata.name}`, ...workload }] : [];
  });
}

function workloadOf(
  { kind, spec }: KubernetesObject,
  replicasMax: number,
): Omit<Workload, 'name'> | undefined {
  const { replicas = 1, parallelism = 1, template, ...rest } = (spec ?? {}) as WorkloadSpec;
  const pod = template?.spec ?? {};
  const wanted = Math.max(replicas, replicasMax);
  switch (kind) {
    case 'Deployment':
      return { pod, replicas: wanted, surge: surgeOf(rest, wanted), volumesBytes: [] };
    case 'StatefulSet': {
      const each = (rest.volumeClaimTemplates ?? []).map((claim) => storageOf(claim.spec));
      const volumesBytes = Array.from({ length: wanted }, () => each).flat();
      return { pod, replicas: wanted, surge: 0, volumesBytes };
    }
    case 'Job':
      return { pod, replicas: parallelism, surge: 0, volumesBytes: [] };
    case 'Pod':
      return { pod: (spec ?? {}) as PodSpec, replicas: 1, surge: 0, volumesBytes: [] };
    case 'PersistentVolumeClaim':
      return { pod: {}, replicas: 0, surge: 0, volumesBytes: [storageOf(spec as VolumeSpec)] };
    default:
      return undefined;
  }
}

/** A share is rounded up, as the controller of Deployments does. */
function surgeOf({ strategy = {} }: Omit<WorkloadSpec, 'replicas'>, replicas: number): number {
  if (strategy.type === 'Recreate' || replicas === 0) return 0;
  const surge = strategy.rollingUpdate?.maxSurge ?? MAX_SURGE_DEFAULT;
  if (typeof surge === 'number') return surge;
  if (!surge.endsWith('%')) return Number(surge);
  return Math.ceil((replicas * Number(surge.slice(0, -1))) / 100);
}

function storageOf(volume: VolumeSpec): number {
  return parseQuantity(volume.resources?.requests?.storage ?? 0);
}
