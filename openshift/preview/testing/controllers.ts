/** What the controllers of a cluster do, as far as the command can see it: pods, namespaces, routes. */

import type { KubernetesObject, PodSpec } from '../objects.ts';
import { Limits } from '../quota/limits.ts';
import { type Amounts, addAmounts, parseQuantities } from '../quota/quantity.ts';
import type { Resources } from './resources.ts';
import type { Json, Stored, StoredObjects } from './stored-objects.ts';

/** How the pods of a workload fare. */
export type Fate = 'ready' | 'waits' | 'crashes' | 'has no image' | 'finds no machine';

export interface ClusterSettings {
  /** By the name of a workload; the others become ready. */
  readonly fates: Map<string, Fate>;
  /** Hosts that routes get, by their name. */
  readonly hosts: Map<string, string>;
  /** What a crashed container has said. */
  readonly crashLog: string;
}

const SYSTEM_FINALIZER = 'kubernetes';

export class Controllers {
  constructor(
    private readonly resources: Resources,
    private readonly objects: () => StoredObjects,
    private readonly settings: ClusterSettings,
  ) {}

  /** Called after each change. What a cluster does a moment later, this does at the next turn. */
  onChange(object: Stored): void {
    setImmediate(() => this.#reconcile(object));
  }

  /** Looks at everything again, as when a fate has changed. */
  resync(): void {
    for (const kind of ['Deployment', 'StatefulSet', 'Namespace']) {
      for (const object of this.#list(kind)) this.#reconcile(object);
    }
  }

  /** As it is by now: it may have changed again, or be gone. */
  #reconcile({ kind, metadata: { namespace, name } }: Stored): void {
    const resource = this.resources.ofKind(kind);
    const object = resource && this.objects().find({ resource, namespace, name });
    if (!object) return;
    switch (object.kind) {
      case 'Namespace':
        this.#namespace(object);
        break;
      case 'Deployment':
      case 'StatefulSet':
        this.#workload(object);
        break;
      case 'Route':
        this.#route(object);
        break;
    }
  }

  #list(kind: string, namespace?: string): Stored[] {
    const resource = this.resources.ofKind(kind);
    return resource ? this.objects().list(resource, namespace) : [];
  }

