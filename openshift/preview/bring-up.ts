/** Brings a preview up, or up to date: from nothing, from what an interrupted run left, or from an older commit. */
import { CommandError } from '@overseer/local/commands';
import { type Addresses, readAddresses } from './addresses.ts';
import type { Cluster } from './cluster.ts';
import type { KubernetesObject, LiveObject } from './objects.ts';
import type { Patience } from './patience.ts';
import { PreviewApi, type Tokens } from './preview-api.ts';
import { type PreviewObjects, workloadNames } from './preview-objects.ts';
import { openProject, relabelProject } from './project-setup.ts';
import { waitForRollout } from './rollout/rollout.ts';
import { writeSampleData } from './sample-data.ts';
import { type SmokeResult, smokeTest } from './smoke-test.ts';
import { WorkLease } from './work-lease.ts';

/** What is to be brought up. */
export interface Plan {
  readonly pullRequest: number;
  readonly project: string;
  /** What the names of everything begin with. */
  readonly name: string;
  readonly objects: PreviewObjects;
  readonly hasSampleData: boolean;
}

export interface BroughtUp {
  readonly addresses: Addresses;
  readonly smoke: SmokeResult;
}

/**
 * Everything in it may be done again: what is there is made what it should be, and tokens and passwords stay what they were.
 * @throws CommandError saying what does not work; what was done stays
 */
export async function bringUp(
  cluster: Cluster,
  plan: Plan,
  patience: Patience,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<BroughtUp> {
  const { project, name, objects } = plan;
  await openProject(cluster, objects, plan.pullRequest, patience, say);
  await using lease = await WorkLease.take(cluster, project, `${name}-preview`);
  const throwIfLost = () => {
    if (!lease.lost.aborted) return;
    throw new CommandError(
      `Somebody else has taken over the work on ${project}, because this one was silent for too long. Look with "status".`,
    );
  };
  await relabelProject(cluster, objects);
  say(`applying ${countObjects(objects)} objects`);
  await cluster.apply(objects.guards, project);
  for (const secret of objects.secrets) await cluster.create(secret, project);
  await cluster.apply(servedBy(cluster, objects.contents, say), project);
  await waitForRollout(cluster, project, workloadNames(objects), patience, say, throwIfLost);
  const addresses = await patience.wait(
    () => readAddresses(cluster, project, name),
    'the router to take both routes',
    () =>
      `Look at routes ${name} and ${name}-ingress in ${project}: a host may be taken by another one.`,
  );
  throwIfLost();
  const api = new PreviewApi(addresses, await readTokens(cluster, project, name), signal);
  say('writing a point and reading it back through the routes');
  const smoke = await smokeTest(api, patience);
  if (plan.hasSampleData) say(`wrote ${await writeSampleData(api)} points of sample data`);
  return { addresses, smoke };
}

function countObjects({ guards, secrets, contents }: PreviewObjects): number {
  return guards.length + secrets.length + contents.length;
}

/** Who collects metrics is an operator's matter, which not every cluster has; all other kinds must be there. */
function servedBy(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  say: (line: string) => void,
): KubernetesObject[] {
  const isServed = ({ kind, apiVersion }: KubernetesObject) =>
    kind !== 'ServiceMonitor' || cluster.serves(apiVersion);
  const served = objects.filter(isServed);
  if (served.length < objects.length) {
    say('the ServiceMonitors are left out: the cluster has no Prometheus operator');
  }
  return served;
}

interface LiveSecret extends LiveObject {
  readonly data?: Readonly<Record<string, string>>;
}

async function readTokens(cluster: Cluster, project: string, name: string): Promise<Tokens> {
  const secret = await cluster.get<LiveSecret>('secrets', `${name}-tokens`, project);
  const read = (key: string) => {
    const value = secret?.data?.[key];
    if (value) return Buffer.from(value, 'base64').toString();
    throw new CommandError(
      `Secret ${name}-tokens in ${project} has no ${key}: somebody has changed it. Delete the Secret and run "up" again.`,
    );
  };
  return { write: read('write-token'), read: read('read-token') };
}
