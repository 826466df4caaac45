import { cpus, release, totalmem } from 'node:os';
import type { Machine } from './results.ts';

/** What the figures were measured on. */
export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: release(),
  };
}

/**
 * Versions of Bun and of this repository.
 * @throws when git can't tell: a figure that names no commit can't be compared with later ones.
 */
export async function describeVersions(): Promise<Record<string, string>> {
  const commit = await git('rev-parse', '--short=12', 'HEAD');
  const changes = await git('status', '--porcelain');
  return { bun: Bun.version, commit: changes === '' ? commit : `${commit}+changes` };
}

async function git(...args: string[]): Promise<string> {
  const git = Bun.spawn(['git', ...args], { cwd: import.meta.dir, stdout: 'pipe', stderr: 'pipe' });
  const [output, errors, code] = await Promise.all([
    git.stdout.text(),
    git.stderr.text(),
    git.exited,
  ]);
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}: ${errors.trim()}`);
  return output.trim();
}
