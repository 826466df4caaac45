import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(() => rig?.[Symbol.asyncDispose]());

const lastSecond = () => Math.floor(Date.now() / 1000);

test('updates - of ranges far apart have the steps of each evaluated, not those between', async () => {
  const page = await rig.openPage();
  const chart = page.subscribe(1, 'apart', { rangeMs: 3_600_000 });
  await page.until('the first points', () => chart.resets.length > 0);
  const now = lastSecond();
  // Nobody was heard before, so anything may have changed.
  await rig.store.write('test', 'apart', { host: 'a' }, (now - 3500) * 1000, 1);
  await page.until('the first update', () => chart.values('a').get(now - 3500) === 1);
  const [old, fresh] = [now - 3000, now - 1];
  const before = rig.store.evaluations('apart').length;
  for (const second of [old, fresh])
    rig.store.store('test', 'apart', { host: 'a' }, second * 1000, 1);
  await rig.store.tell({
    db: 'test',
    measurement: 'apart',
    // A year, and two points in it.
    fromMs: (now - 365 * 86_400) * 1000,
    toMs: fresh * 1000,
    ranges: [
      [(now - 365 * 86_400) * 1000, (now - 364 * 86_400) * 1000],
      [old * 1000, old * 1000],
      [fresh * 1000, fresh * 1000],
    ],
  });
  await page.until('both points', () =>
    [old, fresh].every((second) => chart.values('a').get(second) === 1),
  );
  const asked = rig.store.evaluations('apart').slice(before);
  expect(asked.some(({ startMs }) => startMs === old * 1000)).toBe(true);
  for (const { startMs, endMs } of asked) {
    expect(Number(endMs) - Number(startMs)).toBeLessThan(60_000);
  }
  page.close();
});

test('updates - of a processor that had to give way are passed over', async () => {
  const page = await rig.openPage();
  const chart = page.subscribe(1, 'outdated', {});
  await page.until('the first points', () => chart.resets.length > 0);
  const old = { epoch: 1, source: 'old', number: 7 };
  await rig.store.restartProcessor();
  const second = lastSecond() - 1;
  await rig.store.write('test', 'outdated', { host: 'a' }, second * 1000, 1);
  await page.until('a point', () => chart.values('a').get(second) === 1);
  const gaps = await rig.frontend.metric('live_update_gaps_total');
  await rig.store.tellReset(old);
  await rig.store.tell({ ...old, db: 'test', measurement: 'outdated', fromMs: 0, toMs: 0 });
  await rig.store.write('test', 'outdated', { host: 'b' }, second * 1000, 2);
  await page.until('the point behind them', () => chart.values('b').get(second) === 2);
  expect(await rig.frontend.metric('live_updates_outdated_total')).toBe(2);
  expect(await rig.frontend.metric('live_update_gaps_total')).toBe(gaps);
  page.close();
});
