import { expect, setDefaultTimeout, test } from 'bun:test';
import { startNats, startService, waitUntil } from '@overseer/local/testing';
import { AnswerError, STORED_STREAM } from '@overseer/shared';
import { askCatalogue, type CatalogueAnswer } from './testing/catalogue-question.ts';
import { Listener } from './testing/listener.ts';
import { Rig } from './testing/rig.ts';
import { TestStore } from './testing/test-store.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 40_000;

/** Rows of the only measurement in the last ten minutes. */
const rowsOf = ({ recentRows }: CatalogueAnswer) => recentRows[0]?.[1] ?? 0;

/** Waits until the windows have moved on behind what was written; gives the answer. */
function untilRecent(ask: () => Promise<CatalogueAnswer>, rows: number): Promise<CatalogueAnswer> {
  return waitUntil(
    async () => {
      // Ready is who has subscribed; the server may not have heard of it yet.
      const answer = await ask().catch((error: unknown) => {
        if (error instanceof AnswerError && error.kind === 'unavailable') return undefined;
        throw error;
      });
      return answer && rowsOf(answer) >= rows && answer;
    },
    { what: `${rows} rows in the last minutes`, deadlineMs: DEADLINE_MS },
  );
}

test('recent writes - a processor that starts anew, and a second one, have the same figures', async () => {
  await using nats = await startNats();
  const store = await TestStore.connect(nats.url);
  const listener = await Listener.connect(nats.url);
  await store.prepare();
  try {
    const ask = () => askCatalogue(listener.bus);
    const first = await startService('processor', { NATS_URL: nats.url });
    try {
      await listener.untilResets(1);
      for (let i = 0; i < 3; i++) await store.commit([{ measurement: 'm', rows: 5, merged: 2 }]);
      await listener.untilRows('m', 21);
      await first.kill('SIGKILL');
      // While nobody listens.
      await store.commit([{ measurement: 'm', rows: 100 }]);
      await first.restart();
      const answer = await untilRecent(ask, 121);
      expect([rowsOf(answer), answer.recentRows[0]?.[0]]).toEqual([121, 121]);
      expect(answer.measurements).toMatchObject([{ name: 'm', rows: 121, merged: 6 }]);
    } finally {
      await first.stop();
    }
    await using _second = await startService('processor', { NATS_URL: nats.url });
    const answer = await untilRecent(ask, 121);
    expect(answer.measurements).toMatchObject([{ name: 'm', rows: 121, merged: 6 }]);
  } finally {
    await store.close();
    await listener.close();
  }
});

test('recent writes - events that come while the first snapshot is asked for count', async () => {
  await using rig = await Rig.startUnprepared();
  await rig.store.makeStream();
  const failed = { extent: 'all', outcome: 'failed' };
  await waitUntil(async () => (await rig.count('snapshots_total', failed)) > 0, {
    what: 'the processor to ask in vain',
    deadlineMs: DEADLINE_MS,
  });
  await rig.store.commit([{ measurement: 'm', rows: 5 }]);
  await rig.store.serve();
  await rig.becomes(true);
  await rig.store.commit([{ measurement: 'm', rows: 1 }]);
  const answer = await untilRecent(() => rig.catalogue(), 6);
  expect(rowsOf(answer)).toBe(6);
});

test('recent writes - events that were lost shorten the windows; rows in all are the store’s', async () => {
  await using rig = await Rig.start();
  const { listener, store } = rig;
  await store.commit([{ measurement: 'm', rows: 5 }]);
  await listener.untilRows('m', 5);
  await untilRecent(() => rig.catalogue(), 5);
  store.commitUntold([{ measurement: 'm', rows: 1000 }]);
  await store.commit([{ measurement: 'm', rows: 7 }]);
  await listener.untilResets(2);
  await store.commit([{ measurement: 'm', rows: 1 }]);
  const answer = await waitUntil(
    async () => {
      const found = await rig.catalogue();
      const [, ten] = found.recentWindows;
      return ten && ten.toMs > ten.fromMs && rowsOf(found) > 0 && found;
    },
    { what: 'the windows since the loss', deadlineMs: DEADLINE_MS },
  );
  // Of rows in all nothing is missing: the store knows.
  expect(answer.measurements).toMatchObject([{ name: 'm', rows: 1013 }]);
  expect(rowsOf(answer)).toBe(1);
});

test('recent writes - events that the stream has dropped shorten the windows', async () => {
  await using nats = await startNats();
  const store = await TestStore.connect(nats.url);
  const listener = await Listener.connect(nats.url);
  try {
    await store.makeStream(1024);
    await store.serve();
    for (let i = 0; i < 50; i++) await store.commit([{ measurement: 'm' }]);
    const state = await listener.bus.stream(STORED_STREAM);
    expect(state?.firstSequence).toBeGreaterThan(1);
    await using _processor = await startService('processor', { NATS_URL: nats.url });
    const answer = await untilRecent(() => askCatalogue(listener.bus).catch(nothing), 1);
    expect(rowsOf(answer)).toBeLessThan(50);
    expect(answer.measurements).toMatchObject([{ name: 'm', rows: 50 }]);
    const [one, ten] = answer.recentWindows;
    expect(one).toEqual(ten as never);
  } finally {
    await store.close();
    await listener.close();
  }
});

const nothing = (): CatalogueAnswer => ({
  databases: [],
  measurements: [],
  recentRows: [],
  recentWindows: [],
  parts: 0,
});
