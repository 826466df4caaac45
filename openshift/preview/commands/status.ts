/** `preview status`: how one preview is. */
import { parseArgs } from 'node:util';
import { type Command, type CommandContext, CommandError, EXIT } from '@overseer/local/commands';
import { type Addresses, readAddresses } from '../addresses.ts';
import {
  type LiveProject,
  type PreviewProject,
  readPreview,
  requireOwned,
} from '../preview-project.ts';
import { findHindrances } from '../rollout/hindrances.ts';
import { readProjectView } from '../rollout/rollout.ts';
import { describeState, stateOf, type WorkloadState } from '../rollout/workload-state.ts';
import { formatExpires } from './list.ts';
import {
  connectCluster,
  ENVIRONMENT_USAGE,
  JSON_OPTION,
  NAME_OPTION,
  NAME_USAGE,
  PULL_REQUEST_OPTIONS,
  PULL_REQUEST_USAGE,
  readPullRequest,
} from './options.ts';

interface Status extends PreviewProject {
  readonly workloads: readonly (WorkloadState & { readonly hindrances: readonly string[] })[];
  readonly addresses: Addresses | undefined;
}

export const status: Command = {
  summary: 'show how the preview of a pull request is',
  usage: `preview status --pr <number> [--prefix <name>] [--json]

Shows what runs, why something does not, where it is reached and until when it stays.

Exit code 0: everything is ready; 1: something is not, or there is no preview.

${PULL_REQUEST_USAGE}
${NAME_USAGE}
--json                 prints everything as one JSON object

${ENVIRONMENT_USAGE}`,

  async run(args: readonly string[], context: CommandContext) {
    const { values } = parseArgs({
      args: [...args],
      options: { ...PULL_REQUEST_OPTIONS, ...JSON_OPTION, ...NAME_OPTION },
    });
    const { project, pullRequest } = readPullRequest(values);
    const cluster = await connectCluster(context);
    const live = await cluster.get<LiveProject>(cluster.projectResource, project);
    if (!live) throw new CommandError(`There is no project ${project}. Make it with "up".`);
    requireOwned(live, pullRequest);
    const view = await readProjectView(cluster, project);
    const workloads = view.workloads.map(stateOf).map((state) => {
      const hindrances = state.isDone ? [] : findHindrances(state.name, view);
      return { ...state, hindrances: hindrances.map(({ reason }) => reason) };
    });
    const addresses = await readAddresses(cluster, project, values.name);
    const found: Status = { ...readPreview(live), workloads, addresses };
    console.log(values.json ? JSON.stringify(found) : format(found, new Date()));
    const isWell =
      !found.isTerminating && workloads.length > 0 && workloads.every(({ isDone }) => isDone);
    return isWell ? EXIT.done : EXIT.failed;
  },
};

function format(found: Status, now: Date): string {
  const { project, commit = '?', expiresAt, isPreserved, isTerminating, workloads } = found;
  const stays = isPreserved ? 'is preserved' : `expires ${formatExpires(expiresAt, now)}`;
  const { addresses } = found;
  return [
    `${project}: commit ${commit}, ${isTerminating ? 'is being removed' : stays}`,
    ...(addresses ? [`  page   ${addresses.page}`, `  write  ${addresses.write}`] : []),
    ...workloads.flatMap((workload) => [
      `  ${describeState(workload)} ready`,
      ...workload.hindrances.map((reason) => `    ${reason}`),
    ]),
    ...(workloads.length === 0 ? ['  nothing runs in it'] : []),
  ].join('\n');
}
