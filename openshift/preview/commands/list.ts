/** `preview list`: all previews of the cluster. */
import { parseArgs } from 'node:util';
import {
  type Command,
  type CommandContext,
  EXIT,
  formatColumns,
  formatDurationMs,
} from '@overseer/local/commands';
import type { Cluster } from '../cluster.ts';
import {
  type LiveProject,
  PREVIEW_SELECTOR,
  type PreviewProject,
  readPreview,
} from '../preview-project.ts';
import { connectCluster, ENVIRONMENT_USAGE, JSON_OPTION } from './options.ts';

export const list: Command = {
  summary: 'show all previews of the cluster',
  usage: `preview list [--json]

Shows every project with the label overseer.dev/preview=true that this account may see.

--json        prints an array of {project, pullRequest, commit, expiresAt, isPreserved, isTerminating}

${ENVIRONMENT_USAGE}`,

  async run(args: readonly string[], context: CommandContext) {
    const { values } = parseArgs({ args: [...args], options: JSON_OPTION });
    const previews = await listPreviews(await connectCluster(context));
    console.log(values.json ? JSON.stringify(previews) : format(previews, new Date()));
    return EXIT.done;
  },
};

/** By name. */
export async function listPreviews(cluster: Cluster): Promise<PreviewProject[]> {
  const projects = await cluster.list<LiveProject>(cluster.projectResource, {
    selector: PREVIEW_SELECTOR,
  });
  return projects.map(readPreview).sort((one, other) => one.project.localeCompare(other.project));
}

function format(previews: readonly PreviewProject[], now: Date): string {
  if (previews.length === 0) return 'There are no previews.';
  const columns = [
    { name: 'project' },
    { name: 'pull request', isNumber: true },
    { name: 'commit' },
    { name: 'expires' },
    { name: 'state' },
  ];
  const rows = previews.map((preview) => [
    preview.project,
    String(preview.pullRequest ?? '?'),
    preview.commit?.slice(0, 12) ?? '?',
    formatExpires(preview.expiresAt, now),
    stateOf(preview),
  ]);
  return formatColumns(columns, rows).join('\n');
}

function stateOf({ isTerminating, isPreserved }: PreviewProject): string {
  if (isTerminating) return 'being removed';
  return isPreserved ? 'preserved' : '';
}

/** Such as `in 2d 3h`. */
export function formatExpires(expiresAt: Date | undefined, now: Date): string {
  if (!expiresAt) return '?';
  const leftMs = expiresAt.getTime() - now.getTime();
  return leftMs > 0 ? `in ${formatDurationMs(leftMs)}` : `${formatDurationMs(-leftMs)} ago`;
}
