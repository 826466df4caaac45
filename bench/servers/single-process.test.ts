import { afterEach, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { waitUntil } from '@overseer/local/testing';
import { type SingleProcess, startSingleProcess } from './single-process.ts';
import type { WriteServer } from './write-server.ts';

/** Answers every write by 204, and tells only the second time it is asked that it has stored it. */
const PROGRAM = `
  let written = 0;
  let told = 0;
  Bun.serve({
    hostname: '127.0.0.1',
    port: Number(process.env.PORT),
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      if (pathname === '/health') return new Response(process.argv.at(-1));
      if (pathname === '/count') {
        const answer = Response.json(told);
        told = written;
        return answer;
      }
      written += (await request.text()).split('\\n').length - 1;
      return new Response(null, { status: search === '?db=a%20b' ? 204 : 400 });
    },
  });`;

const DESCRIPTION: SingleProcess = {
  program: { name: 'bun', packageName: 'bun', path: 'bin/bun' },
  promise: 'nothing',
  share: 1,
  command: (path, folder) => [path, '-e', PROGRAM, folder],
  environment: (_, [port]) => ({ PORT: String(port) }),
  healthPath: '/health',
  createDatabase: async () => {},
  async countPoints(url) {
    const response = await fetch(`${url}/count`);
    return (await response.json()) as number;
  },
  countLines: async () => 0,
};

let server: WriteServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

const start = async (description = DESCRIPTION): Promise<WriteServer> => {
  server = await startSingleProcess(description, () => {});
  return server;
};

async function write(to: WriteServer, text: string): Promise<number> {
  const response = await fetch(to.writeUrl('a b'), { method: 'POST', body: text });
  return response.status;
}

/** R, S, T, …: the state of a process (man 5 proc). */
function stateOf({ processes }: WriteServer): string | undefined {
  const stat = readFileSync(`/proc/${processes.bun?.processId}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

describe('server of one process', () => {
  test('lines - are waited for until it has counted all that were ever written', async () => {
    const started = await start();
    expect(await write(started, 'a x=1\nb x=1\n')).toBe(204);
    await started.stored('a b', 2);
    expect(await write(started, 'a x=2\n')).toBe(204);
    await started.stored('a b', 1);
    expect(await DESCRIPTION.countPoints(new URL(started.writeUrl('')).origin)).toBe(3);
  });

  test('paused - it is stopped, and goes on when resumed', async () => {
    const started = await start();
    await started.pause();
    // A process stops when it next gives up its processor, not when the signal is sent.
    await waitUntil(() => stateOf(started) === 'T', { what: 'it to stop', deadlineMs: 20_000 });
    await started.resume();
    expect(await write(started, 'a x=1\n')).toBe(204);
    await started.pause();
  });

  test('crashed - it comes back at its place when restarted', async () => {
    const started = await start();
    await started.crash();
    expect(await write(started, 'a x=1\n').catch(() => 'gone')).toBe('gone');
    await started.restart();
    expect(await write(started, 'a x=1\n')).toBe(204);
  });

  test('a count that fails - is an error', async () => {
    const started = await start({
      ...DESCRIPTION,
      countPoints: async () => {
        throw new Error('3 were dropped');
      },
    });
    expect(await started.stored('a b', 1).catch(String)).toContain('3 were dropped');
  });
});
