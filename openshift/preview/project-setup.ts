/** Makes the project of a preview, or takes up the one that is there. */
import { CommandError } from '@overseer/local/commands';
import type { Cluster } from './cluster.ts';
import { OcError } from './oc.ts';
import type { Patience } from './patience.ts';
import type { PreviewObjects } from './preview-objects.ts';
import { type LiveProject, requireOwned } from './preview-project.ts';

/** What OpenShift gives a namespace a moment after it was made; pods are refused before. */
const USER_RANGE_ANNOTATION = 'openshift.io/sa.scc.uid-range';

/**
 * Makes sure that the project is there, is ours and can be worked in.
 * @throws CommandError when it is somebody else's, or does not become usable
 */
export async function openProject(
  cluster: Cluster,
  { project, rights }: PreviewObjects,
  pullRequest: number,
  patience: Patience,
  say: (line: string) => void,
): Promise<void> {
  const { name } = project.metadata;
  const read = () => cluster.get<LiveProject>(cluster.projectResource, name);
  const open = async () => {
    const live = await read();
    if (live) requireOwned(live, pullRequest);
    if (live?.metadata.deletionTimestamp !== undefined) {
      say(`${name} is being removed; it is made anew when it is gone`);
      await patience.wait(
        async () => ((await read())?.metadata.uid === live.metadata.uid ? undefined : true),
        `project ${name} to be gone, which is being removed`,
        () => `"down" says what holds it.`,
      );
      return undefined;
    }
    if (live) return isUsable(cluster, live) ? true : undefined;
    say(`making project ${name}`);
    // Of two at once one makes it, and the other finds it.
    await cluster.create(project);
    return undefined;
  };
  await patience.wait(open, `project ${name} to be usable`);
  await takeRights(cluster, name, rights, patience);
}

function isUsable({ platform }: Cluster, { metadata, status }: LiveProject): boolean {
  if (status?.phase !== 'Active') return false;
  return platform === 'kubernetes' || metadata.annotations?.[USER_RANGE_ANNOTATION] !== undefined;
}

/** Whoever makes a Project has no rights in it; those that it gives itself count a moment later. */
async function takeRights(
  cluster: Cluster,
  namespace: string,
  rights: PreviewObjects['rights'],
  patience: Patience,
): Promise<void> {
  await cluster.apply(rights, namespace);
  const look = async () =>
    (await cluster.mayCreate('coordination.k8s.io', 'leases', namespace)) ? true : undefined;
  const explain = () =>
    `The account may not make leases in ${namespace}: apply cluster-setup.yaml, and see that DEPLOYER, DEPLOYER_NAMESPACE and DEPLOYER_USER name the account.`;
  await patience.wait(look, 'the account to have its rights', explain);
}

/**
 * Gives the project the labels and annotations of this commit.
 *
 * By its namespace: a Project refuses ("field is immutable, try updating the namespace").
 */
export async function relabelProject(cluster: Cluster, { project }: PreviewObjects): Promise<void> {
  const { name, labels = {}, annotations = {} } = project.metadata;
  const metadata = { labels, annotations };
  try {
    await cluster.patch('namespaces', name, { metadata });
  } catch (error) {
    if (!(error instanceof OcError) || error.reason !== 'NotFound') throw error;
    throw new CommandError(`Project ${name} was removed meanwhile. Start again if it is wanted.`, {
      cause: error,
    });
  }
}
