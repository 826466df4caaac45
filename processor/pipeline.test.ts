import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Pipeline } from './testing/pipeline.ts';

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;
const NS_PER_MS = 1_000_000;

test('pipeline - points written over HTTP are told, and the catalogue knows all that is new', async () => {
  await using pipeline = await Pipeline.start();
  const { listener } = pipeline;
  const nowMs = Date.now();
  await pipeline.write(
    'first',
    `cpu,host=a,region=x idle=1.5,count=3i ${nowMs * NS_PER_MS}`,
    `cpu,host=b,region=x idle=2.5,up=true ${(nowMs - 5) * NS_PER_MS}`,
    `load value=1 ${nowMs * NS_PER_MS}`,
  );
  await listener.untilRows('cpu', 2);
  await listener.untilRows('load', 1);
  const updates = listener.of('cpu');
  expect(Math.min(...updates.map(({ fromMs }) => fromMs))).toBe(nowMs - 5);
  expect(Math.max(...updates.map(({ toMs }) => toMs))).toBe(nowMs);
  expect(updates.some(({ fieldsNew }) => fieldsNew)).toBe(true);
  const first = await pipeline.catalogue();
  expect(first).toEqual({
    databases: ['first'],
    measurements: [
      {
        db: 'first',
        name: 'cpu',
        fields: expect.anything(),
        tagKeys: ['host', 'region'],
        tagValueCounts: [2, 1],
        seriesCount: 2,
        seriesNew: 2,
        newestMs: nowMs,
        firstWriteMs: expect.any(Number),
        lastWriteMs: expect.any(Number),
        rows: 2,
        merged: 0,
        countedSinceMs: Number(first.measurements[0]?.firstWriteMs),
      },
      {
        db: 'first',
        name: 'load',
        fields: [{ name: 'value', type: 'float' }],
        tagKeys: [],
        tagValueCounts: [],
        seriesCount: 1,
        seriesNew: 1,
        newestMs: nowMs,
        firstWriteMs: expect.any(Number),
        lastWriteMs: expect.any(Number),
        rows: 1,
        merged: 0,
        countedSinceMs: Number(first.measurements[1]?.firstWriteMs),
      },
    ],
    recentRows: expect.any(Array),
    recentWindows: expect.any(Array),
    parts: expect.any(Number),
  });
  // Two partitions wrote it, in either order.
  expect(new Set(first.measurements[0]?.fields)).toEqual(
    new Set([
      { name: 'idle', type: 'float' },
      { name: 'count', type: 'integer' },
      { name: 'up', type: 'boolean' },
    ]),
  );
  await pipeline.write(
    'second',
    `disk,path=/ free=1u ${nowMs * NS_PER_MS}`,
    `disk,path=/home,fs=ext4 free=2u,label="x" ${nowMs * NS_PER_MS}`,
  );
  await listener.untilRows('disk', 2);
  expect(await pipeline.catalogue('second')).toMatchObject({
    databases: ['second'],
    measurements: [{ name: 'disk', tagKeys: ['fs', 'path'], seriesCount: 2, newestMs: nowMs }],
  });
  expect([listener.losses, listener.resets]).toEqual([0, 1]);
});

test('pipeline - with store, NATS and processor killed in turn, nothing is left untold', async () => {
  await using pipeline = await Pipeline.start();
  const { listener, nats, processor, store } = pipeline;
  /** Writes a point of a measurement of its own, and waits until it is told, by an update or a reset. */
  const seen = async (name: string, restart: () => Promise<void>) => {
    const resets = listener.resets;
    await restart();
    await pipeline.write('db', `${name} value=1`);
    await waitUntil(
      async () => {
        if (listener.rows(name) === 0 && listener.resets === resets) return false;
        const { measurements } = await pipeline.catalogue().catch(() => ({ measurements: [] }));
        return measurements.some((summary) => summary.name === name);
      },
      { what: `${name} to be told and in the catalogue`, deadlineMs: DEADLINE_MS },
    );
  };
  await seen('before', () => Promise.resolve());
  await seen('store_killed', async () => {
    await store.kill('SIGKILL');
    await store.restart();
  });
  await seen('nats_killed', async () => {
    await nats.kill('SIGKILL');
    await nats.restart();
  });
  await seen('processor_killed', async () => {
    await processor.kill('SIGKILL');
    await processor.restart();
  });
  const { measurements } = await pipeline.catalogue();
  expect(measurements.map(({ name }) => name)).toEqual([
    'before',
    'nats_killed',
    'processor_killed',
    'store_killed',
  ]);
});
