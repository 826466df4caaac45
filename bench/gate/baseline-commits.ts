import { projectFolder } from '@overseer/local/project';

/** From the project's folder, as git has it. */
const BASELINE = 'bench/baseline.json';
/** Fewer than this explain nothing. */
const REASON_WORDS_MIN = 8;

/** A commit that touched the baseline. */
export interface BaselineCommit {
  id: string;
  /** Of its message, what follows the first line. */
  reason: string;
  /** All files that it touched. */
  paths: readonly string[];
}

/**
 * Commits that moved the baseline, as far as the history reaches. Not those that add it: the first one, and in a shallow
 * clone, or where the history was made into one commit, one that has every file.
 * @returns none where there is no git
 */
export function readBaselineCommits(folder: string = projectFolder): BaselineCommit[] {
  const moves = ['log', '--no-merges', '--diff-filter=M', '--format=%H', '--', BASELINE];
  return linesOf(git(folder, ...moves)).map((id) => ({
    id,
    reason: git(folder, 'show', '--no-patch', '--format=%b', id),
    paths: linesOf(git(folder, 'show', '--name-only', '--format=', id)),
  }));
}

/** @returns a line for each commit that moved the baseline with something else, or without a reason */
export function checkBaselineCommits(commits: readonly BaselineCommit[]): string[] {
  return commits.flatMap(({ id, reason, paths }) => {
    const short = id.slice(0, 12);
    const others = paths.filter((path) => path !== BASELINE);
    const words = reason.split(/\s+/).filter(Boolean).length;
    return [
      ...(others.length > 0
        ? [`${short} moves ${BASELINE} together with ${others.join(', ')}: commit it alone`]
        : []),
      ...(words < REASON_WORDS_MIN
        ? [`${short} moves ${BASELINE} and doesn't say why below its first line`]
        : []),
    ];
  });
}

function linesOf(output: string): string[] {
  return output.split('\n').filter(Boolean);
}

function git(folder: string, ...args: string[]): string {
  const { success, stdout } = Bun.spawnSync(['git', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return success ? stdout.toString().trim() : '';
}
