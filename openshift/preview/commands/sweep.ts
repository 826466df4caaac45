/** `preview sweep`: removes previews that nobody needs any more. */
import { parseArgs } from 'node:util';
import {
  type Command,
  type CommandContext,
  CommandError,
  describeFailure,
  EXIT,
  formatColumns,
  UsageError,
} from '@overseer/local/commands';
import type { Cluster } from '../cluster.ts';
import { GitHub, type PullRequestAnswer } from '../github.ts';
import { Patience, parseDurationMs } from '../patience.ts';
import { type LiveProject, projectName, readPreview } from '../preview-project.ts';
import { removeProject } from '../removal.ts';
import { decide, type SweepDecision } from '../sweep-decision.ts';
import { listPreviews } from './list.ts';
import {
  connectCluster,
  ENVIRONMENT_USAGE,
  JSON_OPTION,
  PULL_REQUEST_OPTIONS,
  readPrefix,
  say,
} from './options.ts';

/** What became of a preview. */
interface Swept extends SweepDecision {
  readonly project: string;
  readonly outcome: 'kept' | 'removed' | 'would be removed' | 'failed';
}

export const sweep: Command = {
  summary: 'remove previews past their time, or whose pull request is closed',
  usage: `preview sweep --repository <owner/name> [--dry-run] [--prefix <name>] [--timeout 5m] [--json]

Looks at every project with the label overseer.dev/preview=true whose name is <prefix>-pr-<number>, and removes
it when its time is over, or when GitHub says that its pull request is closed. It stays when it has the label
overseer.dev/preserve=true, and when nobody knows: GitHub does not answer, or its labels say nothing.

Exit code 1 when a removal failed; the others are done all the same.

--repository <owner/name>  on GitHub; default GITHUB_REPOSITORY
--github-api <url>         default GITHUB_API_URL, else https://api.github.com
--prefix <name>            beginning of the projects' names; default overseer
--dry-run                  says what it would do
--timeout <duration>       how long to wait for each to be gone; default 5m
--json                     prints an array of {project, isToGo, reason, outcome}

GITHUB_TOKEN is a token that may read pull requests; a public repository needs none.
${ENVIRONMENT_USAGE}`,

  async run(args: readonly string[], context: CommandContext) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...JSON_OPTION,
        prefix: PULL_REQUEST_OPTIONS.prefix,
        repository: { type: 'string' },
        'github-api': { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        timeout: { type: 'string', default: '5m' },
      },
    });
    const { GITHUB_REPOSITORY, GITHUB_API_URL, GITHUB_TOKEN } = process.env;
    const repository = values.repository ?? GITHUB_REPOSITORY;
    if (!repository) throw new UsageError('--repository is missing: say which, as owner/name.');
    const gitHub = new GitHub(repository, values['github-api'] ?? GITHUB_API_URL, GITHUB_TOKEN);
    const sweeper: Sweeper = {
      cluster: await connectCluster(context),
      gitHub,
      prefix: readPrefix(values.prefix),
      isDry: values['dry-run'],
      timeoutMs: parseDurationMs(values.timeout, '--timeout'),
      signal: context.signal,
    };
    const swept = await sweepAll(sweeper);
    console.log(values.json ? JSON.stringify(swept) : format(swept));
    return swept.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
  },
};

interface Sweeper {
  readonly cluster: Cluster;
  readonly gitHub: GitHub;
  readonly prefix: string;
  readonly isDry: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function sweepAll(sweeper: Sweeper): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const preview of await listPreviews(sweeper.cluster)) {
    const { project, pullRequest } = preview;
    // Others may make previews of their own in the same cluster.
    if (pullRequest === undefined || project !== projectName(sweeper.prefix, pullRequest)) {
      swept.push({ project, isToGo: false, reason: 'not one of this prefix', outcome: 'kept' });
      continue;
    }
    const state = await sweeper.gitHub.stateOf(pullRequest, sweeper.signal);
    const decision = decide(preview, state, new Date());
    swept.push({
      project,
      ...decision,
      outcome: await carryOut(sweeper, project, decision, state),
    });
  }
  return swept;
}

async function carryOut(
  { cluster, isDry, timeoutMs, signal }: Sweeper,
  project: string,
  { isToGo, reason }: SweepDecision,
  state: PullRequestAnswer,
): Promise<Swept['outcome']> {
  if (!isToGo) return 'kept';
  if (isDry) return 'would be removed';
  say(`removing ${project}: ${reason}`);
  try {
    const mayRemove = (live: LiveProject) => requireToGo(live, state);
    await removeProject(cluster, project, mayRemove, new Patience(timeoutMs, signal));
    return 'removed';
  } catch (error) {
    if (error instanceof StaysError) {
      say(error.message);
      return 'kept';
    }
    const failure = describeFailure(error);
    if (!failure || signal.aborted) throw error;
    say(failure.message);
    return 'failed';
  }
}

/** What was to be removed is not any more. */
class StaysError extends CommandError {
  override name = 'StaysError';
}

/** Since the list was read, somebody may have preserved it, or brought it up again. */
function requireToGo(live: LiveProject, state: PullRequestAnswer): void {
  const { isToGo, reason } = decide(readPreview(live), state, new Date());
  if (isToGo) return;
  throw new StaysError(`${live.metadata.name} stays, since a moment ago: ${reason}.`);
}

function format(swept: readonly Swept[]): string {
  if (swept.length === 0) return 'There are no previews.';
  const columns = [{ name: 'project' }, { name: 'outcome' }, { name: 'because' }];
  const rows = swept.map(({ project, outcome, reason }) => [project, outcome, reason]);
  return formatColumns(columns, rows).join('\n');
}
