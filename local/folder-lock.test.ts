import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { Child } from './child.ts';
import { lockFolder } from './folder-lock.ts';
import { temporaryFolder } from './testing/mod.ts';
import { waitUntil } from './wait.ts';

test('folder lock - outlives its runner in the processes that inherited it', async () => {
  const folder = temporaryFolder();
  const messages: string[] = [];
  const first = await lockFolder(folder, (message) => messages.push(message));
  const leftover = await Child.start(
    {
      name: 'leftover',
      command: ['sleep', '1000'],
      stopSignal: 'SIGTERM',
      deathSignal: 'SIGKILL',
      stopGraceMs: 1000,
      readyDeadlineMs: 1000,
      isReady: async () => true,
    },
    { inheritedFile: first.file },
  );
  try {
    first.release();
    let isLocked = false;
    const second = lockFolder(folder, (message) => messages.push(message)).then((lock) => {
      isLocked = true;
      return lock;
    });
    await waitUntil(() => messages.length > 0, { what: 'the wait', deadlineMs: 10_000 });
    expect(messages[0]).toContain(String(leftover.processId));
    expect(isLocked).toBe(false);
    await leftover.stop();
    (await second).release();
    expect(isLocked).toBe(true);
  } finally {
    await leftover.stop();
    rmSync(folder, { recursive: true });
  }
});
