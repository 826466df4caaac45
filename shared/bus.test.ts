import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { type NatsServer, startNats } from '@overseer/local/testing';
import { type Bus, connectBus } from './bus.ts';
import { BusRequestError, RevisionError, StreamReplacedError } from './bus-errors.ts';
import { createLogger } from './log.ts';

const STREAM = 'TEST';
const MEBIBYTE = 2 ** 20;

let server: NatsServer;
let bus: Bus;

beforeAll(async () => {
  server = await startNats();
  bus = await connectBus({ url: server.url, name: 'test', log: createLogger('test') });
});

afterAll(async () => {
  await bus?.close();
  await server?.stop();
});

beforeEach(() =>
  bus.ensureStream({
    name: STREAM,
    subjects: ['test.*'],
    storage: 'file',
    discard: 'new',
    bytesMax: 16 * MEBIBYTE,
    replicas: 1,
  }),
);

afterEach(async () => {
  if (await bus.stream(STREAM)) await bus.deleteStream(STREAM);
});

test('next sequence - the first message on the subject at or after, none, or no stream', async () => {
  const large = new Uint8Array(1_000_000);
  for (const subject of ['test.a', 'test.b', 'test.a']) await bus.publish(subject, large);
  expect(await bus.nextSequence(STREAM, 'test.a', 0)).toBe(1);
  expect(await bus.nextSequence(STREAM, 'test.a', 2)).toBe(3);
  expect(await bus.nextSequence(STREAM, 'test.b', 2)).toBe(2);
  expect(await bus.nextSequence(STREAM, 'test.b', 3)).toBeUndefined();
  expect(await bus.nextSequence(STREAM, 'test.c', 1)).toBeUndefined();
  await expect(bus.nextSequence('NONE', 'test.a', 1)).rejects.toThrow(StreamReplacedError);
});

test('reader - an abort before, while and after its consumer is made ends it', async () => {
  const created = (await bus.stream(STREAM))?.created ?? '';
  for (const waitMs of [0, 1, 2, 4, 8]) {
    const source = { stream: STREAM, subject: 'test.a', created, position: 0, messagesMax: 8 };
    const next = bus.read(source, AbortSignal.timeout(waitMs)).next();
    expect(await next).toEqual({ done: true, value: undefined });
  }
});

test('errors - each is one of ours, and says what was asked', async () => {
  await expect(bus.purgeBefore('NONE', 1)).rejects.toThrow(StreamReplacedError);
  const overlapping = bus.ensureStream({
    name: 'OTHER',
    subjects: ['test.a'],
    storage: 'file',
    discard: 'new',
    bytesMax: MEBIBYTE,
    replicas: 1,
  });
  await expect(overlapping).rejects.toThrow(BusRequestError);
  await expect(overlapping).rejects.toThrow(/stream OTHER: subjects overlap/);
  const bucket = await bus.bucket('test', { replicas: 1, bytesMax: MEBIBYTE });
  await bucket.create('key', Uint8Array.of(1));
  await expect(bucket.create('key', Uint8Array.of(2))).rejects.toThrow(RevisionError);
});
