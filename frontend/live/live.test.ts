import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, spyOn, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { Rig } from '../testing/rig.ts';
import type { TestPage } from '../testing/test-page.ts';

setDefaultTimeout(60_000);

let rig: Rig;
let metric = 0;
let expr: string;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(() => rig?.[Symbol.asyncDispose]());

beforeEach(() => {
  // Every test has an expression of its own.
  expr = `metric${metric++}`;
  rig.store.failures.clear();
});

/** The last whole second: the number of a step, too. */
function lastSecond(): number {
  return Math.floor(Date.now() / 1000);
}

function store(host: string, second: number, value: number): void {
  rig.store.store('test', expr, { host }, second * 1000, value);
}

function write(host: string, second: number, value: number): Promise<void> {
  return rig.store.write('test', expr, { host }, second * 1000, value);
}

async function openChart(page: TestPage, options: { stepMs?: number; rangeMs?: number } = {}) {
  const chart = page.subscribe(1, expr, options);
  await page.until('the first points', () => chart.resets.length > 0);
  return chart;
}

test('live - a page gets what there is, and then each new point without asking', async () => {
  const begin = lastSecond();
  store('a', begin - 30, 1);
  const page = await rig.openPage();
  const chart = await openChart(page);
  expect(chart.values('a').get(begin - 30)).toBe(1);
  const [reset] = chart.resets;
  expect([reset?.count, chart.values('a').size]).toEqual([62, 5]);
  const now = lastSecond();
  await write('a', now, 2);
  await page.until('the new point', () => chart.values('a').get(now) === 2);
  await write('b', now, 3);
  await page.until('a new series', () => chart.values('b').get(now) === 3);
  expect(chart.resets).toHaveLength(1);
  for (const delta of chart.deltas) {
    expect(delta.firstStep).toBeGreaterThanOrEqual(now - 1);
    expect(delta.count).toBeLessThan(20);
  }
  page.close();
});

test('live - a sample is seen before its step is over, and its later value replaces it', async () => {
  const page = await rig.openPage();
  const chart = await openChart(page, { stepMs: 3_600_000, rangeMs: 36_000_000 });
  const step = Math.ceil(Date.now() / 3_600_000);
  // The step sees only samples of the last seconds before it, so these are of the future.
  await rig.store.write('test', expr, {}, step * 3_600_000 - 2000, 1);
  await page.until('the first value', () => chart.values().get(step) === 1);
  await rig.store.write('test', expr, {}, step * 3_600_000 - 1000, 2);
  await page.until('the second value', () => chart.values().get(step) === 2);
  expect(chart.deltas.map(({ firstStep, count }) => [firstStep, count])).toEqual([
    [step, 1],
    [step, 1],
  ]);
  page.close();
});

test('live - time moves on without any news', async () => {
  const page = await rig.openPage();
  const chart = await openChart(page);
  const begin = lastSecond();
  // Nobody tells of it.
  store('a', begin + 2, 7);
  await page.until('the point', () => chart.values('a').get(begin + 3) === 7);
  page.close();
});

test('live - one evaluation for an expression, however many pages watch', async () => {
  const begin = lastSecond();
  store('a', begin - 30, 1);
  const pages = await Promise.all([rig.openPage(), rig.openPage(), rig.openPage()]);
  const charts = await Promise.all(pages.map((page) => openChart(page)));
  await write('a', lastSecond(), 2);
  for (const [i, page] of pages.entries()) {
    await page.until('the new point', () =>
      [...(charts[i]?.values('a').values() ?? [])].includes(2),
    );
  }
  const evaluations = rig.store.evaluations(expr);
  const whole = evaluations.filter(
    ({ startMs, endMs }) => Number(endMs) - Number(startMs) > 30_000,
  );
  expect(whole).toHaveLength(1);
  // No more than the first, one for the news, one for each second since, and one for a step that was crossed.
  expect(evaluations.length).toBeLessThanOrEqual(3 + lastSecond() - begin + 1);
  for (const page of pages) page.close();
});

