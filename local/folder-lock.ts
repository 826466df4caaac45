/** One running instance a data folder. */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from './wait.ts';

/** Killed with its runner, PostgreSQL still writes a checkpoint. */
const LEFTOVER_DEADLINE_MS = 60_000;

/** Somebody else holds the folder. */
export class FolderLockedError extends Error {
  override name = 'FolderLockedError';
}

export interface FolderLock {
  /** The open lock file. Each process that inherits it holds the lock too. */
  readonly file: number;
  release(): void;
}

/**
 * Locks a folder until this process and every process that inherited the file have ended, however they ended:
 * the kernel keeps the lock. So a successor never meets the servers of a runner that was killed.
 * @param onWait told once, when processes left by a killed runner are waited for
 * @throws FolderLockedError when another instance runs
 */
export async function lockFolder(
  folder: string,
  onWait: (message: string) => void,
): Promise<FolderLock> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'lock');
  // Not truncated: it names the process that holds the lock.
  const file = openSync(path, 'a+', 0o644);
  try {
    if (!tryLock(file)) await waitForLeftovers(file, path, folder, onWait);
  } catch (error) {
    closeSync(file);
    throw error;
  }
  writeFileSync(path, `${process.pid}\n`);
  return { file, release: () => closeSync(file) };
}

/** `flock` locks the open file that it shares with us, so the lock stays ours when it ends. */
function tryLock(file: number): boolean {
  const { exitCode } = Bun.spawnSync(['flock', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'inherit', file],
  });
  return exitCode === 0;
}

async function waitForLeftovers(
  file: number,
  path: string,
  folder: string,
  onWait: (message: string) => void,
): Promise<void> {
  const owner = Number(readFileSync(path, 'utf8'));
  let holders: number[] = [];
  const updateHolders = async () => {
    holders = await processesWithOpenFile(path);
    if (!holders.includes(owner)) return;
    throw new FolderLockedError(
      `Overseer already runs on ${folder} (process ${owner}). Stop it, or set DATA_DIR to another folder.`,
    );
  };
  await updateHolders();
  onWait(`waiting for what an earlier run left behind (processes ${holders.join(', ')})`);
  try {
    await waitUntil(() => tryLock(file), { what: 'the lock', deadlineMs: LEFTOVER_DEADLINE_MS });
  } catch (cause) {
    await updateHolders();
    throw new FolderLockedError(
      `Processes ${holders.join(', ')} of an earlier run still use ${folder}. End them, then start again.`,
      { cause },
    );
  }
}

/** Those of them that we may look into, without ourselves. */
export async function processesWithOpenFile(path: string): Promise<number[]> {
  const processIds = (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  const found = await Promise.all(
    processIds.map(async (id) => {
      const files = await readdir(`/proc/${id}/fd`).catch(() => []);
      const targets = await Promise.all(
        files.map((name) => readlink(`/proc/${id}/fd/${name}`).catch(() => '')),
      );
      return targets.includes(path);
    }),
  );
  return processIds.filter((_, index) => found[index]).map(Number);
}