  #make(kind: string, apiVersion: string, namespace: string, name: string, content: Json): void {
    const resource = this.resources.ofKind(kind);
    if (!resource) return;
    const place = { resource, namespace, name };
    const { metadata = {}, ...rest } = content;
    this.objects().apply(place, { apiVersion, kind, metadata: metadata as Json, ...rest });
  }

  #remove(object: Stored): void {
    const resource = this.resources.ofKind(object.kind);
    const { namespace, name } = object.metadata;
    if (resource && this.objects().find({ resource, namespace, name })) {
      this.objects().delete({ resource, namespace, name });
    }
  }

  #namespace(namespace: Stored): void {
    const { metadata } = namespace;
    if (metadata.deletionTimestamp === undefined) {
      if (namespace.status?.phase === 'Active') return;
      metadata.annotations = {
        ...metadata.annotations,
        'openshift.io/sa.scc.uid-range': '1000650000/10000',
      };
      this.objects().change(namespace, 'status', { phase: 'Active' });
      return;
    }
    const contents = this.resources.namespaced.flatMap((resource) =>
      this.objects().list(resource, metadata.name),
    );
    for (const object of contents) {
      if (object.metadata.deletionTimestamp === undefined) this.#remove(object);
    }
    const held = this.resources.namespaced
      .flatMap((resource) => this.objects().list(resource, metadata.name))
      .flatMap((object) => object.metadata.finalizers ?? []);
    if (held.length === 0) {
      metadata.finalizers = (metadata.finalizers ?? []).filter((each) => each !== SYSTEM_FINALIZER);
      if (metadata.finalizers.length === 0) {
        this.#remove(namespace);
        return;
      }
    }
    const message = `Some content in the namespace has finalizers remaining: ${held.join(', ')} in ${held.length} resource instances`;
    const conditions = [
      {
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        reason: 'SomeFinalizersRemain',
        message,
      },
    ];
    this.objects().change(namespace, 'status', { phase: 'Terminating', conditions });
  }

  #route(route: Stored): void {
    if (route.status?.ingress !== undefined) return;
    const host = this.settings.hosts.get(route.metadata.name);
    if (host === undefined) return;
    const ingress = [{ host, conditions: [{ type: 'Admitted', status: 'True' }] }];
    this.objects().change(route, 'status', { ingress });
  }

  #workload(workload: Stored): void {
    const { name, namespace = '', generation } = workload.metadata;
    const spec = workload.spec as {
      replicas?: number;
      template: { metadata?: Json; spec: PodSpec };
    };
    const replicas = spec.replicas ?? 1;
    if (spec.replicas === undefined) this.objects().change(workload, 'spec', { replicas });
    const owner =
      workload.kind === 'Deployment'
        ? { kind: 'ReplicaSet', name: `${name}-5d9c8b7f6` }
        : { kind: 'StatefulSet', name };
    const old = this.#list('Pod', namespace).filter(({ metadata }) =>
      metadata.ownerReferences?.some((each) => each.name === owner.name),
    );
    for (const pod of old) this.#remove(pod);
    const fate = this.settings.fates.get(name) ?? 'ready';
    const refusal = this.#refusal(namespace, owner.name, spec.template.spec);
    for (let number = 0; number < replicas && refusal === undefined; number++) {
      const metadata = {
        labels: (spec.template.metadata as { labels?: Json } | undefined)?.labels ?? {},
        ownerReferences: [owner],
      };
      const container = spec.template.spec.containers?.[0]?.name ?? '';
      const status = podStatus(fate, `${owner.name}-${number}`, container);
      this.#make('Pod', 'v1', namespace, `${owner.name}-${number}`, {
        metadata,
        spec: spec.template.spec,
        status,
      });
    }
    if (refusal !== undefined) this.#event(namespace, owner, 'FailedCreate', refusal);
    const isReady = fate === 'ready' && refusal === undefined;
    const made = refusal === undefined ? replicas : 0;
    const ready = isReady ? replicas : 0;
    const conditions =
      refusal !== undefined && workload.kind === 'Deployment'
        ? [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: refusal }]
        : [];
    this.objects().change(workload, 'status', {
      observedGeneration: generation,
      replicas: made,
      updatedReplicas: made,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions,
    });
  }

  #event(namespace: string, involvedObject: Json, reason: string, message: string): void {
    const lastTimestamp = new Date().toISOString();
    const content = { type: 'Warning', reason, message, involvedObject, lastTimestamp };
    this.#make('Event', 'v1', namespace, `${String(involvedObject.name)}.${reason}`, content);
  }

  /** As the quota's admission plugin says it. */
  #refusal(namespace: string, name: string, pod: PodSpec): string | undefined {
    const limits = new Limits(this.#list('LimitRange', namespace).map(asObject));
    const demandOf = (spec: PodSpec): Amounts => {
      const { requests, limits: most } = limits.demandOf(spec);
      const named = [...prefixed('requests', requests), ...prefixed('limits', most)];
      return { pods: 1, ...Object.fromEntries(named) };
    };
    const used = this.#list('Pod', namespace)
      .map(({ spec }) => demandOf(spec as PodSpec))
      .reduce(addAmounts, {});
    const demand = demandOf(pod);
    for (const quota of this.#list('ResourceQuota', namespace)) {
      const hard = parseQuantities((quota.spec as { hard?: Record<string, string> }).hard);
      const over = Object.entries(hard).filter(
        ([key, most]) => key in demand && (used[key] ?? 0) + (demand[key] ?? 0) > most * 1.000001,
      );
      const list = (amounts: Amounts) =>
        over.map(([key]) => `${key}=${amounts[key] ?? 0}`).join(',');
      if (over.length > 0) {
        return `pods "${name}-x" is forbidden: exceeded quota: ${quota.metadata.name}, requested: ${list(demand)}, used: ${list(used)}, limited: ${list(hard)}`;
      }
    }
    return undefined;
  }
}

/** The same, as the command's own types have it. */
function asObject({ metadata, ...rest }: Stored): KubernetesObject {
  return { ...rest, metadata: { ...metadata } };
}

function prefixed(part: string, amounts: Amounts): [string, number][] {
  return Object.entries(amounts).map(([name, amount]) => [`${part}.${name}`, amount]);
}

function podStatus(fate: Fate, pod: string, container: string): Json {
  const status = (state: Json, more: Json = {}) => ({
    phase: fate === 'ready' ? 'Running' : 'Pending',
    containerStatuses: [
      { name: container, ready: fate === 'ready', restartCount: 0, state, ...more },
    ],
  });
  switch (fate) {
    case 'ready':
    case 'waits':
      return status({ running: {} });
    case 'has no image': {
      const message = 'Back-off pulling image "registry.example.org/overseer:gone": not found';
      return status({ waiting: { reason: 'ImagePullBackOff', message } });
    }
    case 'crashes': {
      const lastState = { terminated: { reason: 'Error', exitCode: 1 } };
      const message = `back-off 40s restarting failed container=${container} pod=${pod}`;
      const waiting = { reason: 'CrashLoopBackOff', message };
      return status({ waiting }, { restartCount: 3, lastState });
    }
    case 'finds no machine': {
      const message = '0/3 nodes are available: 3 Insufficient memory.';
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
      return { phase: 'Pending', conditions: [condition] };
    }
  }
}
