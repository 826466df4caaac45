/** Options that several commands have. */
import { type CommandContext, UsageError } from '@overseer/local/commands';
import { Cluster } from '../cluster.ts';
import { Oc } from '../oc.ts';
import { projectName } from '../preview-project.ts';

export const PULL_REQUEST_OPTIONS = {
  pr: { type: 'string' },
  prefix: { type: 'string', default: 'overseer' },
} as const;

export const PULL_REQUEST_USAGE = `--pr <number>          the pull request
--prefix <name>        beginning of the project's name, <name>-pr-<number>; default overseer`;

export const JSON_OPTION = { json: { type: 'boolean', default: false } } as const;

export const NAME_OPTION = { name: { type: 'string', default: 'overseer' } } as const;
export const NAME_USAGE = `--name <name>          beginning of the names of everything in it; default overseer`;

/** What the environment says, for all of them. */
export const ENVIRONMENT_USAGE = `The cluster is the one that oc is signed in to (KUBECONFIG). OC says which program it is: oc unless told,
kubectl for plain Kubernetes.`;

/** Letters, digits and hyphens: a name of a project has 63 characters at the most. */
const PREFIX = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

export interface PullRequestOptions {
  readonly pullRequest: number;
  readonly project: string;
}

/** @throws UsageError */
export function readPullRequest(values: {
  readonly pr?: string | undefined;
  readonly prefix: string;
}): PullRequestOptions {
  const { pr, prefix } = values;
  if (pr === undefined) throw new UsageError('--pr is missing: say which pull request.');
  if (!/^[1-9]\d{0,8}$/.test(pr)) {
    throw new UsageError(`--pr is ${pr}; write the number of the pull request, such as 12.`);
  }
  const pullRequest = Number(pr);
  return { pullRequest, project: projectName(readPrefix(prefix), pullRequest) };
}

/** @throws UsageError */
export function readPrefix(prefix: string): string {
  if (PREFIX.test(prefix)) return prefix;
  throw new UsageError(
    `--prefix is ${prefix}; valid are up to 40 small letters, digits and hyphens, such as overseer.`,
  );
}

/** The cluster that `oc` is signed in to. */
export function connectCluster({ signal }: CommandContext): Promise<Cluster> {
  return Cluster.connect(new Oc(signal, process.env.OC || 'oc'));
}

/** Progress, on standard error: standard output has the result. */
export function say(line: string): void {
  process.stderr.write(`preview: ${line}\n`);
}
