import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(() => rig?.[Symbol.asyncDispose]());

/** The last whole second. */
function lastSecond(): number {
  return Math.floor(Date.now() / 1000);
}

test('live - a page gets what there is, and then each new point once', async () => {
  const second = lastSecond();
  rig.store.store('test', 'fresh', { host: 'a' }, (second - 30) * 1000, 1);
  const page = await rig.openPage();
  const chart = page.subscribe(1, 'fresh');
  await page.until('the first points', () => chart.resets.length > 0);
  expect(chart.values('a').get(second - 30)).toBe(1);
  const now = lastSecond();
  await rig.store.write('test', 'fresh', { host: 'a' }, now * 1000, 2);
  await page.until('the new point', () => chart.values('a').get(now) === 2);
  expect(chart.resets).toHaveLength(1);
  for (const delta of chart.deltas) expect(delta.firstStep).toBeGreaterThanOrEqual(now - 5);
  page.close();
});
