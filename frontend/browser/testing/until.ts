import { waitUntil } from '@overseer/local/testing';
import { DEADLINE_MS, OpenPage } from './open-page.ts';

/**
 * Waits until something of a page is so.
 * @param what for the error when that never comes, which has what every open page shows, too
 * @param lastSeen what there was instead
 */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  lastSeen?: () => unknown,
): Promise<void> {
  try {
    await waitUntil(condition, { what, deadlineMs: DEADLINE_MS, ...(lastSeen && { lastSeen }) });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error([message, ...(await OpenPage.describeAll())].join('\n'), { cause });
  }
}
