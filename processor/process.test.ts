import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { freePort, runToEnd, startNats, startService, waitUntil } from '@overseer/local/testing';
import { askCatalogue } from './testing/catalogue-question.ts';
import { Listener } from './testing/listener.ts';
import { TestStore } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const main = join(import.meta.dir, 'main.ts');

test('process - killed and started again, it begins with a snapshot and a reset', async () => {
  await using nats = await startNats();
  const store = await TestStore.connect(nats.url);
  const listener = await Listener.connect(nats.url);
  await store.prepare();
  await using processor = await startService('processor', { NATS_URL: nats.url });
  try {
    await listener.untilResets(1);
    await store.commit([{ measurement: 'm', fieldsNew: [{ name: 'f', type: 'float' }] }]);
    await listener.untilRows('m', 1);
    await processor.kill('SIGKILL');
    await store.commit([{ measurement: 'meanwhile' }]);
    await processor.restart();
    await listener.untilResets(2);
    expect(listener.of('meanwhile')).toEqual([]);
    expect((await askCatalogue(listener.bus)).measurements).toEqual(store.summaries);
    await store.commit([{ measurement: 'm' }]);
    await listener.untilRows('m', 2);
    expect([listener.sources, listener.losses]).toEqual([2, 0]);
  } finally {
    await store.close();
    await listener.close();
  }
});

test('process - asked to stop it tells what waits and ends with 0', async () => {
  await using nats = await startNats();
  const store = await TestStore.connect(nats.url);
  const listener = await Listener.connect(nats.url);
  await store.prepare();
  const port = freePort();
  const child = Bun.spawn([process.execPath, main], {
    env: { ...process.env, NATS_URL: nats.url, PROCESSOR_PORT: String(port) },
    stdout: 'ignore',
    stderr: 'inherit',
  });
  try {
    await listener.untilResets(1);
    for (let i = 0; i < 5; i++) await store.commit([{ measurement: 'm' }]);
    const metrics = await fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
    expect(metrics).toContain('overseer_processor_updates_total{service="processor"}');
    await waitUntil(() => listener.rows('m') > 0, { what: 'an update', deadlineMs: DEADLINE_MS });
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
    expect(listener.losses).toBe(0);
  } finally {
    child.kill('SIGKILL');
    await store.close();
    await listener.close();
  }
});

test('process - without NATS it waits, answers probes, and stops when asked', async () => {
  const port = freePort();
  const child = Bun.spawn([process.execPath, main], {
    env: {
      ...process.env,
      NATS_URL: `nats://127.0.0.1:${freePort()}`,
      PROCESSOR_PORT: String(port),
    },
    stdout: 'ignore',
    stderr: 'inherit',
  });
  try {
    const ready = await waitUntil(
      () => fetch(`http://127.0.0.1:${port}/ready`).catch(() => undefined),
      { what: 'the processor to listen', deadlineMs: DEADLINE_MS },
    );
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, missing: ['NATS is not connected'], leader: false },
    ]);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(health.status).toBe(200);
    child.kill('SIGTERM');
    expect(await child.exited).toBe(0);
  } finally {
    child.kill('SIGKILL');
  }
});

test('process - a taken port and invalid settings are clear errors', async () => {
  const taken = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() });
  try {
    const port = String(taken.port);
    const { code, output } = await runToEnd(main, { PROCESSOR_PORT: port });
    expect(code).toBe(1);
    expect(output).toContain(`PROCESSOR_PORT is ${port}, but another program listens`);
  } finally {
    await taken.stop(true);
  }
  const { code, output } = await runToEnd(main, { PROCESSOR_PORT: 'http' });
  expect(code).toBe(1);
  expect(output).toContain('PROCESSOR_PORT is \\"http\\"; valid is');
});
