import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { hasKubectl } from '@overseer/local/testing';
import { decide } from './sweep-decision.ts';
import { ApiError } from './testing/api-error.ts';
import { GitHubServer } from './testing/git-hub-server.ts';
import { PreviewRig } from './testing/preview-rig.ts';
import type { Stored } from './testing/stored-objects.ts';

setDefaultTimeout(120_000);

const REPOSITORY = 'someone/overseer';
const DAY_MS = 86_400_000;

/** A project of a pull request that stays for another day, as far as its labels go. */
function makeProject(
  rig: PreviewRig,
  pullRequest: number,
  labels: Readonly<Record<string, string>> = {},
  expiresAt = new Date(Date.now() + DAY_MS),
): Stored {
  return rig.api.put('Namespace', `overseer-pr-${pullRequest}`, {
    metadata: {
      labels: {
        'overseer.dev/preview': 'true',
        'overseer.dev/pull-request': String(pullRequest),
        ...labels,
      },
      annotations: { 'overseer.dev/expires-at': expiresAt.toISOString() },
    },
  });
}

describe.skipIf(!(await hasKubectl()))('a preview that goes', () => {
  let rig: PreviewRig;
  let gitHub: GitHubServer;
  const projects = () => rig.api.list('Namespace').map(({ metadata }) => metadata.name);

  beforeEach(async () => {
    rig = await PreviewRig.start();
    gitHub = new GitHubServer(REPOSITORY);
  });
  afterEach(async () => {
    await gitHub[Symbol.asyncDispose]();
    await rig[Symbol.asyncDispose]();
  });

  const sweep = (...args: string[]) =>
    rig.run(['sweep', '--repository', REPOSITORY, '--github-api', gitHub.url, ...args], {
      GITHUB_TOKEN: 'of-a-test',
    });

  test('down - removes the project with everything in it, and again is fine', async () => {
    makeProject(rig, 12);
    rig.api.put('PodDisruptionBudget', 'left', {}, 'overseer-pr-12');
    rig.api.put('PersistentVolume', 'of-others', { spec: { claimRef: { namespace: 'other' } } });
    const first = await rig.run(['down', '--pr', '12', '--json']);
    expect([first.exitCode, JSON.parse(first.output)]).toEqual([
      0,
      { project: 'overseer-pr-12', wasThere: true, unchecked: [] },
    ]);
    expect([projects(), rig.api.list('PodDisruptionBudget')]).toEqual([[], []]);
    const second = await rig.run(['down', '--pr', '12']);
    expect([second.exitCode, second.output]).toEqual([0, expect.stringContaining('was not there')]);
  });

  test('down - says what holds the project, and goes on when it is let go', async () => {
    makeProject(rig, 12);
    const metadata = { finalizers: ['example.org/slow'] };
    const held = rig.api.put('ConfigMap', 'held', { metadata }, 'overseer-pr-12');
    const hanging = await rig.run(['down', '--pr', '12', '--timeout', '1s']);
    expect([hanging.exitCode, hanging.errors]).toEqual([
      1,
      expect.stringContaining('NamespaceFinalizersRemaining: Some content in the namespace'),
    ]);
    expect(hanging.errors).toContain('example.org/slow');
    rig.api.release(held);
    expect((await rig.run(['down', '--pr', '12'])).exitCode).toBe(0);
  });

  test('down - finds volumes that stay behind', async () => {
    makeProject(rig, 12);
    rig.api.put('PersistentVolume', 'pv-1', {
      spec: { claimRef: { namespace: 'overseer-pr-12' } },
    });
    const { exitCode, errors } = await rig.run(['down', '--pr', '12', '--timeout', '1s']);
    expect([exitCode, errors]).toEqual([
      1,
      expect.stringContaining('Left are PersistentVolume/pv-1'),
    ]);
  });

  test('down - says what it may not look at', async () => {
    makeProject(rig, 12);
    rig.api.onRequest = ({ path }) => {
      if (path.endsWith('/persistentvolumes')) throw new ApiError(403, 'Forbidden', 'you may not');
    };
    const { exitCode, output } = await rig.run(['down', '--pr', '12', '--json']);
    expect([exitCode, JSON.parse(output).unchecked]).toEqual([0, ['persistentvolumes']]);
  });

  test("down - leaves somebody else's project alone, and one of another pull request", async () => {
    rig.api.put('Namespace', 'overseer-pr-12');
    makeProject(rig, 13, { 'overseer.dev/pull-request': '14' });
    const [foreign, other] = [
      await rig.run(['down', '--pr', '12']),
      await rig.run(['down', '--pr', '13']),
    ];
    expect([foreign.exitCode, other.exitCode]).toEqual([1, 1]);
    expect(other.errors).toContain('is of pull request 14, not 13');
    expect(projects()).toEqual(['overseer-pr-12', 'overseer-pr-13']);
    expect(rig.api.requests.every(({ method }) => method === 'GET')).toBe(true);
  });

  test('sweep - removes what is closed or over, and nothing else', async () => {
    for (const pullRequest of [1, 2, 3, 4, 5, 6]) makeProject(rig, pullRequest);
    const yesterday = new Date(Date.now() - DAY_MS);
    makeProject(rig, 7, {}, yesterday);
    makeProject(rig, 8, { 'overseer.dev/preserve': 'true' }, yesterday);
    rig.api.put('Namespace', 'overseer-pr-9');
    rig.api.put('Namespace', 'mine', { metadata: { labels: { 'overseer.dev/preview': 'true' } } });
    gitHub.pullRequests.set(1, 'open').set(2, 'closed').set(3, 'closed').set(5, 500);
    gitHub.pullRequests.set(6, 'open').set(7, 'open').set(8, 'closed').set(9, 'closed');
    const all = projects();
    const expected = [
      ['mine', 'kept'],
      ['overseer-pr-1', 'kept'],
      ['overseer-pr-2', 'would be removed'],
      ['overseer-pr-3', 'would be removed'],
      ['overseer-pr-4', 'kept'],
      ['overseer-pr-5', 'kept'],
      ['overseer-pr-6', 'kept'],
      ['overseer-pr-7', 'would be removed'],
      ['overseer-pr-8', 'kept'],
    ];
    const dry = await sweep('--dry-run', '--json');
    const outcomes = (text: string) =>
      (JSON.parse(text) as { project: string; outcome: string }[]).map((each) => [
        each.project,
        each.outcome,
      ]);
    expect([dry.exitCode, outcomes(dry.output), projects()]).toEqual([0, expected, all]);
    expect(gitHub.authorization).toBe('Bearer of-a-test');

    const real = await sweep();
    expect(real.exitCode).toBe(0);
    expect(real.output).toContain('GitHub answered 500 about it');
    const gone = ['overseer-pr-2', 'overseer-pr-3', 'overseer-pr-7'];
    expect(projects()).toEqual(all.filter((name) => !gone.includes(name)));
  });

  test('sweep - keeps what is preserved a moment before it is removed', async () => {
    const project = makeProject(rig, 2);
    gitHub.pullRequests.set(2, 'closed');
    rig.api.onRequest = ({ method }) => {
      if (method === 'DELETE') rig.api.label(project, { 'overseer.dev/preserve': 'true' });
    };
    const { exitCode, output, errors } = await sweep();
    expect([exitCode, output, projects()]).toEqual([
      0,
      expect.stringContaining('kept'),
      ['overseer-pr-2'],
    ]);
    expect(errors).toContain('it is to be preserved');
  });

  test('sweep - goes on after one that hangs, and fails in the end', async () => {
    makeProject(rig, 2);
    makeProject(rig, 3);
    const metadata = { finalizers: ['example.org/slow'] };
    rig.api.put('ConfigMap', 'held', { metadata }, 'overseer-pr-2');
    gitHub.pullRequests.set(2, 'closed').set(3, 'closed');
    const { exitCode, output } = await sweep('--timeout', '1s');
    expect([exitCode, projects()]).toEqual([1, ['overseer-pr-2']]);
    expect(output).toMatch(/overseer-pr-2 \| failed/);
  });
});

describe('whether a preview goes', () => {
  const now = new Date('2026-11-25T10:00:00Z');
  const preview = {
    project: 'overseer-pr-1',
    pullRequest: 1,
    commit: 'abc',
    expiresAt: new Date('2026-11-26T10:00:00Z'),
    isPreserved: false,
    isTerminating: false,
  };

  test('of what is known - it follows', () => {
    const goes = (changes: Partial<typeof preview>, state: 'open' | 'closed') =>
      decide({ ...preview, ...changes }, state, now).isToGo;
    expect([goes({}, 'open'), goes({}, 'closed')]).toEqual([false, true]);
    expect(goes({ expiresAt: now }, 'open')).toBe(true);
    expect(goes({ expiresAt: now, isPreserved: true }, 'closed')).toBe(false);
  });

  test('of what nobody knows - it stays, and says so', () => {
    expect(decide(preview, { unknown: 'GitHub is away' }, now)).toEqual({
      isToGo: false,
      reason: 'GitHub is away',
    });
    expect(decide({ ...preview, expiresAt: undefined }, 'open', now).reason).toContain(
      'until when',
    );
  });
});
