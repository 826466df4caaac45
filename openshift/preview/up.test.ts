import {
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test';
import { hasKubectl, waitUntil } from '@overseer/local/testing';
import { ApiError } from './testing/api-error.ts';
import { PreviewRig } from './testing/preview-rig.ts';
import type { Stored } from './testing/stored-objects.ts';

setDefaultTimeout(120_000);

const PROJECT = 'overseer-pr-12';
const WAIT_MS = 60_000;

function dataOf(secret: Stored | undefined): Record<string, string> {
  const data = (secret?.data ?? {}) as Record<string, string>;
  const entries = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
  return Object.fromEntries(entries);
}

const lease = (holderIdentity: string, renewedAt: Date) => {
  const time = renewedAt.toISOString().replace('Z', '000Z');
  return { spec: { holderIdentity, leaseDurationSeconds: 60, acquireTime: time, renewTime: time } };
};

describe.skipIf(!(await hasKubectl()))('up', () => {
  let rig: PreviewRig;
  const secrets = () => rig.api.list('Secret', PROJECT);
  const tokens = () => dataOf(rig.api.find('Secret', 'overseer-tokens', PROJECT));

  describe('from nothing', () => {
    beforeEach(async () => {
      rig = await PreviewRig.start();
    });
    afterEach(() => rig[Symbol.asyncDispose]());

    test('a preview - is made, tried out, and updated without new secrets', async () => {
      const first = await rig.up('--commit', 'abc', '--json');
      expect([first.exitCode, first.errors]).toEqual([
        0,
        expect.stringContaining('making project'),
      ]);
      const told = JSON.parse(first.output);
      expect(told).toMatchObject({ project: PROJECT, url: `https://${rig.routes.hosts.page}` });
      const project = rig.api.find('Namespace', PROJECT);
      expect(project?.metadata.labels).toMatchObject({
        'overseer.dev/preview': 'true',
        'overseer.dev/pull-request': '12',
        'overseer.dev/commit': 'abc',
        'overseer.dev/expires': told.expiresAt.replaceAll(':', '-'),
      });
      const before = secrets().map(dataOf);
      const made = tokens();
      expect(rig.routes.tokens.get('/write')).toBe(`Token ${made['write-token']}`);
      expect(rig.routes.tokens.get('/db/preview_smoke/api/v1/query')).toBe(
        `Bearer ${made['read-token']}`,
      );
      expect(rig.routes.written.get('host')?.length).toBeGreaterThan(100);

      const second = await rig.up('--commit', 'def', '--no-sample-data');
      expect([second.exitCode, second.errors]).not.toContain('making project');
      expect(rig.api.find('Namespace', PROJECT)?.metadata.labels?.['overseer.dev/commit']).toBe(
        'def',
      );
      expect(secrets().map(dataOf)).toEqual(before);
      const said = first.output + first.errors + second.output + second.errors;
      for (const secret of Object.values(made)) expect(said).not.toContain(secret);
      expect(second.output).toContain('oc get secret overseer-tokens');
      expect(rig.api.find('Lease', 'overseer-preview', PROJECT)?.spec?.holderIdentity).toBe('');
    });

    test('one that was interrupted - is taken up where it stopped', async () => {
      rig.api.onRequest = ({ path, method }) => {
        if (method === 'PATCH' && path.endsWith('/deployments/overseer-store')) {
          throw new ApiError(500, 'InternalError', 'the server is on fire');
        }
      };
      const failed = await rig.up();
      expect([failed.exitCode, failed.errors]).toEqual([1, expect.stringContaining('on fire')]);
      const before = tokens();
      rig.api.onRequest = () => {};
      const { exitCode } = await rig.up();
      expect([exitCode, tokens()]).toEqual([0, before]);
    });

    test('two at once - one works, the other says who', async () => {
      rig.api.settings.fates.set('overseer-store', 'waits');
      const first = rig.begin(['up', '--pr', '12', '--image', 'a']);
      try {
        await waitUntil(() => rig.api.find('Deployment', 'overseer-store', PROJECT), {
          what: 'the first one to apply',
          deadlineMs: WAIT_MS,
        });
        const second = await rig.up();
        expect(second.exitCode).toBe(1);
        expect(second.errors).toContain(`(process ${first.pid}, `);
        expect(second.errors).toContain(`is at work on ${PROJECT}`);
        rig.api.settings.fates.clear();
        rig.api.resync();
        expect(await first.exited).toBe(0);
      } finally {
        first.kill('SIGKILL');
      }
    });

    test('somebody who is a moment faster - keeps the work', async () => {
      rig.api.onRequest = ({ method, path }) => {
        if (method === 'POST' && path.endsWith('/leases')) {
          rig.api.put('Lease', 'overseer-preview', lease('the other one', new Date()), PROJECT);
        }
      };
      const { exitCode, errors } = await rig.up();
      expect([exitCode, errors]).toEqual([1, expect.stringContaining('the other one is at work')]);
      expect(rig.api.list('Deployment', PROJECT)).toEqual([]);
    });

    test('a project that is being removed - is made anew', async () => {
      const labels = { 'overseer.dev/preview': 'true', 'overseer.dev/pull-request': '12' };
      const metadata = { labels, finalizers: ['example.org/slow'] };
      const old = rig.api.put('Namespace', PROJECT, { metadata });
      rig.api.remove(old);
      const up = rig.begin(['up', '--pr', '12', '--image', 'a']);
      try {
        await waitUntil(() => rig.api.requests.length > 2, {
          what: 'it to look',
          deadlineMs: WAIT_MS,
        });
        rig.api.release(old);
        expect([await up.exited, await up.stderr.text()]).toEqual([
          0,
          expect.stringContaining('being removed'),
        ]);
        expect(rig.api.find('Namespace', PROJECT)?.metadata.uid).not.toBe(old.metadata.uid);
      } finally {
        up.kill('SIGKILL');
      }
    });

    test("somebody else's project - is left alone", async () => {
      rig.api.put('Namespace', PROJECT);
      const { exitCode, errors } = await rig.up();
      expect([exitCode, errors]).toEqual([1, expect.stringContaining('somebody else made it')]);
      expect(rig.api.requests.every(({ method }) => method === 'GET')).toBe(true);
    });

    test('a quota that is too small - is told before anything is asked of the cluster', async () => {
      const { exitCode, errors } = await rig.up('-p', 'QUOTA_PODS=3');
      expect([exitCode, errors]).toEqual([
        1,
        expect.stringContaining('pods allows 3, and 9 are needed'),
      ]);
      expect(rig.api.requests).toEqual([]);
    });

    test('secrets in an answer of the cluster - are not shown', async () => {
      let sent = '';
      rig.api.onRequest = ({ method, path, body }) => {
        if (method !== 'POST' || !path.endsWith('/secrets')) return;
        sent = body;
        throw new ApiError(422, 'Invalid', `Secret is invalid: ${body}`);
      };
      const { exitCode, errors } = await rig.up();
      expect([exitCode, errors]).toEqual([1, expect.stringContaining('Secret is invalid')]);
      const values = Object.values(JSON.parse(sent).stringData as Record<string, string>);
      for (const value of values) expect(errors).not.toContain(value);
    });

    test('a Kubernetes that is no OpenShift - gets a namespace and ingresses', async () => {
      await using other = await PreviewRig.start({ isOpenShift: false });
      const hosts = [
        `INGRESS_HOSTNAME=${other.routes.hosts.write}`,
        `FRONTEND_HOSTNAME=${other.routes.hosts.page}`,
      ];
      const { exitCode, errors } = await other.up(...hosts.flatMap((host) => ['-p', host]));
      expect([exitCode, errors]).toEqual([0, expect.stringContaining('reading it back')]);
      expect(other.api.list('Ingress', PROJECT)).toHaveLength(2);
    });
  });

  describe('of one that was well', () => {
    beforeAll(async () => {
      rig = await PreviewRig.start();
      expect((await rig.up()).exitCode).toBe(0);
      return () => rig[Symbol.asyncDispose]();
    });
    afterEach(() => {
      rig.api.settings.fates.clear();
      rig.api.onRequest = () => {};
      rig.api.resync();
    });

    test('pods that do not start - are told with their reasons', async () => {
      rig.api.settings.fates.set('overseer-store', 'crashes');
      rig.api.settings.fates.set('overseer-ingress', 'has no image');
      rig.api.settings.fates.set('overseer-nats', 'finds no machine');
      const { exitCode, errors } = await rig.up('--timeout', '1s');
      expect(exitCode).toBe(1);
      const all = [
        'overseer-store 0 of 1',
        'crashed (exit code 1, Error), started again 3 times',
        '| cannot connect to nats://overseer-nats:4222',
        'ImagePullBackOff: Back-off pulling image',
        'no machine takes overseer-nats-0: 0/3 nodes are available',
        'All of it stays as it is',
      ];
      for (const words of all) expect(errors).toContain(words);
      const status = await rig.run(['status', '--pr', '12']);
      expect([status.exitCode, status.output]).toEqual([1, expect.stringContaining('crashed')]);
    });

    test("a quota that somebody else made - is told in the cluster's words", async () => {
      const quota = rig.api.put(
        'ResourceQuota',
        'tight',
        { spec: { hard: { pods: '3' } } },
        PROJECT,
      );
      rig.api.resync();
      const { exitCode, errors } = await rig.up('--timeout', '1s');
      expect([exitCode, errors]).toEqual([1, expect.stringContaining('exceeded quota: tight')]);
      rig.api.release(quota);
    });

    test('a route without pods - fails the smoke test with what it says', async () => {
      rig.routes.failure = { status: 503, text: 'Application is not available' };
      const { exitCode, errors } = await rig.up('--timeout', '1s');
      rig.routes.failure = undefined;
      expect([exitCode, errors]).toEqual([
        1,
        expect.stringContaining('503: Application is not available'),
      ]);
    });

    test('a claim of somebody who died - is taken over when it has ended', async () => {
      const longAgo = new Date(Date.now() - 61_000);
      rig.api.put('Lease', 'overseer-preview', lease('the dead one', longAgo), PROJECT);
      expect((await rig.up('--no-sample-data')).exitCode).toBe(0);
    });

    test('work that somebody took over - ends', async () => {
      rig.api.onRequest = ({ method, path }) => {
        if (method === 'PATCH' && path.endsWith('/routes/overseer')) {
          rig.api.put('Lease', 'overseer-preview', lease('the next one', new Date()), PROJECT);
        }
      };
      const { exitCode } = await rig.up('--no-sample-data');
      rig.api.onRequest = () => {};
      // It is done before it renews; what it must not do is to give back what is not its own.
      expect([
        exitCode,
        rig.api.find('Lease', 'overseer-preview', PROJECT)?.spec?.holderIdentity,
      ]).toEqual([0, 'the next one']);
    });
  });
});
