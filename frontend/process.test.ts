import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { freePort, runToEnd, startService, waitUntil } from '@overseer/local/testing';
import { Rig } from './testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const main = join(import.meta.dir, 'main.ts');

function start(environment: Record<string, string>) {
  return Bun.spawn([process.execPath, main], {
    env: { ...process.env, ...environment },
    stdout: 'pipe',
    stderr: 'inherit',
  });
}

test('process - a taken port is a clear error', async () => {
  await using rig = await Rig.start();
  const { port } = new URL(rig.frontend.url);
  const { code, output } = await runToEnd(main, { NATS_URL: rig.nats.url, FRONTEND_PORT: port });
  expect(code).toBe(1);
  expect(output).toContain(`FRONTEND_PORT is ${port}, but another program listens`);
});

test('process - invalid settings are all named', async () => {
  const { code, output } = await runToEnd(main, { FRONTEND_PORT: 'http', LIVE_SOCKETS_MAX: '-1' });
  expect(code).toBe(1);
  expect(output).toContain('FRONTEND_PORT is \\"http\\"; valid is');
  expect(output).toContain('LIVE_SOCKETS_MAX is \\"-1\\"; valid is');
});

test('process - without NATS it serves the page, says what is missing, and stops when asked', async () => {
  const port = freePort();
  const child = start({
    NATS_URL: `nats://127.0.0.1:${freePort()}`,
    FRONTEND_PORT: String(port),
  });
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  try {
    await waitUntil(() => get('/health').catch(() => undefined), {
      what: 'the frontend to listen',
      deadlineMs: DEADLINE_MS,
    });
    expect((await get('/')).headers.get('content-type')).toStartWith('text/html');
    const ready = await get('/ready');
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { ready: false, missing: { nats: 'NATS is not connected' } },
    ]);
    const query = await get('/api/v1/query?query=up');
    expect([query.status, await query.json()]).toMatchObject([503, { errorType: 'unavailable' }]);
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

test('process - SIGTERM finishes what is under way, and tells pages that it goes', async () => {
  await using rig = await Rig.start();
  const service = await startService('frontend', { NATS_URL: rig.nats.url, LOG_LEVEL: 'warn' });
  try {
    rig.store.answers.set('instant', { parts: [], end: { resultType: 'vector' } });
    const { promise, resolve } = Promise.withResolvers<void>();
    rig.store.gate = promise;
    const page = await rig.openPage(service.url);
    const answer = fetch(`${service.url}/api/v1/query?query=up`);
    await waitUntil(() => rig.store.questions.some(({ kind }) => kind === 'instant'), {
      what: 'the question to arrive',
      deadlineMs: DEADLINE_MS,
    });
    const ended = service.kill('SIGTERM');
    await page.until('the goodbye', () => page.closeCode !== undefined);
    expect(page.closeCode).toBe(1001);
    resolve();
    expect((await answer).status).toBe(200);
    await ended;
  } finally {
    await service.stop();
  }
});
