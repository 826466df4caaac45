/** Removes a preview, and looks whether anything is left. */
import { CommandError } from '@overseer/local/commands';
import type { Cluster } from './cluster.ts';
import type { Condition, LiveObject } from './objects.ts';
import { OcError } from './oc.ts';
import type { Patience } from './patience.ts';
import { isOwned, type LiveProject } from './preview-project.ts';

/** Somebody who changes the project while it is to be deleted is asked for again so often. */
const TRIES_MAX = 5;

/** What a project can leave outside of itself; of all other kinds that a cluster has once, the templates make none. */
const OUTSIDE = 'persistentvolumes';

export interface Removal {
  readonly project: string;
  /** False when there was none. */
  readonly wasThere: boolean;
  /** What this account may not list, so that nobody has looked. */
  readonly unchecked: readonly string[];
}

type LiveVolume = LiveObject<{ readonly claimRef?: { readonly namespace?: string } }>;

/**
 * Deletes a project and waits until it is gone.
 * @param mayRemove looks at it as it was read just before, and throws when it is to stay: what is deleted is what was looked at, or nothing
 * @throws CommandError with what holds it, when time is over; whatever `mayRemove` throws
 */
export async function removeProject(
  cluster: Cluster,
  name: string,
  mayRemove: (project: LiveProject) => void,
  patience: Patience,
): Promise<Removal> {
  const deleted = await beginRemoval(cluster, name, mayRemove);
  let last: LiveProject | undefined = deleted;
  if (deleted) {
    const look = async () => {
      last = await cluster.get<LiveProject>(cluster.projectResource, name);
      // Of that name there may be another one by now.
      return last === undefined || last.metadata.uid !== deleted.metadata.uid ? true : undefined;
    };
    await patience.wait(look, `project ${name} to be gone`, () => explain(cluster, last));
  }
  const unchecked = await requireNothingLeft(cluster, name, patience);
  return { project: name, wasThere: deleted !== undefined, unchecked };
}

/** @returns the project that is being deleted now; undefined when there is none */
async function beginRemoval(
  cluster: Cluster,
  name: string,
  mayRemove: (project: LiveProject) => void,
): Promise<LiveProject | undefined> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const project = await cluster.get<LiveProject>(cluster.projectResource, name);
    if (!project) return undefined;
    if (!isOwned(project)) throw new CommandError(`Project ${name} is not ours: it is left alone.`);
    mayRemove(project);
    if (project.metadata.deletionTimestamp !== undefined) return project;
    if (await isDeleted(cluster, project)) return project;
  }
  throw new CommandError(
    `Project ${name} is changed by somebody again and again: nothing was deleted. Look who works on it, and start again.`,
  );
}

/** Gone already counts: somebody else deleted it between our look and our word. */
async function isDeleted(cluster: Cluster, project: LiveProject): Promise<boolean> {
  try {
    return await cluster.deleteProject(project);
  } catch (error) {
    if (error instanceof OcError && error.reason === 'NotFound') return true;
    throw error;
  }
}

/** @returns what this account may not look at; @throws CommandError naming what is left */
async function requireNothingLeft(
  cluster: Cluster,
  name: string,
  patience: Patience,
): Promise<string[]> {
  let left: string[] = [];
  const look = async () => {
    const found = await listVolumes(cluster, name);
    left = found ?? [];
    if (!found) return [OUTSIDE];
    return found.length === 0 ? [] : undefined;
  };
  const explainLeft = () =>
    `Left are ${left.join(', ')}. Deleting a project does not remove a volume whose class says Retain: an administrator does.`;
  return patience.wait(look, `nothing of ${name} to be left`, explainLeft);
}

/** Volumes that were claimed from a namespace. @returns undefined when the account may not list them */
async function listVolumes(cluster: Cluster, namespace: string): Promise<string[] | undefined> {
  try {
    const all = await cluster.list<LiveVolume>(OUTSIDE);
    return all
      .filter(({ spec }) => spec?.claimRef?.namespace === namespace)
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  } catch (error) {
    if (error instanceof OcError && error.reason === 'Forbidden') return undefined;
    throw error;
  }
}

/** What the namespace's controller says about why it is not done. */
function explain(cluster: Cluster, project: LiveProject | undefined): string {
  const conditions = (project?.status?.conditions ?? []).filter(({ status }) => status === 'True');
  const reasons = conditions.map(({ type, message = '' }: Condition) => `${type}: ${message}`);
  const what = reasons.length > 0 ? ` It says: ${reasons.join(' ')}` : ' It does not say why.';
  const name = project?.metadata.name ?? '';
  return `It is marked to be deleted, and something holds it.${what} Look at the objects that have finalizers, with "${cluster.platform === 'openshift' ? 'oc' : 'kubectl'} get all,pvc -n ${name}", and at the controllers that should take theirs away; run "down" again to go on waiting.`;
}
