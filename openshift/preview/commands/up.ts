/** `preview up`: makes or updates the project of a pull request. */
import { parseArgs } from 'node:util';
import {
  type Command,
  type CommandContext,
  CommandError,
  EXIT,
  formatDurationMs,
  UsageError,
} from '@overseer/local/commands';
import { parseAssignment, TemplateError } from '../../template/mod.ts';
import { type BroughtUp, bringUp } from '../bring-up.ts';
import { Patience, parseDurationMs } from '../patience.ts';
import {
  allObjects,
  type Parameters,
  type PreviewObjects,
  readParameterFile,
  renderPreview,
} from '../preview-objects.ts';
import { formatExpiry, labelOfTime } from '../preview-project.ts';
import { checkQuota } from '../quota/quota-check.ts';
import {
  connectCluster,
  ENVIRONMENT_USAGE,
  JSON_OPTION,
  NAME_OPTION,
  NAME_USAGE,
  PULL_REQUEST_OPTIONS,
  PULL_REQUEST_USAGE,
  type PullRequestOptions,
  readPullRequest,
  say,
} from './options.ts';

const COMMIT_UNKNOWN = 'unknown';

export const up: Command = {
  summary: 'make or update the project of a pull request',
  usage: `preview up --pr <number> --image <image> [--commit <sha>] [--ttl 3d] [-p KEY=value …] [--json]

Works out whether everything fits the quota, makes the project, applies the templates, waits until all pods
are ready, writes a point through the Route and reads it back through the page's API, adds some sample data,
and prints where it is. Run it again to update: tokens and passwords stay what they were. What an interrupted
run left is taken up. Of two at once for the same pull request, one says who is at work.

${PULL_REQUEST_USAGE}
--image <image>        the image of Overseer, by digest or by a tag of the commit
--commit <sha>         what the image was made of; shown by "list"
--ttl <duration>       for how long it stays, such as 8h or 3d, from now on; default 3d
--author <user>        who gets a role in the project
-p, --param KEY=value  a parameter of the templates; more than once
--param-file <path>    parameters of the templates; default openshift/templates/lite.env
${NAME_USAGE}
--no-sample-data       leaves the sample data out
--timeout <duration>   how long all of it may take; default 15m
--ingress-class <name>       who serves Ingresses, where there are no Routes; default nginx
--ingress-namespace <name>   where that one runs; default ingress-nginx
--json                 prints {project, url, writeUrl, expiresAt, smoke} as JSON

Where there are no Routes, -p INGRESS_HOSTNAME=… and -p FRONTEND_HOSTNAME=… name the hosts.
NODE_EXTRA_CA_CERTS is a file with the certificate of the router, where it is the cluster's own.
${ENVIRONMENT_USAGE}`,

  async run(args: readonly string[], context: CommandContext) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        ...PULL_REQUEST_OPTIONS,
        ...JSON_OPTION,
        ...NAME_OPTION,
        image: { type: 'string' },
        commit: { type: 'string', default: COMMIT_UNKNOWN },
        ttl: { type: 'string', default: '3d' },
        author: { type: 'string' },
        param: { type: 'string', short: 'p', multiple: true, default: [] },
        'param-file': { type: 'string' },
        'no-sample-data': { type: 'boolean', default: false },
        'ingress-class': { type: 'string' },
        'ingress-namespace': { type: 'string' },
        timeout: { type: 'string', default: '15m' },
      },
    });
    const of = readPullRequest(values);
    if (!values.image) throw new UsageError('--image is missing: say which image to run.');
    if (!/^[\w.-]{1,63}$/.test(values.commit)) {
      throw new UsageError(`--commit is ${values.commit}; write the hash of a commit.`);
    }
    const timeoutMs = parseDurationMs(values.timeout, '--timeout');
    const expiresAt = formatExpiry(new Date(Date.now() + parseDurationMs(values.ttl, '--ttl')));
    const parameters = {
      ...readParameterFile(values['param-file']),
      ...ownParameters(of, values.name, values.commit, expiresAt),
      IMAGE: values.image,
      ...(values.author !== undefined && { AUTHOR: values.author }),
      ...Object.fromEntries(values.param.map(readAssignment)),
    };
    requireQuota(renderPreview(parameters, 'openshift'));

    const cluster = await connectCluster(context);
    const objects = renderPreview(parameters, cluster.platform, {
      ...(values['ingress-class'] !== undefined && { ingressClass: values['ingress-class'] }),
      ...(values['ingress-namespace'] !== undefined && {
        ingressNamespace: values['ingress-namespace'],
      }),
    });
    const brought = await bringUp(
      cluster,
      { ...of, name: values.name, objects, hasSampleData: !values['no-sample-data'] },
      new Patience(timeoutMs, context.signal),
      context.signal,
      say,
    );
    const result = { ...of, name: values.name, expiresAt, ...brought };
    console.log(values.json ? JSON.stringify(shown(result)) : format(result));
    return EXIT.done;
  },
};

function ownParameters(
  { project, pullRequest }: PullRequestOptions,
  name: string,
  commit: string,
  expiresAt: string,
): Parameters {
  return {
    NAME: name,
    PROJECT: project,
    PULL_REQUEST: String(pullRequest),
    COMMIT: commit,
    EXPIRES_AT: expiresAt,
    EXPIRES: labelOfTime(expiresAt),
    DATABASE_SECRET: `${name}-postgres`,
    NATS_SECRET: `${name}-nats`,
    TOKENS_SECRET: `${name}-tokens`,
  };
}

function readAssignment(text: string): [name: string, value: string] {
  try {
    return parseAssignment(text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new UsageError(`--param: ${error.message}`, { cause: error });
  }
}

/** @throws CommandError naming every shortage */
function requireQuota(objects: PreviewObjects): void {
  const { problems, unchecked } = checkQuota(allObjects(objects));
  if (unchecked.length > 0) say(`the quota's ${unchecked.join(', ')} are not worked out here`);
  if (problems.length === 0) return;
  throw new CommandError(
    [
      'The preview does not fit its project, so nothing was applied. The cluster would take all of it, and refuse its pods one by one.',
      ...problems.map((problem) => `  ${problem}`),
      'Ask for less, or raise the quota with -p QUOTA_…=…',
    ].join('\n'),
  );
}

interface Result extends BroughtUp, PullRequestOptions {
  readonly name: string;
  readonly expiresAt: string;
}

function shown({ project, addresses, smoke, expiresAt }: Result) {
  return { project, url: addresses.page, writeUrl: addresses.write, expiresAt, smoke };
}

function format({ project, name, addresses, smoke, expiresAt }: Result): string {
  const secret = `oc get secret ${name}-tokens -n ${project} --template='{{index .data "read-token"|base64decode}}'`;
  return [
    `${project} is up: a point went in and came back in ${formatDurationMs(smoke.durationMs)}.`,
    `  page     ${addresses.page}`,
    `  write    ${addresses.write}/write?db=…`,
    `  tokens   ${secret}  (and write-token)`,
    `  expires  ${expiresAt}`,
  ].join('\n');
}
