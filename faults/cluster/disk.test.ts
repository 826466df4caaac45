import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@overseer/local/testing';
import { Disk } from './disk.ts';

const deadlineMs = 20_000;
const MEBIBYTE = Buffer.alloc(2 ** 20);

const isMounted = (folder: string) => readFileSync('/proc/mounts', 'utf8').includes(folder);

describe.skipIf(!(await Disk.isPossible()))('disk', () => {
  test('filled - takes no more, keeps what it has, and takes more when it is freed', async () => {
    await using disk = await Disk.mount();
    const file = (name: string) => join(disk.folder, name);
    writeFileSync(file('before'), MEBIBYTE);
    await disk.fill(0);
    expect(() => writeFileSync(file('full'), MEBIBYTE)).toThrow('ENOSPC');
    expect(readFileSync(file('before')).length).toBe(MEBIBYTE.length);
    await disk.free();
    writeFileSync(file('after'), MEBIBYTE);
  });

  test('disposed - leaves no mount and no folder', async () => {
    const disk = await Disk.mount();
    expect(isMounted(disk.folder)).toBe(true);
    await disk[Symbol.asyncDispose]();
    expect(isMounted(disk.folder)).toBe(false);
    expect(existsSync(disk.folder)).toBe(false);
  });

  test('its process killed - leaves no mount and no folder', async () => {
    const program = `
      import { Disk } from ${JSON.stringify(join(import.meta.dir, 'disk.ts'))};
      console.log((await Disk.mount()).folder);
      setInterval(() => {}, 1000);`;
    const child = Bun.spawn([process.execPath, '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const { value } = await child.stdout.getReader().read();
    const folder = new TextDecoder().decode(value).trim();
    expect(isMounted(folder)).toBe(true);
    child.kill('SIGKILL');
    await waitUntil(() => !existsSync(folder), { what: 'the folder to go', deadlineMs });
    expect(isMounted(folder)).toBe(false);
  });
});
