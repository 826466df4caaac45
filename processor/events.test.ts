import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { storedSubject } from '@overseer/shared';
import { Rig } from './testing/rig.ts';
import { DATABASE } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const MS = 1_000_000n;
const float = (name: string) => ({ name, type: 'float' as const });

test('events - become updates with the range of their points', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  const event = await store.commit([
    {
      measurement: 'cpu',
      rows: 2,
      merged: 3,
      seriesNew: 4,
      timeMinNs: 10n * MS + 1n,
      timeMaxNs: 20n * MS + 1n,
      fieldsNew: [float('idle')],
      tagKeysNew: ['host'],
    },
  ]);
  await listener.untilRows('cpu', 5);
  expect(listener.of('cpu')).toMatchObject([
    {
      kind: 'update',
      db: DATABASE,
      measurement: 'cpu',
      fromMs: 10,
      toMs: 21,
      rows: 5,
      seriesNew: 4,
      fieldsNew: true,
      committedAtMs: event.committedAtMs,
    },
  ]);
  expect(listener.losses).toBe(0);
});

test('events - of all partitions are told, coalesced for each measurement', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  const startedAt = performance.now();
  let rows = 0;
  let newest = 0n;
  await waitUntil(
    async () => {
      newest += 5n * MS;
      const tables = ['a', 'b'].map((measurement) => ({
        measurement,
        timeMinNs: newest - 4n * MS,
        timeMaxNs: newest,
      }));
      await store.commit(tables, rows % 2);
      rows++;
      return listener.of('a').length >= 10 && rows >= 60;
    },
    { what: 'sixty events and ten updates', deadlineMs: DEADLINE_MS },
  );
  await listener.untilRows('a', rows);
  await listener.untilRows('b', rows);
  const elapsedMs = performance.now() - startedAt;
  for (const measurement of ['a', 'b']) {
    const updates = listener.of(measurement);
    expect(updates.length).toBeLessThanOrEqual(1 + elapsedMs / 100);
    expect(listener.rows(measurement)).toBe(rows);
    expect(Math.min(...updates.map(({ fromMs }) => fromMs))).toBe(1);
    expect(Math.max(...updates.map(({ toMs }) => toMs))).toBe(Number(newest / MS));
  }
  expect([listener.losses, listener.resets]).toEqual([0, 1]);
  expect(await rig.count('events_total', { step: 'next' })).toBe(rows);
  expect(await rig.count('changes_total')).toBe(2 * rows);
});

test('events - told twice count once', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  const event = await store.commit([{ measurement: 'm' }]);
  await store.tell(event);
  await store.commit([{ measurement: 'last' }]);
  await listener.untilRows('last', 1);
  expect(listener.rows('m')).toBe(1);
  expect(await rig.count('events_total', { step: 'repeated' })).toBe(1);
  expect(listener.resets).toBe(1);
});

test('events - what the snapshot has is not told again', async () => {
  await using rig = await Rig.startUnprepared();
  const { listener, store } = rig;
  await store.makeStream();
  await store.commit([{ measurement: 'before' }]);
  await store.serve();
  await rig.becomes(true);
  await listener.untilResets(1);
  await store.commit([{ measurement: 'after' }]);
  await listener.untilRows('after', 1);
  expect(listener.of('before')).toEqual([]);
  expect(listener.resets).toBe(1);
});

test('events - a gap makes it take a snapshot and tell a reset', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'm' }]);
  await listener.untilRows('m', 1);
  store.commitUntold([{ measurement: 'missed', fieldsNew: [float('f')], seriesNew: 1 }]);
  await store.commit([{ measurement: 'm' }]);
  await listener.untilResets(2);
  expect((await rig.catalogue()).measurements.map(({ name }) => name)).toEqual(['m', 'missed']);
  await store.commit([{ measurement: 'm', rows: 10 }]);
  await waitUntil(() => listener.of('m').some(({ rows }) => rows >= 10), {
    what: 'updates after the gap',
    deadlineMs: DEADLINE_MS,
  });
  expect(await rig.count('breaks_total', { reason: 'gap' })).toBe(1);
  expect([listener.losses, listener.resets]).toEqual([0, 2]);
});

test('events - the last one, lost, is missed by the store’s positions', async () => {
  await using rig = await Rig.start();
  rig.store.commitUntold([{ measurement: 'missed' }]);
  await rig.listener.untilResets(2);
  expect(await rig.count('breaks_total', { reason: 'lost' })).toBe(1);
});

test('events - one that moves no position is missed by the next, and by the store’s positions', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'm' }]);
  store.releaseUntold([{ measurement: 'missed' }]);
  await store.commit([{ measurement: 'm' }]);
  await listener.untilResets(2);
  expect(await rig.count('breaks_total', { reason: 'gap' })).toBe(1);
  await store.commit([{ measurement: 'm' }]);
  store.releaseUntold([{ measurement: 'missed' }]);
  await listener.untilResets(3);
  expect(await rig.count('breaks_total', { reason: 'lost' })).toBe(1);
  const counted = (await rig.catalogue()).measurements.map(({ name, rows }) => [name, rows]);
  expect(counted).toEqual([
    ['m', 3],
    ['missed', 2],
  ]);
});

test('events - positions of another POINTS are a gap', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'm' }]);
  await listener.untilRows('m', 1);
  store.replacePoints();
  await store.commit([{ measurement: 'm' }]);
  await listener.untilResets(2);
  await store.commit([{ measurement: 'n' }]);
  await listener.untilRows('n', 1);
  expect(await rig.count('breaks_total', { reason: 'gap' })).toBe(1);
});

test('events - one that can’t be read is treated as a gap', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.bus.publish(storedSubject(0), Uint8Array.of(0x91, 99));
  await listener.untilResets(2);
  await store.commit([{ measurement: 'm' }]);
  await listener.untilRows('m', 1);
  expect(await rig.count('breaks_total', { reason: 'unreadable' })).toBe(1);
});
