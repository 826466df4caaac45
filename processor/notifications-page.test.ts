import { expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, waitUntil } from '@overseer/local/testing';
import { Pipeline } from './testing/pipeline.ts';

/** The program of docs/notifications.md, as it stands there. */

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;
const PROJECT = join(import.meta.dir, '..');

function programOfPage(): string {
  const page = readFileSync(join(PROJECT, 'docs', 'notifications.md'), 'utf8');
  const [, program] = /^```ts\n(.*?)^```$/ms.exec(page) ?? [];
  if (!program) throw new Error('docs/notifications.md has no program');
  return program;
}

/** Lines that a process prints, as they come. */
async function collect(output: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of output) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  }
}

test('notifications page - its program hears of points, and of a processor that was killed', async () => {
  const folder = temporaryFolder();
  await using pipeline = await Pipeline.start();
  const { hostname, port, username, password } = new URL(pipeline.nats.url);
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'listener.ts'), programOfPage());
  const child = Bun.spawn([process.execPath, 'listener.ts'], {
    cwd: folder,
    env: {
      ...process.env,
      NATS_SERVER: `${hostname}:${port}`,
      NATS_USER: username,
      NATS_PASSWORD: password,
    },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  const lines: string[] = [];
  const ended = collect(child.stdout, lines);
  let second = 0;
  /** Writes points of further seconds until a line is printed: nobody knows when the program listens. */
  const writeUntil = (pattern: RegExp) =>
    waitUntil(
      async () => {
        const timeMs = Date.UTC(2026, 0, 1) + ++second * 1000;
        await pipeline.write('demo', `room,name=kitchen value=1 ${timeMs}000000`);
        return lines.find((line) => pattern.test(line));
      },
      { what: `a line such as ${pattern} in ${lines.join('; ')}`, deadlineMs: DEADLINE_MS },
    );
  try {
    expect(await writeUntil(/^room/)).toMatch(
      /^room: \d+ points of 1 series or more, 2026-01-01T00:\d\d:\d\d\.000Z to 2026-01-01T00:\d\d:\d\d\.000Z$/,
    );
    expect(lines[0]).toBe('everything may have changed: messages were missed');
    lines.length = 0;
    await pipeline.processor.kill('SIGKILL');
    await pipeline.processor.restart();
    await writeUntil(/^everything may have changed: reset$/);
    lines.length = 0;
    await writeUntil(/^room/);
    lines.length = 0;
    await pipeline.nats.kill();
    await pipeline.nats.restart();
    await writeUntil(/^everything may have changed: reconnected$/);
  } finally {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  }
});
