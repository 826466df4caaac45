/** Waits until everything that was applied runs, and says why it does not. */
import type { Cluster } from '../cluster.ts';
import type { LiveObject } from '../objects.ts';
import { OcError } from '../oc.ts';
import type { Patience } from '../patience.ts';
import {
  findHindrances,
  type Hindrance,
  type LiveEvent,
  type LivePod,
  type ProjectView,
} from './hindrances.ts';
import { describeState, type LiveWorkload, stateOf, type WorkloadState } from './workload-state.ts';

const LOG_LINES = 15;

/** Workloads, pods and events of a project. */
export async function readProjectView(cluster: Cluster, namespace: string): Promise<ProjectView> {
  const objects = await cluster.list<LiveObject>('deployments,statefulsets,pods,events', {
    namespace,
  });
  const ofKinds = (...kinds: string[]) => objects.filter(({ kind }) => kinds.includes(kind));
  return {
    workloads: ofKinds('Deployment', 'StatefulSet') as LiveWorkload[],
    pods: ofKinds('Pod') as LivePod[],
    events: ofKinds('Event') as LiveEvent[],
  };
}

/**
 * @param names of the Deployments and StatefulSets that must be ready
 * @param say told of each change, and of each hindrance when it is seen first
 * @param throwIfLost called before each look, for whoever has no business here any more
 * @throws CommandError with everything that is known about those that are not ready in time
 */
export async function waitForRollout(
  cluster: Cluster,
  namespace: string,
  names: readonly string[],
  patience: Patience,
  say: (line: string) => void,
  throwIfLost: () => void,
): Promise<void> {
  const told = new Set<string>();
  const tell = (line: string) => {
    if (told.has(line)) return;
    told.add(line);
    say(line);
  };
  let view: ProjectView = { workloads: [], pods: [], events: [] };
  let waiting: WorkloadState[] = [];
  const look = async () => {
    throwIfLost();
    view = await readProjectView(cluster, namespace);
    waiting = names.map((name) => stateIn(view, name)).filter(({ isDone }) => !isDone);
    if (waiting.length === 0) return true;
    tell(`waiting for ${waiting.map(describeState).join(', ')} ready`);
    for (const { name } of waiting) {
      for (const { reason } of findHindrances(name, view)) tell(`${name}: ${reason}`);
    }
    return undefined;
  };
  const explain = async () => {
    const parts = await Promise.all(
      waiting.map((state) => explainState(cluster, namespace, state, view)),
    );
    return `Not ready are:\n${parts.join('\n')}\nAll of it stays as it is: look with "status" and "logs", then run "up" again, or "down".`;
  };
  await patience.wait(look, `everything in ${namespace} to be ready`, explain);
}

/** One that is not there yet has nothing ready. */
function stateIn({ workloads }: ProjectView, name: string): WorkloadState {
  const workload = workloads.find(({ metadata }) => metadata.name === name);
  return workload ? stateOf(workload) : { name, kind: '', wanted: 1, ready: 0, isDone: false };
}

async function explainState(
  cluster: Cluster,
  namespace: string,
  state: WorkloadState,
  view: ProjectView,
): Promise<string> {
  const hindrances = findHindrances(state.name, view);
  const lines = await Promise.all(
    hindrances.map((each) => explainHindrance(cluster, namespace, each)),
  );
  return [
    `  ${describeState(state)}`,
    ...(lines.length > 0 ? lines.flat() : ['    nothing says why']),
  ].join('\n');
}

async function explainHindrance(
  cluster: Cluster,
  namespace: string,
  { reason, crashed }: Hindrance,
): Promise<string[]> {
  const logged = crashed ? await lastLines(cluster, namespace, crashed) : [];
  return [`    ${reason}`, ...logged.map((line) => `      | ${line}`)];
}

/** What a container said before it ended; it may have been started again since. */
async function lastLines(
  cluster: Cluster,
  namespace: string,
  { pod, container }: NonNullable<Hindrance['crashed']>,
): Promise<string[]> {
  const args = ['logs', pod, '-c', container, '--namespace', namespace, `--tail=${LOG_LINES}`];
  for (const which of [['--previous'], []]) {
    try {
      const text = await cluster.oc.run([...args, ...which]);
      if (text.trim() !== '') return text.trimEnd().split('\n');
    } catch (error) {
      // There is no log of before, or the pod is gone: what is known without is told.
      if (!(error instanceof OcError)) throw error;
    }
  }
  return [];
}