test('live - a page that wants a longer range gets it, and the others go on', async () => {
  const begin = lastSecond();
  store('a', begin - 30, 1);
  store('a', begin - 200, 2);
  const [short, long] = await Promise.all([rig.openPage(), rig.openPage()]);
  const shortChart = await openChart(short);
  const longChart = await openChart(long, { rangeMs: 300_000 });
  expect(longChart.values('a').get(begin - 200)).toBe(2);
  expect(longChart.values('a').get(begin - 30)).toBe(1);
  await write('a', begin - 100, 3);
  await long.until('the late point', () => longChart.values('a').get(begin - 100) === 3);
  const now = lastSecond();
  await write('a', now, 4);
  await short.until('the new point', () => shortChart.values('a').get(now) === 4);
  // What is older than its range is not sent to it.
  expect(shortChart.resets).toHaveLength(1);
  expect(Math.min(...shortChart.deltas.map(({ firstStep }) => firstStep))).toBeGreaterThan(
    begin - 70,
  );
  short.close();
  long.close();
});

test('live - a point that comes late changes its steps alone', async () => {
  const begin = lastSecond();
  store('a', begin - 300, 1);
  const page = await rig.openPage();
  const chart = await openChart(page, { rangeMs: 600_000 });
  await write('a', begin - 298, 2);
  await page.until('the late point', () => chart.values('a').get(begin - 298) === 2);
  const steps = [-300, -299, -298, -297, -296, -295, -294, -293];
  expect(steps.map((step) => chart.values('a').get(begin + step))).toEqual([
    1,
    1,
    2,
    2,
    2,
    2,
    2,
    undefined,
  ]);
  const [delta] = chart.deltas;
  expect([delta?.firstStep, delta?.count]).toEqual([begin - 298, 5]);
  page.close();
});

test('live - updates of other measurements and databases are none of its business', async () => {
  const page = await rig.openPage();
  await openChart(page);
  const begin = lastSecond();
  const before = rig.store.evaluations(expr).length;
  for (let i = 0; i < 20; i++) {
    await rig.store.tell({
      db: 'test',
      measurement: 'other',
      fromMs: begin * 1000 - 30_000,
      toMs: begin * 1000,
    });
    await rig.store.tell({
      db: 'other',
      measurement: expr,
      fromMs: begin * 1000 - 30_000,
      toMs: begin * 1000,
    });
  }
  const now = lastSecond();
  await write('a', now - 30, 1);
  await page.until('an evaluation', () =>
    rig.store.evaluations(expr).some(({ startMs }) => Number(startMs) === (now - 30) * 1000),
  );
  const evaluations = rig.store.evaluations(expr).slice(before);
  const old = evaluations.filter(({ startMs }) => Number(startMs) < (now - 10) * 1000);
  expect(old).toHaveLength(1);
  page.close();
});

test('live - many updates at once are few evaluations', async () => {
  const page = await rig.openPage();
  const chart = await openChart(page);
  const before = rig.store.evaluations(expr).length;
  const startedAt = performance.now();
  const now = lastSecond();
  for (let i = 1; i <= 500; i++) await write('a', now, i);
  await page.until('the last of them', () => chart.values('a').get(now) === 500);
  const seconds = (performance.now() - startedAt) / 1000;
  const evaluations = rig.store.evaluations(expr).length - before;
  expect(evaluations).toBeLessThanOrEqual(10 * Math.ceil(seconds) + 2);
  page.close();
});

test('live - an update that was lost is noticed, and the points are there', async () => {
  const page = await rig.openPage();
  const chart = await openChart(page);
  const begin = lastSecond();
  await write('a', begin - 1, 1);
  await page.until('a point', () => chart.values('a').get(begin - 1) === 1);
  store('a', begin - 40, 2);
  rig.store.loseUpdate();
  await rig.store.tell({ db: 'other', measurement: 'm', fromMs: 0, toMs: 0 });
  await page.until('the lost point', () => chart.values('a').get(begin - 40) === 2);
  store('a', begin - 50, 3);
  await rig.store.restartProcessor();
  await page.until('the point of the gap', () => chart.values('a').get(begin - 50) === 3);
  expect(chart.resets).toHaveLength(1);
  page.close();
});

test('live - while the store is away the page keeps what it has, and then gets all it missed', async () => {
  const begin = lastSecond();
  store('a', begin - 30, 1);
  const page = await rig.openPage();
  const chart = await openChart(page);
  await rig.store.goAway();
  await write('a', begin - 20, 2);
  await page.until('the failure', () => chart.failures.length > 0);
  expect(chart.failures[0]).toMatchObject({ error: 'unavailable', retrying: true });
  expect(chart.values('a').get(begin - 30)).toBe(1);
  store('a', begin - 10, 3);
  const late = await rig.openPage();
  const lateChart = late.subscribe(1, expr);
  await late.until('the failure', () => lateChart.failures.length > 0);
  await rig.store.answerAgain();
  await page.until('everything', () => chart.resets.length > 1);
  await late.until('everything', () => lateChart.resets.length > 0);
  for (const values of [chart.values('a'), lateChart.values('a')]) {
    expect([-30, -20, -10].map((step) => values.get(begin + step))).toEqual([1, 2, 3]);
  }
  expect(chart.failures).toHaveLength(1);
  page.close();
  late.close();
});

