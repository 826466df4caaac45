import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { CHANGED_SUBJECT } from '@overseer/shared';
import { Rig } from './testing/rig.ts';
import { DATABASE } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const MS = 1_000_000n;

const names = async (rig: Rig) => (await rig.catalogue()).measurements.map(({ name }) => name);

test('deletions - points of a measurement are an update of their range', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'cpu' }]);
  await listener.untilRows('cpu', 1);
  const startNs = 5n * MS + 1n;
  store.change({ db: DATABASE, measurement: 'cpu', startNs, endNs: 7n * MS, dropped: false });
  await waitUntil(() => listener.of('cpu').length === 2, {
    what: 'the update',
    deadlineMs: DEADLINE_MS,
  });
  const [, update] = listener.of('cpu');
  expect(update).toMatchObject({ fromMs: 5, toMs: 7, rows: 0, fieldsNew: false });
  expect(await names(rig)).toEqual(['cpu']);
  expect(listener.losses).toBe(0);
});

test('deletions - a dropped measurement leaves the catalogue, and all its times are updated', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'gone' }, { measurement: 'stays' }]);
  await listener.untilRows('stays', 1);
  store.dropTold(DATABASE, 'gone');
  await waitUntil(() => listener.of('gone').length === 2, {
    what: 'the update',
    deadlineMs: DEADLINE_MS,
  });
  const [, update] = listener.of('gone');
  expect(update).toMatchObject({ rows: 0, fieldsNew: true });
  expect(update?.fromMs).toBeLessThan(-9e12);
  expect(update?.toMs).toBeGreaterThan(9e12);
  expect(await names(rig)).toEqual(['stays']);
});

test('deletions - of a dropped database a reset tells', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'a' }, { measurement: 'b' }]);
  await listener.untilRows('b', 1);
  store.dropTold(DATABASE);
  await listener.untilResets(2);
  expect(await rig.catalogue()).toMatchObject({ databases: [], measurements: [] });
});

test('deletions - one that can’t be read may be of anything', async () => {
  await using rig = await Rig.start();
  rig.store.bus.send(CHANGED_SUBJECT, Uint8Array.of(0xc1));
  await rig.listener.untilResets(2);
});
