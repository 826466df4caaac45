/** Work that one process at a time may do. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whoever holds a lock so long fetches over a line that is dead, rather than slow. */
const WAIT_SECONDS_MAX = 900;

/**
 * Does the work while no other process does any under the same lock. The kernel frees the lock of a process that ends, however it ends.
 * @param path a file, made when it is not there, and left there
 * @throws Error when another process holds the lock for too long
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a');
  try {
    // `flock` locks the open file that it shares with us, so the lock stays ours when it ends.
    const flock = Bun.spawn(['flock', '--timeout', String(WAIT_SECONDS_MAX), '3'], {
      stdio: ['ignore', 'ignore', 'inherit', file],
    });
    if ((await flock.exited) !== 0) {
      throw new Error(
        `Another process has held ${path} for ${WAIT_SECONDS_MAX} s. Look what it does.`,
      );
    }
    return await work();
  } finally {
    closeSync(file);
  }
}