test('live - a lost NATS is a failure that ends', async () => {
  await using own = await Rig.start();
  const begin = lastSecond();
  own.store.store('test', 'm', {}, (begin - 30) * 1000, 1);
  const page = await own.openPage();
  const chart = page.subscribe(1, 'm');
  await page.until('the first points', () => chart.resets.length > 0);
  await own.nats.kill();
  await page.until('the failure', () => chart.failures.length > 0);
  own.store.store('test', 'm', {}, (begin - 20) * 1000, 2);
  expect((await own.frontend.get('/ready')).status).toBe(503);
  expect((await own.frontend.get('/')).status).toBe(200);
  await own.nats.restart();
  await page.until('everything', () => chart.values().get(begin - 20) === 2);
});

test('live - a wrong expression is told with its position, and not asked again until subscribed anew', async () => {
  const position = { line: 1, column: 3, offset: 2 };
  rig.store.failures.set('range', new AnswerError('bad_data', 'no such thing', { position }));
  const page = await rig.openPage();
  const chart = page.subscribe(1, expr);
  await page.until('the failure', () => chart.failures.length > 0);
  expect(chart.failures[0]).toEqual({
    kind: 'failure',
    id: 1,
    error: 'bad_data',
    message: 'no such thing',
    position,
    retrying: false,
  });
  const hellos = () => page.messages.filter(({ kind }) => kind === 'hello').length;
  const before = hellos();
  await write('a', lastSecond(), 1);
  await page.until('some seconds', () => hellos() >= before + 3);
  expect(rig.store.evaluations(expr)).toHaveLength(1);
  rig.store.failures.clear();
  const again = page.subscribe(1, expr);
  await page.until('points', () => again.resets.length > 0);
  page.close();
});

test('live - data without an answer are tried again', async () => {
  rig.store.failures.set('range', new AnswerError('execution', 'two series are one'));
  const page = await rig.openPage();
  const chart = page.subscribe(1, expr);
  await page.until('the failure', () => chart.failures.length > 0);
  expect(chart.failures[0]).toMatchObject({ error: 'execution', retrying: true });
  rig.store.failures.clear();
  await page.until('points', () => chart.resets.length > 0);
  page.close();
});

test('live - warnings come with a reset, and go with one', async () => {
  const page = await rig.openPage();
  rig.store.warnings = ['there is no such database'];
  const chart = await openChart(page);
  expect(chart.resets[0]?.warnings).toEqual(['there is no such database']);
  rig.store.warnings = [];
  const now = lastSecond();
  await write('a', now, 1);
  await page.until('the point', () => chart.values('a').get(now) === 1);
  expect(chart.resets.map(({ warnings }) => warnings.length)).toEqual([1, 0]);
  page.close();
});

test('live - a clock that is set back is followed, and one that is set forward', async () => {
  const page = await rig.openPage();
  const chart = await openChart(page);
  const clock = spyOn(Date, 'now');
  const setBy = (hours: number) =>
    clock.mockImplementation(() => performance.timeOrigin + performance.now() + hours * 3_600_000);
  try {
    for (const hours of [-2, 0, 5, 0]) {
      setBy(hours);
      const now = lastSecond();
      await write('a', now, hours);
      await page.until('the point', () => chart.values('a').get(now) === hours);
      const next = now + 1;
      await page.until('a step', () => lastSecond() > next);
      await write('a', next, hours + 0.5);
      await page.until('the next point', () => chart.values('a').get(next) === hours + 0.5);
    }
  } finally {
    clock.mockRestore();
  }
  page.close();
});

test('live - a subscription replaces the one of its id, and ends', async () => {
  const page = await rig.openPage();
  const first = await openChart(page);
  const other = page.subscribe(1, `${expr}_other`);
  await page.until('the other', () => other.resets.length > 0);
  const before = first.deltas.length;
  const now = lastSecond();
  await write('a', now, 1);
  page.send({ kind: 'unsubscribe', id: 1 });
  await page.until(
    'the end of the subscription',
    () => rig.frontend.frontend.live.levels.subscriptions === 0,
  );
  expect(first.deltas).toHaveLength(before);
  page.close();
});
