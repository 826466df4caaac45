import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { temporaryFolder } from './testing/mod.ts';

/** Takes the lock, says so, and keeps it until its input ends. */
const HOLDER = `
  import { withFileLock } from ${JSON.stringify(join(import.meta.dir, 'file-lock.ts'))};
  await withFileLock(process.argv.at(-1), async () => {
    console.log('locked');
    await Bun.stdin.text();
  });`;

/** A process that holds the lock until it is told, or killed. */
async function startHolder(path: string) {
  const holder = Bun.spawn([process.execPath, '--eval', HOLDER, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await holder.stdout.getReader().read();
  return holder;
}

test.each([
  ['done with its work', (holder: Bun.Subprocess<'pipe'>) => void holder.stdin.end()],
  ['killed', (holder: Bun.Subprocess<'pipe'>) => holder.kill('SIGKILL')],
])('a lock - is had when its holder is %s, and not before', async (_, end) => {
  const folder = temporaryFolder();
  const path = join(folder, 'tools', 'some.lock');
  const holder = await startHolder(path);
  try {
    let isEnded = false;
    const working = withFileLock(path, async () => isEnded);
    // Long enough in coming for whoever would not wait.
    await Bun.spawn(['true']).exited;
    isEnded = true;
    end(holder);
    expect(await working).toBe(true);
  } finally {
    holder.kill('SIGKILL');
    await holder.exited;
    rmSync(folder, { recursive: true });
  }
});

test('work that fails - frees the lock', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'some.lock');
  try {
    const failing = withFileLock(path, () => Promise.reject(new Error('in vain')));
    expect(await failing.then(String, String)).toBe('Error: in vain');
    expect(await withFileLock(path, async () => 'done')).toBe('done');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
