import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { Rig } from '../testing/rig.ts';
import { LOOKBACK_MS } from '../testing/test-store.ts';

/** Which steps are evaluated again after an update, by what the store tells of an expression's times. */

setDefaultTimeout(60_000);

const STEP_MS = 1000;
let rig: Rig;
let metric = 0;
let expr: string;

beforeAll(async () => {
  rig = await Rig.start();
  // With the first update of a processor all is evaluated once: some may have been missed.
  expr = 'first';
  await writeOldSample({ reachMs: LOOKBACK_MS });
});

afterAll(() => rig?.[Symbol.asyncDispose]());

beforeEach(() => {
  expr = `reach${metric++}`;
});

const lastSecond = () => Math.floor(Date.now() / STEP_MS);

/** Asked of the store, first and last step. */
const asked = () =>
  rig.store
    .evaluations(expr)
    .map(({ startMs, endMs }) => [Number(startMs) / STEP_MS, Number(endMs) / STEP_MS] as const);

/** Opens a chart of a minute, stores a sample of half a minute ago, and tells of it. */
async function writeOldSample(reach: Rig['store']['reach']) {
  rig.store.reach = reach;
  const page = await rig.openPage();
  const chart = page.subscribe(1, expr);
  await page.until('the first points', () => chart.resets.length > 0);
  const second = lastSecond() - 30;
  await rig.store.write('test', expr, { host: 'a' }, second * STEP_MS, 7);
  await page.until('the sample', () => chart.values('a').get(second) === 7);
  const range = asked().find(([from, to], i) => i > 0 && from <= second && to >= second);
  page.close();
  return { second, range };
}

test('reach - ends the steps that a sample matters to', async () => {
  const { second, range } = await writeOldSample({ reachMs: LOOKBACK_MS, aheadMs: 0 });
  expect(range).toEqual([second, second + LOOKBACK_MS / STEP_MS]);
});

test('reach - begins earlier where an expression looks ahead', async () => {
  const { second, range } = await writeOldSample({ reachMs: LOOKBACK_MS, aheadMs: 10_000 });
  expect(range).toEqual([second - 10, second + LOOKBACK_MS / STEP_MS]);
});

test('reach - is everything where a time is fixed', async () => {
  const { second, range } = await writeOldSample({});
  const [from = 0, to = 0] = range ?? [];
  expect(from).toBeLessThan(second - 20);
  expect(to).toBeGreaterThan(second + 20);
});

test('reach - the whole window is evaluated at once where its ends matter', async () => {
  rig.store.reach = { isOfWholeRange: true };
  const page = await rig.openPage();
  const chart = page.subscribe(1, expr);
  await page.until('the first points', () => chart.resets.length > 0);
  const before = asked().length;
  await page.until('two more steps', () => asked().length >= before + 2);
  const [first] = asked();
  const steps = first ? first[1] - first[0] : 0;
  expect(steps).toBeGreaterThan(50);
  for (const [from, to] of asked()) expect(to - from).toBe(steps);
  page.close();
});
