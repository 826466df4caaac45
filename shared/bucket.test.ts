import { expect, test } from 'bun:test';
import { startNats, waitUntil } from '@overseer/local/testing';
import { Bucket, BucketWatch } from './bucket.ts';
import { connectBus } from './bus.ts';
import { BusUnavailableError } from './bus-errors.ts';
import { createLogger } from './log.ts';
import type { KV } from './nats.ts';

const DEADLINE_MS = 20_000;

interface StandIn {
  /** Whether a watch is told that it has seen everything. */
  readonly initializes: boolean;
  /** Whether a watch ends at once, as one does that loses its server. */
  readonly ends: boolean;
}

/** Behaves as the client's bucket does when the server is lost in the middle, which no real server can be made to do on cue. */
function bucketOf({ initializes, ends }: StandIn): Bucket {
  const kv = {
    status: async () => ({ streamInfo: { created: 'now' } }),
    watch: async ({ initializedFn }: { initializedFn: () => void }) => {
      const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
      if (initializes) initializedFn();
      if (ends) stop();
      const next = async () => {
        await stopped;
        return { done: true, value: undefined };
      };
      return { stop, [Symbol.asyncIterator]: () => ({ next }) };
    },
  } as object as KV;
  return new Bucket(kv);
}

test('bucket - gives all entries', async () => {
  await using server = await startNats();
  const bus = await connectBus({ url: server.url, name: 'test', log: createLogger('test') });
  try {
    const bucket = await bus.bucket('test', { replicas: 1, bytesMax: 2 ** 20 });
    expect(await bucket.entries()).toEqual([]);
    const keys = Array.from({ length: 500 }, (_, i) => `key${i}`);
    for (const key of keys) await bucket.put(key, Uint8Array.of(1));
    await bucket.delete('key7');
    const entries = await bucket.entries();
    expect(entries.map(({ key }) => key)).toEqual(keys.filter((key) => key !== 'key7'));
  } finally {
    await bus.close();
  }
});

test('bucket - gives what a key was set to, as far back as it is kept', async () => {
  await using server = await startNats();
  const bus = await connectBus({ url: server.url, name: 'test', log: createLogger('test') });
  try {
    const bucket = await bus.bucket('test', { replicas: 1, bytesMax: 2 ** 20, history: 3 });
    expect(await bucket.history('key')).toEqual([]);
    const revisions: number[] = [];
    for (const value of [1, 2, 3, 4]) {
      revisions.push(await bucket.put('key', Uint8Array.of(value)));
      await bucket.put('other', Uint8Array.of(9));
    }
    const history = await bucket.history('key');
    expect(history.map(({ value }) => value?.[0])).toEqual([2, 3, 4]);
    expect(history.map(({ revision }) => revision)).toEqual(revisions.slice(1));
    const [gone, kept] = revisions as [number, number];
    expect((await bucket.get('key', kept))?.value).toEqual(Uint8Array.of(2));
    expect(await bucket.get('key', gone)).toBeUndefined();
    expect(await bucket.get('other', kept)).toBeUndefined();
  } finally {
    await bus.close();
  }
});

test('bucket - reading all entries ends when the server is lost before it began', async () => {
  const silent = bucketOf({ initializes: false, ends: false });
  await expect(silent.entries(1)).rejects.toThrow(BusUnavailableError);
  const closed = bucketOf({ initializes: false, ends: true });
  await expect(closed.entries()).rejects.toThrow(BusUnavailableError);
});

test('bucket watch - the first failure of each outage is logged', async () => {
  const failure = () => Promise.reject(new Error('away'));
  const success = async () => bucketOf({ initializes: true, ends: true });
  const answers = [failure, failure, success, failure, failure, success];
  let passes = 0;
  const source = { connected: true, bucket: () => (answers[passes++] ?? success)() };
  const log = createLogger('test');
  const warnings: unknown[] = [];
  log.warn = (...parts: unknown[]) => void warnings.push(parts);
  const callbacks = { onEntry: () => undefined, onReady: () => undefined };
  const watch = new BucketWatch(source, 'test', callbacks, log);
  watch.start();
  try {
    await waitUntil(() => passes > answers.length, { what: 'passes', deadlineMs: DEADLINE_MS });
  } finally {
    watch.stop();
  }
  expect(warnings).toHaveLength(2);
});
