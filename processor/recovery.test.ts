import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { type AnswerError, STORED_STREAM } from '@overseer/shared';
import { Rig } from './testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const float = (name: string) => ({ name, type: 'float' as const });

function untilReconnected(rig: Rig): Promise<unknown> {
  return waitUntil(() => rig.store.bus.connected && rig.listener.bus.connected, {
    what: 'the test to be connected again',
    deadlineMs: DEADLINE_MS,
  });
}

test('recovery - without a store it is not ready and answers nothing', async () => {
  await using rig = await Rig.startUnprepared();
  const { store } = rig;
  expect(await rig.readiness()).toEqual({
    status: 503,
    ready: false,
    missing: ['the store has given no snapshot yet'],
    leader: false,
  });
  const outcome = await rig.catalogue().then(
    () => undefined,
    (error: AnswerError) => error.kind,
  );
  expect(outcome).toBe('unavailable');
  await store.makeStream();
  await waitUntil(async () => (await rig.count('snapshots_total', { outcome: 'failed' })) > 1, {
    what: 'questions that nobody answers',
    deadlineMs: DEADLINE_MS,
  });
  expect((await rig.readiness()).ready).toBe(false);
  await store.serve();
  await rig.becomes(true);
  await rig.listener.untilResets(1);
});

test('recovery - a store that goes away and comes back is asked again', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  store.stopServing();
  await store.commit([{ measurement: 'm', fieldsNew: [float('f')] }]);
  // Updates don't wait for the store's answers.
  await listener.untilRows('m', 1);
  await waitUntil(async () => (await rig.count('snapshots_total', { outcome: 'failed' })) > 1, {
    what: 'questions that nobody answers',
    deadlineMs: DEADLINE_MS,
  });
  expect((await rig.readiness()).ready).toBe(true);
  await store.serve();
  await waitUntil(async () => (await rig.catalogue()).measurements.length === 1, {
    what: 'the new measurement',
    deadlineMs: DEADLINE_MS,
  });
});

test('recovery - a stream of events made anew is followed from a snapshot on', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'm' }]);
  await listener.untilRows('m', 1);
  await store.bus.deleteStream(STORED_STREAM);
  store.commitUntold([{ measurement: 'missed', fieldsNew: [float('f')] }]);
  await store.makeStream();
  await listener.untilResets(2);
  await store.commit([{ measurement: 'n' }]);
  await listener.untilRows('n', 1);
  expect((await rig.catalogue()).measurements.map(({ name }) => name)).toEqual([
    'm',
    'missed',
    'n',
  ]);
  expect(listener.losses).toBe(0);
});

test('recovery - events that the stream dropped are a gap', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  const release = store.holdAnswers();
  store.asked.length = 0;
  store.commitUntold([{ measurement: 'missed' }]);
  await store.commit([{ measurement: 'm' }]);
  await waitUntil(() => store.asked.includes(undefined), {
    what: 'the question that the gap leads to',
    deadlineMs: DEADLINE_MS,
  });
  // Meanwhile nobody reads, and more happens than the stream holds.
  await store.makeStream(1024);
  const tables = Array.from({ length: 20 }, (_, i) => ({ measurement: `m${i}` }));
  for (let i = 0; i < 10; i++) await store.commit(tables);
  release();
  await listener.untilResets(3);
  expect(await rig.count('breaks_total', { reason: 'gap' })).toBe(2);
  await store.commit([{ measurement: 'n' }]);
  await listener.untilRows('n', 1);
});

test('recovery - a restart of NATS loses the stream, and nothing is left untold', async () => {
  await using rig = await Rig.start();
  const { listener, nats, store } = rig;
  await store.commit([{ measurement: 'm' }]);
  await listener.untilRows('m', 1);
  await nats.kill();
  await rig.becomes(false);
  expect((await rig.readiness()).missing).toEqual(['NATS is not connected']);
  store.commitUntold([{ measurement: 'missed', fieldsNew: [float('f')] }]);
  await nats.restart();
  await untilReconnected(rig);
  await store.makeStream();
  await rig.becomes(true);
  await listener.untilResets(2);
  await store.commit([{ measurement: 'n' }]);
  await listener.untilRows('n', 1);
  const { measurements } = await rig.catalogue();
  expect(measurements.map(({ name }) => name)).toEqual(['m', 'missed', 'n']);
});
