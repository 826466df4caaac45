/** How far the rollout of a Deployment or StatefulSet is. */
import type { Condition, LiveObject } from '../objects.ts';

interface WorkloadSpec {
  readonly replicas?: number;
}

interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly Condition[];
}

export type LiveWorkload = LiveObject<WorkloadSpec, WorkloadStatus>;

export interface WorkloadState {
  readonly name: string;
  readonly kind: string;
  readonly wanted: number;
  /** Of those wanted, by the newest description. */
  readonly ready: number;
  /** All wanted ones are ready, and none of before is left. */
  readonly isDone: boolean;
}

/** @param workload a Deployment or a StatefulSet */
export function stateOf({ kind, metadata, spec = {}, status = {} }: LiveWorkload): WorkloadState {
  const wanted = spec.replicas ?? 1;
  // What the controller has not looked at yet says nothing of the newest description.
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = status;
  const available = kind === 'Deployment' ? (status.availableReplicas ?? 0) : readyReplicas;
  const isDone = isSeen && updatedReplicas >= wanted && replicas === wanted && available === wanted;
  const ready = isSeen ? Math.min(updatedReplicas, available) : 0;
  return { name: metadata.name, kind, wanted, ready, isDone };
}

/** Such as `overseer-store 0 of 1`. */
export function describeState({ name, ready, wanted }: WorkloadState): string {
  return `${name} ${ready} of ${wanted}`;
}
