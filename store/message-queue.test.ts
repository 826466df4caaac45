import { expect, test } from 'bun:test';
import type { StreamMessage } from '@overseer/shared';
import { MessageQueue } from './message-queue.ts';

const message = (sequence: number, bytes: number): StreamMessage => ({
  sequence,
  payload: new Uint8Array(bytes),
  headers: {},
  storedAtMs: 0,
});

async function* source(messages: readonly StreamMessage[], failure?: Error) {
  yield* messages;
  if (failure) throw failure;
}

test('message queue - groups are bounded by bytes, one larger message passes alone', async () => {
  const queue = new MessageQueue(10);
  const filling = queue.fill(source([message(1, 4), message(2, 4), message(3, 25), message(4, 1)]));
  const groups: number[][] = [];
  for (let group = await queue.take(); group; group = await queue.take()) {
    groups.push(group.map(({ sequence }) => sequence));
  }
  await filling;
  expect(groups.flat()).toEqual([1, 2, 3, 4]);
  for (const group of groups) expect(group.includes(3) ? group : [3]).toEqual([3]);
});

test('message queue - a full queue holds its source back', async () => {
  let given = 0;
  async function* endless() {
    for (;;) yield message(++given, 6);
  }
  const queue = new MessageQueue(10);
  const filling = queue.fill(endless());
  expect(await queue.take()).toHaveLength(1);
  expect(given).toBeLessThanOrEqual(4);
  queue.close();
  await filling;
});

test('message queue - what the source threw comes after its messages', async () => {
  const queue = new MessageQueue(10);
  await queue.fill(source([message(1, 1)], new Error('cut')));
  expect(await queue.take()).toHaveLength(1);
  await expect(queue.take()).rejects.toThrow('cut');
});

test('message queue - small groups wait for each other, the first one and large ones do not', async () => {
  const queue = new MessageQueue(2 ** 20, 3_600_000);
  const later = Promise.withResolvers<void>();
  async function* arriving() {
    yield message(1, 10);
    await later.promise;
    yield message(2, 10);
    yield message(3, 10);
    yield message(4, 2 ** 16);
  }
  const filling = queue.fill(arriving());
  expect(await queue.take()).toHaveLength(1);
  const next = queue.take();
  later.resolve();
  expect(await next).toHaveLength(3);
  await filling;
  expect(await queue.take()).toBeUndefined();
});
