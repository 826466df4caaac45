import type { PullRequestAnswer } from './github.ts';
import type { PreviewProject } from './preview-project.ts';

/** What is to become of a preview, and why. */
export interface SweepDecision {
  readonly isToGo: boolean;
  readonly reason: string;
}

/**
 * Whether a preview is to be removed.
 *
 * A pull request may be merged while its image is still being built, so that its preview appears after the hook that removes it has run. The sweep does not
 * know of hooks: it sees a preview whose pull request is closed.
 *
 * @param state of its pull request
 */
export function decide(
  preview: PreviewProject,
  state: PullRequestAnswer,
  now: Date,
): SweepDecision {
  const { isPreserved, isTerminating, expiresAt } = preview;
  if (isPreserved) return { isToGo: false, reason: 'it is to be preserved' };
  // What hangs is worth another look, and a message.
  if (isTerminating) return { isToGo: true, reason: 'it is being removed' };
  if (expiresAt && expiresAt <= now) {
    return { isToGo: true, reason: `its time was over at ${expiresAt.toISOString()}` };
  }
  if (state === 'closed') return { isToGo: true, reason: 'its pull request is closed' };
  if (state === 'open') {
    return expiresAt
      ? { isToGo: false, reason: 'its pull request is open' }
      : { isToGo: false, reason: 'its pull request is open, and nothing says until when it stays' };
  }
  return { isToGo: false, reason: state.unknown };
}
