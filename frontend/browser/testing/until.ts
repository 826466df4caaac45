import { waitUntil } from '@overseer/local/testing';
import { DEADLINE_MS } from './open-page.ts';

/** Waits until something of a page is so. @param what for the error when that never comes */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  await waitUntil(condition, { what, deadlineMs: DEADLINE_MS });
}
