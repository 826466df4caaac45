import { beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { hasKubectl, TestOverseer } from '@overseer/local/testing';
import { createToken } from '@overseer/shared/access';
import { PreviewRig } from './testing/preview-rig.ts';

setDefaultTimeout(120_000);

describe.skipIf(!(await hasKubectl()))('preview', () => {
  let rig: PreviewRig;
  const write = createToken();
  const read = createToken();

  beforeAll(async () => {
    const lines = [
      `name=writer databases=* rights=write token=${write}`,
      `name=reader databases=* rights=read token=${read}`,
    ];
    const overseer = await TestOverseer.start({
      environment: { TOKENS: lines.join(';'), LOG_LEVEL: 'warn' },
    });
    rig = await PreviewRig.start({
      upstream: { page: overseer.frontendUrl, write: overseer.ingressUrl },
    });
    return async () => {
      await rig[Symbol.asyncDispose]();
      await overseer[Symbol.asyncDispose]();
    };
  });

  test('nothing there yet - is no failure to list, and one to look at', async () => {
    const list = await rig.run(['list']);
    expect([list.exitCode, list.output]).toEqual([0, 'There are no previews.\n']);
    const status = await rig.run(['status', '--pr', '12']);
    expect([status.exitCode, status.errors]).toEqual([
      1,
      expect.stringContaining('Make it with "up"'),
    ]);
  });

  test('a real Overseer behind the routes - a point goes in and comes back', async () => {
    const { exitCode, errors } = await rig.up(
      '--timeout',
      '90s',
      '-p',
      `WRITE_TOKEN=${write}`,
      '-p',
      `READ_TOKEN=${read}`,
    );
    expect([exitCode, errors]).toEqual([0, expect.stringContaining('points of sample data')]);
  });

  test('one that runs - is listed, and shown with where it is', async () => {
    const list = await rig.run(['list', '--json']);
    expect(JSON.parse(list.output)).toMatchObject([{ project: 'overseer-pr-12', pullRequest: 12 }]);
    const status = await rig.run(['status', '--pr', '12', '--json']);
    expect(status.exitCode).toBe(0);
    expect(JSON.parse(status.output)).toMatchObject({
      addresses: { page: `https://${rig.routes.hosts.page}` },
      workloads: expect.arrayContaining([
        expect.objectContaining({ name: 'overseer-store', isDone: true, hindrances: [] }),
      ]),
    });
  });

  test('logs - are of one service, or of all', async () => {
    const one = await rig.run(['logs', '--pr', '12', 'store']);
    expect(one.output).toMatch(/^\[pod\/overseer-store-\S+\/store\] \S+ says hello\n$/);
    const all = await rig.run(['logs', '--pr', '12', '--tail', '5']);
    expect(all.output.trim().split('\n')).toHaveLength(6);
  });

  test('logs that are followed - go on until they are interrupted', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    rig.api.followedLog = () => resolve();
    const child = rig.begin(['logs', '--pr', '12', 'store', '--follow']);
    try {
      await asked;
      child.kill('SIGINT');
      expect(await child.exited).toBe(0);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('what is called in a wrong way - is told, with exit code 2', async () => {
    const wrong = [
      ['up', '--pr', '12'],
      ['up', '--pr', 'x', '--image', 'a'],
      ['up', '--pr', '12', '--image', 'a', '-p', 'UNKNOWN=1'],
      ['up', '--pr', '12', '--image', 'a', '--ttl', 'soon'],
      ['down', '--pr', '12', '--prefix', 'Not valid'],
      ['logs', '--pr', '12', 'nobody'],
      ['sweep'],
      ['sideways'],
    ];
    const outcomes = await Promise.all(
      wrong.map((args) => rig.run(args, { GITHUB_REPOSITORY: '' })),
    );
    expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(wrong.map(() => 2));
    expect(outcomes[2]?.errors).toContain('No template has a parameter UNKNOWN');
  });

  test('a client that is not there - is told with what to do', async () => {
    const { exitCode, errors } = await rig.run(['list'], { OC: 'no-such-client' });
    expect([exitCode, errors]).toEqual([
      1,
      expect.stringContaining('Install the OpenShift client'),
    ]);
  });
});
