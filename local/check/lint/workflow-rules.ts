/** Rules about workflows that keep credentials from whoever opens a pull request. */
import { type Permissions, stepsOf, type Workflow } from './workflow.ts';

/** A hanging job holds a runner and its concurrency group for no longer than this. */
const TIMEOUT_MINUTES_MAX = 90;

/** What a privileged job may check out besides what its event says. */
const DEFAULT_BRANCH = `\${{ github.event.repository.default_branch }}`;

export interface WorkflowRule {
  readonly name: string;
  /** Why there is such a rule. */
  readonly reason: string;
  /** @returns the places that break it */
  readonly broken: (workflow: Workflow) => readonly string[];
}

export const WORKFLOW_RULES: readonly WorkflowRule[] = [
  {
    name: 'actions are pinned',
    reason: 'a tag can be moved to other code; the comment says which version the commit is',
    broken: ({ text }) =>
      [...text.matchAll(/^\s*(?:- )?uses:\s*(.+)$/gm)]
        .map(([, reference = '']) => reference.trim())
        .filter((reference) => !reference.startsWith('./'))
        .filter(
          (reference) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(reference),
        ),
  },
  {
    name: 'permissions begin with none',
    reason: 'a job has what it names, whatever the repository gives by default',
    broken: (workflow) => [
      ...(isNone(workflow.permissions) ? [] : ['permissions of the workflow are not {}']),
      ...jobsWhere(workflow, ({ permissions }) => typeof permissions !== 'object'),
    ],
  },
  {
    name: 'jobs end',
    reason: 'the default is six hours, in which nothing else of the group runs',
    broken: (workflow) =>
      jobsWhere(workflow, ({ 'timeout-minutes': minutes }) =>
        minutes === undefined ? true : minutes > TIMEOUT_MINUTES_MAX,
      ),
  },
  {
    name: 'runs do not meet',
    reason: 'two runs at once would change the same preview, or pay twice for the same answer',
    broken: (workflow) =>
      workflow.concurrency === undefined
        ? jobsWhere(workflow, ({ concurrency }) => concurrency === undefined)
        : [],
  },
  {
    name: 'scripts are constant',
    reason: 'what an expression gives becomes code there, titles and branch names too; use env',
    broken: (workflow) =>
      stepsOf(workflow)
        .filter(({ step }) => `${step.run ?? ''}${step.with?.script ?? ''}`.includes('${{'))
        .map(({ job, label }) => `${job}: ${label}`),
  },
  {
    name: 'scripts fail early',
    reason: 'without a shell that is named, a command that fails ahead of a pipe goes unnoticed',
    broken: (workflow) =>
      stepsOf(workflow)
        .filter(({ step }) => step.run !== undefined)
        .filter(({ step }) => (step.shell ?? workflow.defaults?.run?.shell) !== 'bash')
        .map(({ job, label }) => `${job}: ${label}`),
  },
  {
    name: 'checkouts keep no credentials',
    reason: 'whatever runs in the folder afterwards could read them out of .git/config',
    broken: (workflow) =>
      checkouts(workflow)
        .filter(({ step }) => step.with?.['persist-credentials'] !== false)
        .map(({ job, label }) => `${job}: ${label}`),
  },
  {
    name: 'credentials never meet code of a fork',
    reason:
      'pull_request_target has secrets: its jobs check out what the base branch has, no other',
    broken: (workflow) =>
      isPrivileged(workflow)
        ? checkouts(workflow)
            .filter(({ step: { with: { ref = DEFAULT_BRANCH, repository } = {} } }) => {
              return ref !== DEFAULT_BRANCH || repository !== undefined;
            })
            .map(({ job, label }) => `${job}: ${label}`)
        : [],
  },
  {
    name: 'nothing is cached',
    reason:
      'what runs for a fork could fill the cache that runs of the base branch, and releases, read',
    broken: (workflow) =>
      stepsOf(workflow)
        .filter(({ step }) => step.uses?.startsWith('actions/cache') || step.with?.cache)
        .map(({ job, label }) => `${job}: ${label}`),
  },
  {
    name: 'secrets are kept by an environment',
    reason: 'its protection rules say which branches get them, and who agrees to it',
    broken: (workflow) =>
      jobsWhere(workflow, (job) => {
        const text = JSON.stringify(job);
        const isSecret = /\bsecrets\.(?!GITHUB_TOKEN\b)|"secrets":"inherit"|toJSON\(secrets\)/i;
        return isSecret.test(text) && job.environment === undefined;
      }),
  },
  {
    name: 'machines are named by version',
    reason: 'what "latest" means changes under a commit that does not',
    broken: (workflow) =>
      jobsWhere(workflow, ({ 'runs-on': machine = '' }) => /latest|\$\{\{/.test(machine)),
  },
];

/** @returns one line for each place that breaks a rule */
export function checkWorkflow(workflow: Workflow): string[] {
  return WORKFLOW_RULES.flatMap(({ name, reason, broken }) =>
    broken(workflow).map((place) => `${workflow.path}: ${place}: ${name}: ${reason}`),
  );
}

function isNone(permissions: Permissions | undefined): boolean {
  return typeof permissions === 'object' && Object.keys(permissions).length === 0;
}

function isPrivileged({ events }: Workflow): boolean {
  return events.includes('pull_request_target') || events.includes('workflow_run');
}

function jobsWhere(
  { jobs }: Workflow,
  condition: (job: Workflow['jobs'][string]) => boolean,
): string[] {
  return Object.entries(jobs).flatMap(([name, job]) => (condition(job) ? [name] : []));
}

function checkouts(workflow: Workflow) {
  return stepsOf(workflow).filter(({ step }) => step.uses?.startsWith('actions/checkout@'));
}
