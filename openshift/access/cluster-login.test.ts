import { afterEach, describe, expect, test } from 'bun:test';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createCertificate,
  findKubectl,
  hasKubectl,
  temporaryFolder,
} from '@overseer/local/testing';

const PROGRAM = join(import.meta.dir, 'cluster-login.mjs');
const EXPIRY_SECONDS = 1_900_000_000;

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const TOKEN = `${encode({ alg: 'RS256' })}.${encode({ exp: EXPIRY_SECONDS })}.signature`;

const servers: Bun.Server<undefined>[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop(true))));

/** GitHub's end of it: what was asked, and one answer to all. */
function startGitHub(answer: () => Response) {
  const requests: { search: string; authorization: string | null }[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { search } = new URL(request.url);
      requests.push({ search, authorization: request.headers.get('authorization') });
      return answer();
    },
  });
  servers.push(server);
  return { requests, url: `${server.url}token?api-version=2.0` };
}

async function run(verb: string, environment: Record<string, string>) {
  const child = Bun.spawn([process.execPath, PROGRAM, verb], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { code: await child.exited, output, errors };
}

describe('kubeconfig', () => {
  const environment = {
    OPENSHIFT_SERVER: 'https://api.example.com:6443',
    OPENSHIFT_TOKEN: 's3cret',
  };

  test('any - has the server and no secret', async () => {
    const { output, code } = await run('kubeconfig', { ...environment, OPENSHIFT_CA: 'PEM' });
    expect(code).toBe(0);
    expect(output).not.toContain('s3cret');
    const { clusters, users } = JSON.parse(output);
    expect(clusters[0].cluster).toEqual({
      server: 'https://api.example.com:6443',
      'certificate-authority-data': Buffer.from('PEM').toString('base64'),
    });
    expect(users[0].user.exec.args).toEqual([PROGRAM, 'token']);
  });

  test('its user - is a program that gives the token', async () => {
    const { output } = await run('kubeconfig', environment);
    const { command, args, apiVersion } = JSON.parse(output).users[0].user.exec;
    const child = Bun.spawn([command, ...args], { env: environment, stderr: 'inherit' });
    expect(await child.stdout.json()).toEqual({
      apiVersion,
      kind: 'ExecCredential',
      status: { token: 's3cret' },
    });
  });

  test('no server, or none that is one - is told', async () => {
    const missing = await run('kubeconfig', {});
    expect(missing).toMatchObject({ code: 1, output: '' });
    expect(missing.errors).toStartWith('OPENSHIFT_SERVER is not set: ');
    const wrong = await run('kubeconfig', { OPENSHIFT_SERVER: 'api.example.com' });
    expect(wrong.errors).toContain('valid is such as https://api.example.com:6443');
  });
});

describe('token', () => {
  const asked = (url: string) => ({
    OPENSHIFT_OIDC_AUDIENCE: 'openshift',
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner',
  });

  test('of GitHub - is asked for with the audience, and expires when it says', async () => {
    const github = startGitHub(() => Response.json({ value: TOKEN }));
    const { output } = await run('token', asked(github.url));
    expect(JSON.parse(output).status).toEqual({
      token: TOKEN,
      expirationTimestamp: new Date(EXPIRY_SECONDS * 1000).toISOString(),
    });
    expect(github.requests).toEqual([
      { search: '?api-version=2.0&audience=openshift', authorization: 'Bearer runner' },
    ]);
  });

  test('of GitHub, refused - is told, and the stored one is not taken instead', async () => {
    const github = startGitHub(() => new Response('no', { status: 403 }));
    const environment = { ...asked(github.url), OPENSHIFT_TOKEN: 's3cret' };
    expect(await run('token', environment)).toEqual({
      code: 1,
      output: '',
      errors: 'GitHub gives no token: it answers 403.\n',
    });
  });

  test('of GitHub, without the permission - says which', async () => {
    const { code, errors } = await run('token', { OPENSHIFT_OIDC_AUDIENCE: 'openshift' });
    expect(code).toBe(1);
    expect(errors).toContain('"id-token: write"');
  });

  test('none at all - is told', async () => {
    const { code, errors } = await run('token', {});
    expect(code).toBe(1);
    expect(errors).toStartWith('OPENSHIFT_TOKEN is not set: ');
  });
});

describe('kubectl', async () => {
  test.skipIf(!(await hasKubectl()))(
    'with that kubeconfig - sends the token of GitHub',
    async () => {
      const github = startGitHub(() => Response.json({ value: TOKEN }));
      const { cert, key } = createCertificate('cluster');
      const seen: (string | null)[] = [];
      const cluster = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        tls: { cert, key },
        fetch(request) {
          seen.push(request.headers.get('authorization'));
          return Response.json({ gitVersion: 'v1.35.0' });
        },
      });
      servers.push(cluster);
      const folder = temporaryFolder();
      try {
        const kubeconfig = join(folder, 'kubeconfig');
        const environment = {
          HOME: folder,
          KUBECONFIG: kubeconfig,
          OPENSHIFT_SERVER: `https://127.0.0.1:${cluster.port}`,
          OPENSHIFT_CA: cert,
          OPENSHIFT_OIDC_AUDIENCE: 'openshift',
          ACTIONS_ID_TOKEN_REQUEST_URL: github.url,
          ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner',
        };
        writeFileSync(kubeconfig, (await run('kubeconfig', environment)).output);
        const child = Bun.spawn([await findKubectl(), 'get', '--raw', '/version'], {
          env: environment,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        expect(await child.stderr.text()).toBe('');
        expect(await child.exited).toBe(0);
        expect(seen).toEqual([`Bearer ${TOKEN}`]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
