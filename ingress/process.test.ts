import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { freePort, runToEnd, startService, waitUntil } from '@overseer/local/testing';
import { pointsOf } from './testing/points.ts';
import { Rig } from './testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
const main = join(import.meta.dir, 'main.ts');

test('process - a taken port is a clear error', async () => {
  await using rig = await Rig.startUnprepared();
  const { port } = new URL(rig.ingress.url);
  const { code, output } = await runToEnd(main, { NATS_URL: rig.nats.url, INGRESS_PORT: port });
  expect(code).toBe(1);
  expect(output).toContain(`INGRESS_PORT is ${port}, but another program listens`);
});

test('process - invalid settings are all named', async () => {
  const { code, output } = await runToEnd(main, { INGRESS_PORT: 'http', COALESCE_MS: '-1' });
  expect(code).toBe(1);
  expect(output).toContain('INGRESS_PORT is \\"http\\"; valid is');
  expect(output).toContain('COALESCE_MS is \\"-1\\"; valid is');
});

test('process - without NATS it waits, answers probes, and stops when asked', async () => {
  const port = freePort();
  const child = Bun.spawn([process.execPath, main], {
    env: {
      ...process.env,
      NATS_URL: `nats://127.0.0.1:${freePort()}`,
      INGRESS_PORT: String(port),
    },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  try {
    const health = await waitUntil(
      () => fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined),
      { what: 'ingress to listen', deadlineMs: DEADLINE_MS },
    );
    expect([health.status, await health.json()]).toMatchObject([
      503,
      { status: 'fail', message: expect.stringContaining('NATS is not connected') },
    ]);
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

test('process - SIGTERM finishes what is under way before it ends', async () => {
  await using rig = await Rig.start();
  const service = await startService('ingress', {
    NATS_URL: rig.nats.url,
    // Long enough that the write is surely still waiting when the signal comes.
    COALESCE_MS: '1000',
    LOG_LEVEL: 'warn',
  });
  try {
    const answer = fetch(`${service.url}/write?db=drained`, { method: 'POST', body: 'm f=1 1' });
    await waitUntil(
      async () => /_writes\{[^}]*\} 1$/m.test(await (await fetch(`${service.url}/metrics`)).text()),
      { what: 'the write to be under way', deadlineMs: DEADLINE_MS },
    );
    const ended = service.kill('SIGTERM');
    expect((await answer).status).toBe(204);
    await ended;
    const batches = (await rig.store.batches()).map(({ batch }) => batch);
    expect(pointsOf(batches)).toMatchObject([{ database: 'drained', timeNs: 1n }]);
  } finally {
    await service.stop();
  }
});
