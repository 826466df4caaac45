import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { type AnswerError, ask, CATALOGUE_SUBJECT, createLogger } from '@overseer/shared';
import { Catalogue } from './catalogue.ts';
import { Snapshots } from './snapshots.ts';
import { Rig } from './testing/rig.ts';
import { DATABASE } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const float = (name: string) => ({ name, type: 'float' as const });

test('catalogue - is exact as soon as the update of something new came', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  expect(await rig.catalogue()).toMatchObject({ databases: [], measurements: [], parts: 1 });
  await store.commit([
    {
      measurement: 'cpu',
      fieldsNew: [float('idle')],
      seriesNew: 2,
      tagKeysNew: ['host'],
      timeMaxNs: 5_000_000n,
    },
  ]);
  await listener.untilRows('cpu', 1);
  expect(await rig.catalogue()).toMatchObject({
    databases: [DATABASE],
    measurements: store.summaries,
  });
  const tables = [
    { measurement: 'cpu', fieldsNew: [float('user')], seriesNew: 3, tagKeysNew: ['rack'] },
    { database: 'other', measurement: 'mem', fieldsNew: [float('used')] },
    { database: 'other', measurement: 'swap', fieldsNew: [float('used')] },
  ];
  await store.commit(tables);
  await listener.untilRows('swap', 1);
  expect((await rig.catalogue()).measurements).toEqual(store.summaries);
  expect(await rig.catalogue('other')).toMatchObject({
    databases: ['other'],
    measurements: [{ name: 'mem' }, { name: 'swap' }],
  });
});

test('catalogue - asks the store only for what changed', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  for (const measurement of ['a', 'b', 'c']) {
    await store.commit([{ measurement, fieldsNew: [float('f')] }]);
  }
  await listener.untilRows('c', 1);
  expect((await rig.catalogue()).measurements).toEqual(store.summaries);
  store.asked.length = 0;
  await store.commit([{ measurement: 'a', rows: 1 }]);
  await store.commit([{ measurement: 'b', seriesNew: 1 }]);
  await waitUntil(async () => (await rig.catalogue()).measurements[1]?.seriesCount === 1, {
    what: 'the new series of b',
    deadlineMs: DEADLINE_MS,
  });
  const asked = store.asked.filter((names) => names === undefined || names.length > 0);
  expect(asked).toEqual([[[DATABASE, 'b']]]);
});

test('catalogue - many changes are a question a second', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  const startedAt = performance.now();
  let events = 0;
  await waitUntil(
    async () => {
      await store.commit([{ measurement: `m${events++ % 7}`, seriesNew: 1 }]);
      return store.asked.length >= 4 && events >= 7;
    },
    { what: 'some questions', deadlineMs: DEADLINE_MS },
  );
  const elapsedMs = performance.now() - startedAt;
  // One of them is the first of all, for everything.
  expect(store.asked.length).toBeLessThanOrEqual(2 + elapsedMs / 1000);
  await waitUntil(() => listener.updates.reduce((sum, { rows }) => sum + rows, 0) >= events, {
    what: 'all updates',
    deadlineMs: DEADLINE_MS,
  });
  expect((await rig.catalogue()).measurements).toEqual(store.summaries);
});

test('catalogue - too many changes at once are a question for everything', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  const measurements = Array.from({ length: 1500 }, (_, i) => `m${i}`);
  await store.commit(measurements.map((measurement) => ({ measurement, seriesNew: 1 })));
  await listener.untilRows('m1499', 1);
  expect((await rig.catalogue()).measurements).toEqual(store.summaries);
  expect(store.asked.slice(1)).toContainEqual(undefined);
});

test('catalogue - answers with what it has while the store is silent', async () => {
  await using rig = await Rig.start({ settleMaxMs: 2000 });
  const { listener, store } = rig;
  await store.commit([{ measurement: 'known', fieldsNew: [float('f')] }]);
  await listener.untilRows('known', 1);
  const before = await rig.catalogue();
  const release = store.holdAnswers();
  await store.commit([{ measurement: 'new', fieldsNew: [float('f')] }]);
  await listener.untilRows('new', 1);
  expect((await rig.catalogue()).measurements).toEqual(before.measurements);
  release();
  await waitUntil(async () => (await rig.catalogue()).measurements.length === 2, {
    what: 'the new measurement',
    deadlineMs: DEADLINE_MS,
  });
});

test('catalogue - does not wait for a question about positions alone', async () => {
  await using rig = await Rig.start();
  const { store, metrics } = rig;
  const snapshots = new Snapshots({
    bus: store.bus,
    catalogue: new Catalogue(),
    metrics,
    log: createLogger('test'),
    onPositions: () => undefined,
    onFatal: (error) => {
      throw error;
    },
  });
  const letGo = store.holdAnswers();
  const asked = store.asked.length;
  snapshots.start();
  try {
    // Both ask now and then: the processor of the rig, and this one.
    await waitUntil(() => store.asked.length >= asked + 2, {
      what: 'the store to be asked for positions',
      deadlineMs: DEADLINE_MS,
    });
    expect(store.asked.slice(asked)).toEqual([[], []]);
    await snapshots.settled(new AbortController().signal);
  } finally {
    letGo();
    snapshots.stop();
  }
});

test('catalogue - a question that can’t be understood is refused', async () => {
  await using rig = await Rig.start();
  const outcome = await ask(rig.listener.bus, CATALOGUE_SUBJECT, { db: 7 })
    .next()
    .then(
      () => undefined,
      (error: AnswerError) => error.kind,
    );
  expect(outcome).toBe('bad_data');
});
