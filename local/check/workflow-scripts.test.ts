import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readWorkflow, stepsOf } from './lint/workflow.ts';

/** Notes how it was called, and answers as the test has it by the first of its arguments that is known. */
const STAND_IN = `#!/usr/bin/env bash
printf '%s\\n' "$(basename "$0") $*" >> calls.txt
for word in "$@"; do
  if [[ $word == body=@* ]]; then cp "\${word#body=@}" body.txt; fi
done
for word in "$@"; do
  if [[ -e "answers/\${word//\\//_}" ]]; then exec bash "answers/\${word//\\//_}" "$@"; fi
done
`;

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
  for (const name of ['programs', 'answers']) mkdirSync(join(folder, name));
  cpSync(join(projectFolder, '.github'), join(folder, '.github'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the programs say when one of their arguments is that. */
function answer(argument: string, script: string): void {
  writeFileSync(join(folder, 'answers', argument.replaceAll('/', '_')), script);
}

/** Runs the script of a step as GitHub does, with stand-ins of programs. */
async function runStep(
  workflow: string,
  name: string,
  environment: Record<string, string>,
  programs: readonly string[] = ['gh'],
) {
  const path = `.github/workflows/${workflow}`;
  const text = readFileSync(join(projectFolder, path), 'utf8');
  const found = stepsOf(readWorkflow({ path, text })).find(({ label }) => label === name);
  if (found?.step.run === undefined) throw new Error(`${path} has no script "${name}".`);
  for (const program of programs) {
    const standIn = join(folder, 'programs', program);
    writeFileSync(standIn, STAND_IN);
    chmodSync(standIn, 0o755);
  }
  const constants = Object.entries(found.step.env ?? {})
    .filter(([, value]) => !String(value).includes('${{'))
    .map(([key, value]) => [key, String(value)]);
  const child = Bun.spawn(['bash', '-eo', 'pipefail', '-c', found.step.run], {
    cwd: folder,
    env: {
      PATH: `${join(folder, 'programs')}:${process.env.PATH}`,
      GITHUB_REPOSITORY: 'Owner/Overseer',
      GITHUB_REPOSITORY_OWNER: 'Owner',
      GITHUB_ACTOR: 'somebody',
      GITHUB_OUTPUT: join(folder, 'output.txt'),
      RUNNER_TEMP: folder,
      ...Object.fromEntries(constants),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, output, errors, calls: read('calls.txt') };
}

function read(name: string): string {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

describe('comment of a preview', () => {
  const RUN = 'https://github.example/run';
  const UP = { BUILD: 'success', PUBLISH: 'success', UP: 'success', DOWN: 'skipped' };
  const COMMENTS = 'repos/Owner/Overseer/issues/12/comments';
  const write = (results: Record<string, string>) =>
    runStep('preview.yml', 'Write the comment', {
      PULL_REQUEST: '12',
      COMMIT: 'abc',
      URL: 'https://page.example',
      RUN,
      ...results,
    });

  test('the first - is made', async () => {
    const { code, calls } = await write(UP);
    expect(code).toBe(0);
    expect(calls).toContain(`gh api --silent --method POST ${COMMENTS} `);
    expect(read('body.txt')).toBe(
      `<!-- preview -->\nThe preview of abc is at https://page.example. A point was written through its route and read back. [What happened](${RUN})\n`,
    );
  });

  test('another - takes the place of the first', async () => {
    answer(COMMENTS, 'echo 77; echo 78');
    const { calls } = await write(UP);
    expect(calls).toContain('--method PATCH repos/Owner/Overseer/issues/comments/77 ');
    expect(calls).not.toContain('POST');
  });

  test('of what failed - says what', async () => {
    await write({ ...UP, PUBLISH: 'failure', UP: 'skipped' });
    expect(read('body.txt')).toContain(
      'There is no preview of abc: build success, publish failure, up skipped.',
    );
  });

  test('of the end - says whether something is left', async () => {
    const closed = { BUILD: 'skipped', PUBLISH: 'skipped', UP: 'skipped' };
    await write({ ...closed, DOWN: 'success' });
    expect(read('body.txt')).toContain('nothing of it is left');
    await write({ ...closed, DOWN: 'failure' });
    expect(read('body.txt')).toContain('next sweep tries again');
  });

  test('GitHub not answering - is no reason for a second one', async () => {
    answer(COMMENTS, 'exit 1');
    const { code, calls } = await write(UP);
    expect(code).not.toBe(0);
    expect(calls).not.toContain('--method');
  });
});

describe('preview', () => {
  const up = (environment: Record<string, string>) =>
    runStep(
      'preview.yml',
      'Up',
      { PULL_REQUEST: '12', COMMIT: 'abc', IMAGE: 'overseer@sha256:1', ...environment },
      ['node', 'npm', 'jq'],
    );

  test('up - is asked for with what the event says', async () => {
    answer('preview', 'echo json');
    answer('--raw-output', 'echo "url=$(< up.json)"');
    const { code, calls } = await up({});
    expect(code).toBe(0);
    expect(calls).toContain(
      'preview -- up --pr 12 --commit abc --image overseer@sha256:1 --json\n',
    );
    expect(read('output.txt')).toBe('url=json\n');
  });

  test('up where the cluster knows workflows by name - gives that name rights', async () => {
    const { calls } = await up({ OPENSHIFT_USER: 'repo:o/r:environment:preview' });
    expect(calls).toContain('--json -p DEPLOYER_USER=repo:o/r:environment:preview\n');
  });

  test('up behind an authority of its own - is believed', async () => {
    answer('preview', 'echo "$NODE_EXTRA_CA_CERTS" >&2');
    const { errors } = await up({ OPENSHIFT_CA: 'PEM' });
    expect(errors.trim()).toBe(join(folder, 'authorities.pem'));
    expect(read('authorities.pem')).toBe('PEM\n');
  });

  test('up of a preview that speaks to the runner - is not obeyed', async () => {
    answer('preview', 'echo "::add-mask::overseer" >&2');
    const { output } = await up({});
    expect(output).toMatch(/^::stop-commands::[0-9a-f-]{36}$/m);
  });

  test('up that fails - fails the job, without an address', async () => {
    answer('preview', 'exit 1');
    expect((await up({})).code).toBe(1);
    expect(read('output.txt')).toBe('');
  });
});

describe('image of a preview', () => {
  test('published - is told by its digest, in small letters', async () => {
    answer('copy', 'while [[ $1 != --digestfile ]]; do shift; done; echo sha256:123 > "$2"');
    const environment = {
      REGISTRY_TOKEN: 's3cret',
      PULL_REQUEST: '12',
      COMMIT: 'abc',
    };
    const { code, calls } = await runStep('preview.yml', 'Copy it to the registry', environment, [
      'skopeo',
    ]);
    expect(code).toBe(0);
    expect(calls).toContain('docker://ghcr.io/owner/overseer-preview:pr-12-abc');
    expect(calls).not.toContain('s3cret');
    expect(read('output.txt')).toBe('image=ghcr.io/owner/overseer-preview@sha256:123\n');
  });
});

describe('sweep of images', () => {
  const VERSIONS = 'users/Owner/packages/container/overseer-preview/versions';
  const LIST = `${VERSIONS}?per_page=100`;
  const sweep = (environment: Record<string, string> = {}) => {
    answer('users/Owner', 'echo User');
    return runStep(
      'sweep.yml',
      'Remove images of previews that are older than any preview gets',
      environment,
    );
  };
  const daysAgo = (days: number) =>
    `${new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 19)}Z`;

  test('old ones - are removed, but never the last', async () => {
    answer(LIST, `echo '${daysAgo(40)} 1'; echo '${daysAgo(5)} 2'; echo '${daysAgo(31)} 3'`);
    const { code, calls } = await sweep();
    expect(code).toBe(0);
    const removed = [...calls.matchAll(/DELETE --silent (\S+)/g)].map(([, path]) => path);
    expect(removed.sort()).toEqual([`${VERSIONS}/1`, `${VERSIONS}/3`]);
    answer(LIST, `echo '${daysAgo(99)} 9'`);
    expect((await sweep()).calls).not.toContain(`${VERSIONS}/9`);
  });

  test('dry - is told, and nothing is removed', async () => {
    answer(LIST, `echo '${daysAgo(40)} 1'; echo '${daysAgo(5)} 2'`);
    const { output, calls } = await sweep({ DRY_RUN: 'true' });
    expect(output).toContain('version 1 of ');
    expect(calls).not.toContain('DELETE');
  });

  test('no package yet - is well, any other trouble is not', async () => {
    answer(LIST, 'echo "gh: Not Found (HTTP 404)" >&2; exit 1');
    expect(await sweep()).toMatchObject({
      code: 0,
      output: 'There is no package overseer-preview yet.\n',
    });
    answer(LIST, 'echo "gh: Bad gateway (HTTP 502)" >&2; exit 1');
    expect(await sweep()).toMatchObject({ code: 1, errors: 'gh: Bad gateway (HTTP 502)\n' });
  });

  test('one that cannot be removed - fails', async () => {
    answer(LIST, `echo '${daysAgo(40)} 1'; echo '${daysAgo(5)} 2'`);
    answer(`${VERSIONS}/1`, 'exit 1');
    expect((await sweep()).code).not.toBe(0);
  });
});

describe('sweep of previews', () => {
  test('dry or not - as it was asked for', async () => {
    const sweep = (dryRun: string) =>
      runStep('sweep.yml', 'Sweep', { DRY_RUN: dryRun }, ['node', 'npm']);
    const wet = await sweep('');
    expect(wet.code).toBe(0);
    expect(wet.calls).toEndWith('preview -- sweep --repository Owner/Overseer\n');
    expect((await sweep('true')).calls).toEndWith('--repository Owner/Overseer --dry-run\n');
  });
});
