import type { Logger } from '@overseer/shared';
import { type Database, isLockTimeout, type Transaction } from './postgres.ts';

/**
 * A change of a table waits behind whoever reads it, and every writer waits behind the change. So it waits only this long, lets the
 * queue pass, and tries again, each time a little longer, for ever.
 */
const LOCK_WAIT_FIRST_MS = 50;
const LOCK_WAIT_MAX_MS = 1000;
const LOG_EVERY_TRIES = 20;

/** Runs a transaction that takes strong locks, again and again until it gets them. */
export async function retryLocked<T>(
  database: Database,
  log: Logger,
  action: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const waitMs = Math.min(LOCK_WAIT_FIRST_MS * tries, LOCK_WAIT_MAX_MS);
    try {
      const result = await database.begin(async (transaction) => {
        await transaction.unsafe(`SET LOCAL lock_timeout = ${waitMs}`);
        return { value: await action(transaction) };
      });
      return result.value as T;
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      if (tries % LOG_EVERY_TRIES === 0) {
        log.warn({ tries }, 'a table change waits for a long transaction that reads the table');
      }
      await Bun.sleep(waitMs);
    }
  }
}
