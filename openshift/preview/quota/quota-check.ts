/**
 * Whether everything fits into the quota of its project, worked out before anything is applied.
 *
 * A cluster takes a Deployment whatever the quota says, and refuses its pods one by one: all that can be seen then is a rollout that
 * hangs, and an event at a ReplicaSet.
 */
import type { KubernetesObject, Quantities } from '../objects.ts';
import { Limits } from './limits.ts';
import {
  type Amounts,
  addAmounts,
  formatQuantity,
  multiplyAmounts,
  parseQuantities,
} from './quantity.ts';
import { findWorkloads, type Workload } from './workload.ts';

export interface QuotaCheck {
  /** A sentence for each shortage and each refusal; none: it fits. */
  readonly problems: readonly string[];
  /** Resources of the quota that are not worked out here, because something else than workloads uses them. */
  readonly unchecked: readonly string[];
}

/** What a workload, with the pods of an update, or a Service takes of a quota. */
interface Share {
  readonly name: string;
  readonly pods: number;
  readonly surge: number;
  readonly amounts: Amounts;
}

/** Names that a quota may use for the same resource. */
const SYNONYMS: Readonly<Record<string, string>> = {
  cpu: 'requests.cpu',
  memory: 'requests.memory',
  'ephemeral-storage': 'requests.ephemeral-storage',
  'count/pods': 'pods',
  'count/persistentvolumeclaims': 'persistentvolumeclaims',
};
const OF_PODS = /^(?<part>requests|limits)\.(?<resource>cpu|memory|ephemeral-storage)$/;
const COUNTED: readonly string[] = [
  'pods',
  'persistentvolumeclaims',
  'requests.storage',
  'services',
  'services.loadbalancers',
  'services.nodeports',
];

/** @param objects all that a project gets, its ResourceQuota and LimitRange among them */
export function checkQuota(objects: readonly KubernetesObject[]): QuotaCheck {
  const limits = new Limits(objects);
  const workloads = findWorkloads(objects);
  const shares = [
    ...workloads.map((workload) => shareOf(workload, limits)),
    ...objects.filter(({ kind }) => kind === 'Service').map(shareOfService),
  ];
  const refusals = workloads.flatMap((workload) => refusalsOf(workload, limits));
  const quotas = objects.filter(({ kind }) => kind === 'ResourceQuota');
  const problems: string[] = [];
  const unchecked = new Set<string>();
  for (const { metadata, spec } of quotas) {
    const { hard } = spec as { hard?: Quantities };
    for (const [written, allowed] of Object.entries(parseQuantities(hard))) {
      const resource = SYNONYMS[written] ?? written;
      if (OF_PODS.test(resource)) problems.push(...unnamed(workloads, limits, resource));
      else if (!COUNTED.includes(resource)) {
        unchecked.add(written);
        continue;
      }
      const shortage = shortageOf(shares, resource, allowed);
      if (shortage) problems.push(`ResourceQuota ${metadata.name}: ${shortage}`);
    }
  }
  return { problems: [...refusals, ...problems], unchecked: [...unchecked] };
}

function shareOf({ name, pod, replicas, surge, volumesBytes }: Workload, limits: Limits): Share {
  const { requests, limits: most } = limits.demandOf(pod);
  const pods = replicas + surge;
  const ofPod = { ...prefixed('requests', requests), ...prefixed('limits', most), pods: 1 };
  const ofVolumes = {
    persistentvolumeclaims: volumesBytes.length,
    'requests.storage': volumesBytes.reduce((sum, bytes) => sum + bytes, 0),
  };
  return { name, pods, surge, amounts: addAmounts(multiplyAmounts(ofPod, pods), ofVolumes) };
}

/** A load balancer has a port of every machine for each of its own, as a NodePort has. */
function shareOfService({ metadata, spec }: KubernetesObject): Share {
  const { type, ports = [] } = spec as { type?: string; ports?: readonly unknown[] };
  const isBalanced = type === 'LoadBalancer';
  const amounts = {
    services: 1,
    'services.loadbalancers': isBalanced ? 1 : 0,
    'services.nodeports': isBalanced || type === 'NodePort' ? ports.length : 0,
  };
  return { name: `Service ${metadata.name}`, pods: 0, surge: 0, amounts };
}

function prefixed(part: string, amounts: Amounts): Amounts {
  const entries = Object.entries(amounts).map(([name, amount]) => [`${part}.${name}`, amount]);
  return Object.fromEntries(entries);
}

function refusalsOf({ name, pod, volumesBytes }: Workload, limits: Limits): string[] {
  const ofVolumes = new Set(volumesBytes.flatMap((bytes) => limits.refusalsOfVolume(bytes)));
  return [...limits.refusals(pod), ...ofVolumes].map((refusal) => `${name}: ${refusal}.`);
}

/** A quota on a resource refuses every pod with a container that does not name it. */
function unnamed(workloads: readonly Workload[], limits: Limits, resource: string): string[] {
  const { part, resource: name } = OF_PODS.exec(resource)?.groups ?? {};
  return workloads.flatMap((workload) => {
    const containers = [...(workload.pod.containers ?? []), ...(workload.pod.initContainers ?? [])];
    return containers
      .filter((container) => {
        const demand = limits.demandOfContainer(container);
        return demand[part as 'requests' | 'limits'][name ?? ''] === undefined;
      })
      .map(
        (container) =>
          `${workload.name}: its ${container.name} names no ${resource}, which the quota asks of every container, and the LimitRange has no default.`,
      );
  });
}

function shortageOf(
  shares: readonly Share[],
  resource: string,
  allowed: number,
): string | undefined {
  const parts = shares.filter(({ amounts }) => (amounts[resource] ?? 0) > 0);
  const needed = parts.reduce((sum, { amounts }) => sum + (amounts[resource] ?? 0), 0);
  // Sums of thousandths of cores are not exact.
  if (needed <= allowed * (1 + Number.EPSILON * parts.length * 4)) return undefined;
  const format = (amount: number) => formatQuantity(resource, amount);
  const listed = parts.map(({ name, pods, surge, amounts }) => {
    const ofUpdate = surge > 0 ? `, ${surge} of them during an update` : '';
    const ofPods = pods > 0 ? ` (${pods} pod${pods === 1 ? '' : 's'}${ofUpdate})` : '';
    return `${name} ${format(amounts[resource] ?? 0)}${ofPods}`;
  });
  return `${resource} allows ${format(allowed)}, and ${format(needed)} are needed, ${format(needed - allowed)} more: ${listed.join(', ')}.`;
}
