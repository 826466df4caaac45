import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import { instanceName, nameInstance, ownInstance } from './instance.ts';

test('the name of a process - is its machine until its port is known, and that of its threads', async () => {
  expect(ownInstance()).toBe(hostname());
  nameInstance(0);
  expect(ownInstance()).toBe(hostname());
  nameInstance(8086);
  try {
    expect(ownInstance()).toBe(instanceName(8086));
    const module = JSON.stringify(new URL('./instance.ts', import.meta.url).href);
    const worker = new Worker(
      `import(${module}).then(({ ownInstance }) =>
        require('node:worker_threads').parentPort.postMessage(ownInstance()))`,
      { eval: true },
    );
    expect(await once(worker, 'message')).toEqual([`${hostname()}:8086`]);
    await worker.terminate();
  } finally {
    nameInstance(0);
  }
});
