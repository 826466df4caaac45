/** `preview down`: removes the project of a pull request. */
import { parseArgs } from 'node:util';
import { type Command, type CommandContext, EXIT } from '@overseer/local/commands';
import { Patience, parseDurationMs } from '../patience.ts';
import { requireOwned } from '../preview-project.ts';
import { removeProject } from '../removal.ts';
import {
  connectCluster,
  ENVIRONMENT_USAGE,
  JSON_OPTION,
  PULL_REQUEST_OPTIONS,
  PULL_REQUEST_USAGE,
  readPullRequest,
  say,
} from './options.ts';

export const down: Command = {
  summary: 'remove the project of a pull request, and prove that nothing is left',
  usage: `preview down --pr <number> [--prefix <name>] [--timeout 5m] [--json]

Deletes the project with everything in it, waits until it is gone, and looks for what a project can leave
outside of itself. A project without the label overseer.dev/preview=true is never touched. That there is
none is fine. What holds it is told when time is over; run it again to go on waiting.

${PULL_REQUEST_USAGE}
--timeout <duration>   how long to wait, such as 90s or 10m; default 5m
--json                 prints the result as JSON

${ENVIRONMENT_USAGE}`,

  async run(args: readonly string[], context: CommandContext) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...PULL_REQUEST_OPTIONS,
        ...JSON_OPTION,
        timeout: { type: 'string', default: '5m' },
      },
    });
    const { project, pullRequest } = readPullRequest(values);
    const timeoutMs = parseDurationMs(values.timeout, '--timeout');
    const cluster = await connectCluster(context);
    say(`removing ${project}`);
    const patience = new Patience(timeoutMs, context.signal);
    const removal = await removeProject(
      cluster,
      project,
      (live) => requireOwned(live, pullRequest),
      patience,
    );
    const { wasThere, unchecked } = removal;
    for (const kind of unchecked) {
      say(`not checked: ${kind}, which this account may not list`);
    }
    console.log(
      values.json
        ? JSON.stringify(removal)
        : `${project} ${wasThere ? 'is gone' : 'was not there'}; nothing of it is left.`,
    );
    return EXIT.done;
  },
};
