/** Waiting in tests: with patience, and telling what there is to know when it was in vain. */
import { WaitedInVainError, type WaitOptions, waitUntil as waitUntilDeadline } from '../wait.ts';
import { Running } from './running.ts';

/** A shorter deadline would say more about the machine, which may be busy, than about what is waited for. */
const PATIENCE_MS = 60_000;

/**
 * Polls until `condition` gives something true and returns it. Of a wait in vain, all that a person may have is its message: that has the last lines
 * of every process of the test.
 * @param options.deadlineMs taken as a minute at the least
 * @throws WaitedInVainError when the deadline passes first
 */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadlineMs = Math.max(options.deadlineMs, PATIENCE_MS);
  try {
    return await waitUntilDeadline(condition, { ...options, deadlineMs });
  } catch (cause) {
    if (!(cause instanceof WaitedInVainError)) throw cause;
    throw new WaitedInVainError([cause.message, ...Running.describeAll()].join('\n'), { cause });
  }
}
