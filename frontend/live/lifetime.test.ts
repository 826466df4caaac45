import { expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;

/** Updates that the frontend has heard. */
function heard(rig: Rig): Promise<number> {
  return rig.frontend.metric('live_updates_total');
}

test('lifetime - who comes back soon finds the expression as it was, kept up to date meanwhile', async () => {
  await using rig = await Rig.start();
  const second = Math.floor(Date.now() / 1000);
  // What a processor says first may not be its first word, so that everything is evaluated again.
  await waitUntil(
    async () => {
      await rig.store.tell({ db: 'other', measurement: 'm', fromMs: 0, toMs: 0 });
      return (await heard(rig)) > 0;
    },
    { what: 'the processor to be known', deadlineMs: DEADLINE_MS },
  );
  rig.store.store('test', 'm', {}, (second - 30) * 1000, 1);
  const page = await rig.openPage();
  const chart = page.subscribe(1, 'm');
  await page.until('the first points', () => chart.resets.length > 0);
  page.send({ kind: 'unsubscribe', id: 1 });
  const { live } = rig.frontend.frontend;
  await page.until('nobody to watch', () => live.levels.subscriptions === 0);
  expect(live.levels.expressions).toBe(1);
  await rig.store.write('test', 'm', {}, (second - 20) * 1000, 2);
  await waitUntil(
    () =>
      rig.store.evaluations('m').some(({ startMs }) => Number(startMs) === (second - 20) * 1000),
    { what: 'the unwatched expression to be evaluated', deadlineMs: DEADLINE_MS },
  );
  const again = page.subscribe(2, 'm');
  await page.until('all points', () => again.values().get(second - 20) === 2);
  expect(again.values().get(second - 30)).toBe(1);
  const isWhole = ({ startMs, endMs }: Readonly<Record<string, unknown>>) =>
    Number(endMs) - Number(startMs) > 50_000;
  expect(rig.store.evaluations('m').filter(isWhole)).toHaveLength(1);
});

test('lifetime - an expression that nobody watches for long is given up, one that is watched again is not', async () => {
  await using rig = await Rig.start({}, { unwatchedMs: 500 });
  rig.store.store('test', 'm', {}, Date.now(), 1);
  const { live } = rig.frontend.frontend;
  const page = await rig.openPage();
  const chart = page.subscribe(1, 'm');
  await page.until('the first points', () => chart.resets.length > 0);
  page.send({ kind: 'unsubscribe', id: 1 });
  // As pages do, by another number: of the first something may still be on its way.
  const again = page.subscribe(2, 'm');
  const hellos = () => page.messages.filter(({ kind }) => kind === 'hello').length;
  const before = hellos();
  await page.until('longer than it would be kept', () => hellos() >= before + 2);
  expect(again.resets).toHaveLength(1);
  expect(live.levels).toMatchObject({ expressions: 1, subscriptions: 1, points: 62 });
  page.close();
  await waitUntil(() => live.levels.expressions === 0, {
    what: 'the expression to be given up',
    deadlineMs: DEADLINE_MS,
  });
  expect(live.levels).toMatchObject({ sockets: 0, subscriptions: 0, points: 0 });
  const evaluated = rig.store.evaluations('m').length;
  await rig.store.write('test', 'm', {}, Date.now(), 2);
  await waitUntil(() => heard(rig), { what: 'the update to be heard', deadlineMs: DEADLINE_MS });
  expect(rig.store.evaluations('m')).toHaveLength(evaluated);
});
