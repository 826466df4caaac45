/** Why a rollout does not come to its end, as pods, conditions and events tell. */
import type { Condition, LiveMetadata, LiveObject } from '../objects.ts';
import type { LiveWorkload } from './workload-state.ts';

/** Of a workload, the newest warnings that are shown. */
const WARNINGS_MAX = 3;
const MESSAGE_CHARACTERS_MAX = 500;

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export type LivePod = LiveObject<
  unknown,
  {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  }
>;

export interface LiveEvent {
  readonly kind: string;
  readonly metadata: LiveMetadata;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string;
  readonly eventTime?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** Something that keeps a workload from being ready. */
export interface Hindrance {
  /** The workload. */
  readonly name: string;
  /** A sentence without a full stop. */
  readonly reason: string;
  /** A container that ended, whose last lines tell more. */
  readonly crashed?: { readonly pod: string; readonly container: string };
}

/** What is known of a project at one moment. */
export interface ProjectView {
  readonly workloads: readonly LiveWorkload[];
  readonly pods: readonly LivePod[];
  readonly events: readonly LiveEvent[];
}

/** @param name of a workload that is not ready; @returns nothing when nothing says why */
export function findHindrances(
  name: string,
  { workloads, pods, events }: ProjectView,
): Hindrance[] {
  const own = pods.filter((pod) => workloadOf(pod) === name);
  const ofPods = own.flatMap((pod) => ofPod(name, pod));
  const workload = workloads.find(({ metadata }) => metadata.name === name);
  const refusals = (workload?.status?.conditions ?? [])
    .filter(({ type, status }) => type === 'ReplicaFailure' && status === 'True')
    .map(({ message = '' }) => ({ name, reason: `pods are refused: ${shorten(message)}` }));
  const found = [...refusals, ...ofPods];
  return found.length > 0 ? found : ofEvents(name, own, events);
}

/** A pod's workload: a ReplicaSet is named after its Deployment, and a hash. */
function workloadOf({ metadata }: LivePod): string | undefined {
  const [owner] = metadata.ownerReferences ?? [];
  return owner?.kind === 'ReplicaSet' ? withoutHash(owner.name) : owner?.name;
}

const withoutHash = (name: string) => name.replace(/-[^-]+$/, '');

function ofPod(name: string, pod: LivePod): Hindrance[] {
  const { conditions = [], containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const unscheduled = conditions.find(
    ({ type, status, reason }) =>
      type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
  );
  if (unscheduled) {
    const reason = `no machine takes ${pod.metadata.name}: ${shorten(unscheduled.message ?? '')}`;
    return [{ name, reason }];
  }
  return [...initContainerStatuses, ...containerStatuses].flatMap((status) =>
    ofContainer(name, pod.metadata.name, status),
  );
}

function ofContainer(name: string, pod: string, status: ContainerStatus): Hindrance[] {
  const waiting = status.state?.waiting;
  const ended = status.state?.terminated ?? status.lastState?.terminated;
  if (ended && ended.exitCode !== 0) {
    const how = `exit code ${ended.exitCode}${ended.reason ? `, ${ended.reason}` : ''}`;
    const restarts = status.restartCount ?? 0;
    const reason = `${status.name} of ${pod} crashed (${how}), started again ${restarts} times`;
    return [{ name, reason, crashed: { pod, container: status.name } }];
  }
  // These are the ordinary steps of a start.
  if (!waiting?.reason || ['ContainerCreating', 'PodInitializing'].includes(waiting.reason))
    return [];
  const told = waiting.message ? `: ${shorten(waiting.message)}` : '';
  return [{ name, reason: `${status.name} of ${pod} waits, ${waiting.reason}${told}` }];
}

/** The newest warnings about the workload itself, its ReplicaSets, volumes and pods. */
function ofEvents(
  name: string,
  pods: readonly LivePod[],
  events: readonly LiveEvent[],
): Hindrance[] {
  const podNames = new Set(pods.map(({ metadata }) => metadata.name));
  const isOwn = ({ involvedObject: of = {} }: LiveEvent) => {
    const object = of.name ?? '';
    if (of.kind === 'Pod') return podNames.has(object);
    if (of.kind === 'ReplicaSet') return withoutHash(object) === name;
    // Named after the volume, the StatefulSet and the number of the pod.
    if (of.kind === 'PersistentVolumeClaim') return object.includes(`-${name}-`);
    return object === name;
  };
  const messages = events
    .filter((event) => event.type === 'Warning' && isOwn(event))
    .sort((one, other) => timeOf(other).localeCompare(timeOf(one)))
    .map(({ reason = 'Warning', message = '' }) => `${reason}: ${shorten(message)}`);
  return [...new Set(messages)].slice(0, WARNINGS_MAX).map((reason) => ({ name, reason }));
}

function timeOf({ lastTimestamp, eventTime, metadata }: LiveEvent): string {
  return lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
}

function shorten(message: string): string {
  const line = message.trim().replace(/\s+/g, ' ').replace(/\.$/, '');
  return line.length <= MESSAGE_CHARACTERS_MAX ? line : `${line.slice(0, MESSAGE_CHARACTERS_MAX)}…`;
}
