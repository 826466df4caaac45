import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBaselineCommits, readBaselineCommits } from './baseline-commits.ts';

const REASON = 'The parser checks tags twice now, which costs what this shows.';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overseer-baseline-'));
  await mkdir(join(folder, 'bench'));
  git('init', '--quiet');
});
afterEach(() => rm(folder, { recursive: true }));

function git(...args: string[]): void {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.test', '-c', 'commit.gpgsign=false'];
  const { success, stderr } = Bun.spawnSync(['git', ...who, ...args], { cwd: folder });
  if (!success) throw new Error(stderr.toString());
}

async function commit(message: string, ...paths: string[]): Promise<void> {
  for (const path of paths) await Bun.write(join(folder, path), `${message} ${path}`);
  git('add', '.');
  git('commit', '--quiet', '-m', message);
}

const problems = () => checkBaselineCommits(readBaselineCommits(folder));

describe('baseline', () => {
  test('of this project - was always moved alone, with a reason', () => {
    expect(checkBaselineCommits(readBaselineCommits())).toEqual([]);
  });

  test('moved alone, with a reason - is allowed', async () => {
    await commit('Begin', 'a.ts', 'bench/baseline.json');
    await commit(`Move the baseline\n\n${REASON}`, 'bench/baseline.json');
    expect(readBaselineCommits(folder)).toHaveLength(1);
    expect(problems()).toEqual([]);
  });

  test('moved with something else - is told', async () => {
    await commit('Begin', 'a.ts', 'bench/baseline.json');
    await commit(`Move the baseline\n\n${REASON}`, 'bench/baseline.json', 'a.ts');
    expect(problems()).toEqual([expect.stringContaining('together with a.ts')]);
  });

  test('moved without a reason - is told', async () => {
    await commit('Begin', 'a.ts', 'bench/baseline.json');
    await commit('Move the baseline because of this and that and much more', 'bench/baseline.json');
    expect(problems()).toEqual([expect.stringContaining("doesn't say why")]);
  });

  test('added by a commit, with or without a parent - is no move', async () => {
    await commit('Everything', 'a.ts', 'bench/baseline.json');
    git('rm', '--quiet', 'bench/baseline.json');
    await mkdir(join(folder, 'bench'), { recursive: true });
    git('commit', '--quiet', '-m', 'Take it away');
    await commit('Everything again', 'a.ts', 'bench/baseline.json');
    expect(problems()).toEqual([]);
  });

  test('without git - there is nothing to check', async () => {
    await rm(join(folder, '.git'), { recursive: true });
    expect(problems()).toEqual([]);
  });
});
