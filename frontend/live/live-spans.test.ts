import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { Rig } from '../testing/rig.ts';
import type { TestChart, TestPage } from '../testing/test-page.ts';

/** Least and greatest values of spans, kept live. */

setDefaultTimeout(60_000);

/** Spans of ten minutes, looked at every second: the test is over before the second one begins, or says nothing of the first. */
const STEPS = { stepMs: 300_000, fineStepMs: 1000, rangeMs: 6_000_000 };
const SPAN_MS = 2 * STEPS.stepMs;
let rig: Rig;
let page: TestPage;
let metric = 0;
let expr: string;

beforeAll(async () => {
  rig = await Rig.start();
  // With the first update of a processor all is evaluated once: some may have been missed.
  page = await rig.openPage();
  expr = 'first';
  const chart = await openChart();
  await rig.store.write('test', expr, { host: 'a' }, Date.now(), 1);
  await page.until('the first update', () => chart.values('a').size > 0);
});

afterAll(() => rig?.[Symbol.asyncDispose]());

beforeEach(async () => {
  expr = `spans${metric++}`;
  page = await rig.openPage();
});

const values = (chart: TestChart, span: number) =>
  [2 * span, 2 * span + 1].map((step) => chart.values('a').get(step));

async function openChart(): Promise<TestChart> {
  const chart = page.subscribe(1, expr, STEPS);
  await page.until('the first points', () => chart.resets.length > 0);
  return chart;
}

test('spans - a spike of a second is seen at once, in its span alone', async () => {
  const span = Math.floor(Date.now() / SPAN_MS) - 3;
  for (let second = 0; second < 60; second++) {
    rig.store.store(
      'test',
      expr,
      { host: 'a' },
      span * SPAN_MS + second * 1000,
      second === 30 ? 99 : 5,
    );
  }
  const chart = await openChart();
  expect(values(chart, span)).toEqual([5, 99]);
  expect(values(chart, span - 1)).toEqual([undefined, undefined]);
  expect(values(chart, span + 1)).toEqual([undefined, undefined]);
});

test('spans - a point that comes late changes its span alone, and what was asked for is that', async () => {
  const span = Math.floor(Date.now() / SPAN_MS) - 3;
  const timeMs = span * SPAN_MS + 60_000;
  rig.store.store('test', expr, { host: 'a' }, timeMs, 5);
  const chart = await openChart();
  expect(values(chart, span)).toEqual([5, 5]);
  const before = rig.store.evaluations(expr).length;
  await rig.store.write('test', expr, { host: 'a' }, timeMs + 5000, -7);
  await page.until('the late point', () => values(chart, span)[1] === -7);
  expect(values(chart, span)).toEqual([5, -7]);
  const late = rig.store
    .evaluations(expr)
    .slice(before)
    .filter(({ startMs }) => Number(startMs) === span * SPAN_MS);
  expect(late.map(({ endMs, pixels }) => [Number(endMs), pixels])).toEqual([
    [(span + 1) * SPAN_MS - 1, 1],
  ]);
  const told = chart.deltas.filter(({ firstStep }) => firstStep <= 2 * span + 1);
  expect(told.map(({ count }) => count)).toEqual([1]);
});

test('spans - news of now change the newest span, of which nothing ahead of now is evaluated', async () => {
  const chart = await openChart();
  const nowMs = Date.now();
  await rig.store.write('test', expr, { host: 'a' }, nowMs, 42);
  await page.until('the point', () => [...chart.values('a').values()].includes(42));
  for (const { endMs } of rig.store.evaluations(expr)) {
    expect(Number(endMs)).toBeLessThanOrEqual(Date.now() + STEPS.fineStepMs);
  }
});

test('spans - what is too much for the store is looked at less often, and that is told', async () => {
  rig.store.failures.set('range', new AnswerError('limit', 'too many samples'));
  const chart = page.subscribe(1, expr, STEPS);
  await page.until('the failure', () => chart.failures.length > 0);
  const steps = new Set(rig.store.evaluations(expr).map(({ stepMs }) => Number(stepMs)));
  expect([...steps]).toEqual([1000, 4000, 20_000, 100_000, STEPS.stepMs]);
  rig.store.failures.clear();
  rig.store.store('test', expr, { host: 'a' }, Date.now() - 1000, 5);
  await page.until('the points', () => chart.resets.length > 0);
  expect(chart.resets[0]?.warnings).toEqual([
    'evaluated every 300 s: what lasts shorter may not be seen',
  ]);
});

test('spans - an expression of its whole range is evaluated at the steps alone', async () => {
  rig.store.reach = { isOfWholeRange: true };
  const chart = await openChart();
  expect(chart.resets[0]?.warnings).toEqual([
    'evaluated every 300 s: what lasts shorter may not be seen',
  ]);
  const last = rig.store.evaluations(expr).at(-1);
  expect(last).not.toHaveProperty('pixels');
  rig.store.reach = { reachMs: 5000 };
});

test('spans - that do not fit are refused in words', async () => {
  const chart = page.subscribe(1, expr, { stepMs: 1000, fineStepMs: 1000, rangeMs: 60_000 });
  await page.until('the refusal', () => chart.failures.length > 0);
  expect(chart.failures[0]).toMatchObject({ error: 'bad_data', retrying: false });
  expect(chart.failures[0]?.message).toContain('fineStepMs is 1000');
});
