/** `preview logs`: what the services of a preview say. */
import { parseArgs } from 'node:util';
import { type Command, type CommandContext, EXIT, UsageError } from '@overseer/local/commands';
import {
  connectCluster,
  ENVIRONMENT_USAGE,
  NAME_OPTION,
  NAME_USAGE,
  PULL_REQUEST_OPTIONS,
  PULL_REQUEST_USAGE,
  readPullRequest,
} from './options.ts';

const COMPONENTS: readonly string[] = [
  'ingress',
  'store',
  'processor',
  'frontend',
  'nats',
  'postgres',
];
/** Pods that are followed at once; `oc` refuses more than it is told. */
const FOLLOWED_MAX = 50;

export const logs: Command = {
  summary: 'print what the services of a preview say',
  usage: `preview logs --pr <number> [<service>] [--follow] [--tail 200]

Each line begins with its pod. <service> is one of ${COMPONENTS.join(', ')};
all of them unless told.

${PULL_REQUEST_USAGE}
${NAME_USAGE}
--follow, -f           goes on until Ctrl-C
--tail <lines>         of each pod, from its end; default 200, -1 for all

${ENVIRONMENT_USAGE}`,

  async run(args: readonly string[], context: CommandContext) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...PULL_REQUEST_OPTIONS,
        ...NAME_OPTION,
        follow: { type: 'boolean', short: 'f', default: false },
        tail: { type: 'string', default: '200' },
      },
    });
    const { project } = readPullRequest(values);
    const [service, ...others] = positionals;
    if (others.length > 0 || (service !== undefined && !COMPONENTS.includes(service))) {
      throw new UsageError(`Say one service, or none: ${COMPONENTS.join(', ')}.`);
    }
    if (!/^(-1|\d{1,6})$/.test(values.tail)) {
      throw new UsageError(`--tail is ${values.tail}; write a number of lines, or -1 for all.`);
    }
    const selector = [
      `app.kubernetes.io/instance=${values.name}`,
      ...(service === undefined ? [] : [`app.kubernetes.io/component=${service}`]),
    ].join(',');
    const cluster = await connectCluster(context);
    const how = ['--prefix', '--all-containers', `--tail=${values.tail}`];
    const follow = values.follow ? ['--follow', `--max-log-requests=${FOLLOWED_MAX}`] : [];
    const remarks = await cluster.oc.follow(
      ['logs', '--namespace', project, '--selector', selector, ...how, ...follow],
      (line) => console.log(line),
    );
    if (remarks !== '') console.error(remarks);
    return EXIT.done;
  },
};
