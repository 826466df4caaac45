import type { Logger } from '@overseer/shared';
import { type Database, isLockTimeout, literal, type Transaction } from './postgres.ts';

/**
 * A change of a table waits behind whoever reads it, and every writer waits behind the change. So it waits only this long, lets the
 * queue pass, and tries again, each time a little longer, for ever.
 */
const LOCK_WAIT_FIRST_MS = 50;
const LOCK_WAIT_MAX_MS = 1000;
const LOG_EVERY_TRIES = 20;
const LONG_TRANSACTION_LOOK_MS = 100;

/** How far a change of a table goes against those who hold it. */
export interface Patience {
  /** For so long it is tried. */
  readonly forMs: number;
  /** It is not tried while a transaction holds the table that is older. */
  readonly holderAgeMs: number;
  /** So long the first try waits for a lock, and everybody who comes for the table meanwhile waits behind it. */
  readonly lockWaitMs: number;
}

/** A transaction that has held a table for a second is none of a writer's, and may go on for hours. */
export const GENTLE: Patience = {
  forMs: Number.POSITIVE_INFINITY,
  holderAgeMs: 1000,
  lockWaitMs: LOCK_WAIT_FIRST_MS,
};

/** Somebody has held a table for a while: a change is not even tried, because writers would wait behind it for nothing. */
export class TableHeldError extends Error {
  override name = 'TableHeldError';
}

/** Whether the same change may succeed when others have let go of their locks. */
export const isLocked = (error: unknown) => isLockTimeout(error) || error instanceof TableHeldError;

/** Runs a transaction that takes strong locks, again and again until it gets them. */
export function retryLocked<T>(
  database: Database,
  log: Logger,
  action: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return untilUnlocked(log, (waitMs) => tryLocked(database, waitMs, action));
}

/**
 * Tries again and again until it does not fail for a lock.
 * @param attempt told how long to wait for each lock
 * @param patience of a bounded one nothing is left when a transaction holds the table that has lasted for a while
 * @throws when its patience is at an end, an error that `isLocked` knows
 */
export async function untilUnlocked<T>(
  log: Logger,
  attempt: (waitMs: number) => Promise<T>,
  { forMs, lockWaitMs }: Patience = GENTLE,
): Promise<T> {
  const startedAt = performance.now();
  const isHopeless = (error: unknown) =>
    forMs !== Number.POSITIVE_INFINITY &&
    (error instanceof TableHeldError || performance.now() - startedAt >= forMs);
  for (let tries = 1; ; tries++) {
    const waitMs = Math.max(lockWaitMs, Math.min(lockWaitMs * tries, LOCK_WAIT_MAX_MS));
    try {
      return await attempt(waitMs);
    } catch (error) {
      if (!isLocked(error) || isHopeless(error)) throw error;
      if (tries % LOG_EVERY_TRIES === 0) {
        log.warn({ tries }, 'a table change waits for a long transaction that reads the table');
      }
      await Bun.sleep(error instanceof TableHeldError ? LONG_TRANSACTION_LOOK_MS : waitMs);
    }
  }
}

/** Runs a transaction that waits so long for each lock. @throws an error that `isLocked` knows when it does not get one */
export async function tryLocked<T>(
  database: Database,
  waitMs: number,
  action: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  const result = await database.begin(async (transaction) => {
    await transaction.unsafe(`SET LOCAL lock_timeout = ${waitMs}`);
    return { value: await action(transaction) };
  });
  return result.value as T;
}

/**
 * To be called before a lock on tables that excludes readers.
 * @param table qualified name
 * @throws TableHeldError when it is held by a transaction that has lasted for a while. (Of sessions of roles that this one may not
 *   look at the age is not known: for them the change waits in vain, each time for a moment.)
 */
export async function assertNotHeld(
  transaction: Transaction,
  table: string,
  { holderAgeMs }: Patience,
): Promise<void> {
  const [row] = await transaction.unsafe(`
    SELECT l.relation::regclass::text AS name, a.pid, now() - a.xact_start AS age
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.relation = ${literal(table)}::regclass
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.granted AND l.pid <> pg_backend_pid()
      AND a.xact_start < now() - interval '${Math.ceil(holderAgeMs)} milliseconds'
    LIMIT 1`);
  if (row) {
    throw new TableHeldError(`session ${row.pid} has held ${row.name} for ${row.age}`);
  }
}
