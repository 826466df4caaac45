import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { Rig } from '../testing/rig.ts';
import { SlowPage } from '../testing/slow-page.ts';
import { TestPage } from '../testing/test-page.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({
    LIVE_SOCKETS_MAX: '3',
    LIVE_EXPRESSIONS_MAX: '2',
    LIVE_POINTS_MAX: '40000000',
    ALLOWED_ORIGINS: 'https://one.example.org,https://two.example.org',
  });
});

afterAll(() => rig?.[Symbol.asyncDispose]());

/** The status of a request to open a live connection. */
async function open(headers: Record<string, string>): Promise<number> {
  const response = await rig.frontend.get('/live', {
    headers: {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
  return response.status;
}

async function noSockets(): Promise<void> {
  await waitUntil(() => rig.frontend.frontend.live.levels.sockets === 0, {
    what: 'the connections to be closed',
    deadlineMs: DEADLINE_MS,
  });
}

test('origin - pages of other hosts are refused before the connection is open', async () => {
  for (const origin of ['https://evil.example.org', 'null', 'http://127.0.0.1:1', 'nonsense']) {
    expect([origin, await open({ origin })]).toEqual([origin, 403]);
  }
  expect(await rig.frontend.metric('live_sockets_refused_total', 'reason="origin"')).toBe(4);
  const { host } = new URL(rig.frontend.url);
  const allowed = [`http://${host}`, `https://${host}`, 'https://two.example.org', undefined];
  for (const origin of allowed) {
    const page = await TestPage.open(rig.frontend.url, origin ? { origin } : {});
    page.close();
    await noSockets();
  }
});

test('sockets - beyond their number are refused', async () => {
  const pages = await Promise.all([rig.openPage(), rig.openPage(), rig.openPage()]);
  expect(await open({})).toBe(503);
  for (const page of pages) page.close();
  await noSockets();
});

test('messages - that can not be read close the connection', async () => {
  for (const data of ['text', Uint8Array.of(0xc1), Uint8Array.of(0x90), new Uint8Array(100_000)]) {
    const page = await rig.openPage();
    page.sendRaw(data);
    await page.until('the end', () => page.closeCode !== undefined);
    expect(page.closeCode).not.toBe(1000);
  }
  await noSockets();
});

test('expressions - beyond their number are refused; one that nobody watches makes room', async () => {
  const page = await rig.openPage();
  const charts = ['one', 'two'].map((expr, id) => page.subscribe(id, expr));
  await page.until('two charts', () => charts.every(({ resets }) => resets.length === 1));
  const third = page.subscribe(2, 'three');
  await page.until('the refusal', () => third.failures.length > 0);
  expect(third.failures[0]).toMatchObject({
    error: 'limit',
    message: expect.stringContaining('LIVE_EXPRESSIONS_MAX, 2'),
    retrying: false,
  });
  page.send({ kind: 'unsubscribe', id: 0 });
  const again = page.subscribe(2, 'three');
  await page.until('the third', () => again.resets.length > 0);
  expect(rig.frontend.frontend.live.levels).toMatchObject({ expressions: 2, subscriptions: 2 });
  expect(await rig.frontend.metric('live_subscriptions_refused_total', 'expressions')).toBe(1);
  page.close();
  await noSockets();
});

test('steps - too many or too small are refused', async () => {
  const page = await rig.openPage();
  const cases: readonly [stepMs: number, rangeMs: number, words: string][] = [
    [1, 1000, 'stepMs is 1;'],
    [1000, 12_000_000, 'rangeMs is 12000000, 12002 steps'],
    [7 * 86_400_000, 60 * 365 * 86_400_000, 'reach back beyond 1970'],
    [Number.MAX_SAFE_INTEGER, 1, 'reach back beyond 1970'],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'reach back beyond 1970'],
  ];
  for (const [id, [stepMs, rangeMs, words]] of cases.entries()) {
    const chart = page.subscribe(id, 'm', { stepMs, rangeMs });
    await page.until('the refusal', () => chart.failures.length > 0);
    expect(chart.failures[0]).toMatchObject({
      error: 'bad_data',
      message: expect.stringContaining(words),
    });
  }
  page.close();
  await noSockets();
});

test('points - more than an expression may have are a failure', async () => {
  const now = Date.now();
  for (let i = 0; i < 400; i++) rig.store.store('test', 'many', { i: String(i) }, now, i);
  const page = await rig.openPage();
  const chart = page.subscribe(1, 'many', { rangeMs: 10_900_000 });
  await page.until('the failure', () => chart.failures.length > 0);
  expect(chart.failures[0]).toMatchObject({
    error: 'limit',
    message: expect.stringContaining('LIVE_POINTS_MAX'),
    retrying: true,
  });
  page.close();
  await noSockets();
});

test('slow pages - get no changes while they are behind, and then everything', async () => {
  const begin = Math.floor(Date.now() / 1000);
  for (let i = 0; i < 300; i++) {
    rig.store.store('test', 'wide', { i: String(i) }, (begin - 100) * 1000, i);
  }
  const page = await SlowPage.open(rig.frontend.url);
  page.pause();
  // Some 26 MB each: more than any kernel takes for a reader that does not read.
  page.subscribe(1, 'wide', { rangeMs: 10_900_000 });
  page.subscribe(2, 'wide', { rangeMs: 10_800_000 });
  await waitUntil(() => rig.frontend.metric('live_held_back_total'), {
    what: 'messages to be held back',
    deadlineMs: DEADLINE_MS,
  });
  await rig.store.write('test', 'wide', { i: '7' }, begin * 1000, 1234);
  const messages = await rig.frontend.metric('live_messages_total', 'kind="delta"');
  page.resume();
  await page.until('everything', () =>
    [1, 2].every((id) => page.chart(id).values('"i":"7"').get(begin) === 1234),
  );
  expect(await rig.frontend.metric('live_messages_total', 'kind="delta"')).toBeLessThan(
    messages + 20,
  );
  page.close();
  await noSockets();
});

test('slow pages - together hold up the points of others, and no longer than they are there', async () => {
  await using own = await Rig.start({ LIVE_UNSENT_BYTES_MAX: '4MiB' });
  const { live } = own.frontend.frontend;
  const now = Date.now();
  for (let i = 0; i < 180; i++) own.store.store('test', 'wide', { i: String(i) }, now, i);
  own.store.store('test', 'narrow', {}, now, 1);
  const slow = await SlowPage.open(own.frontend.url);
  slow.pause();
  slow.subscribe(1, 'wide', { rangeMs: 10_900_000 });
  await waitUntil(() => live.levels.unsentBytes > 4 * 1024 ** 2, {
    what: 'bytes to wait for the slow page',
    deadlineMs: DEADLINE_MS,
  });
  const page = await own.openPage();
  const chart = page.subscribe(1, 'narrow');
  const hellos = () => page.messages.filter(({ kind }) => kind === 'hello').length;
  // It hears that it is connected, and no more.
  await page.until('some seconds', () => hellos() >= 4);
  expect(own.store.evaluations('narrow').length).toBeGreaterThan(0);
  expect(chart.resets).toHaveLength(0);
  slow.close();
  await page.until('the points', () => chart.values().size > 0);
  expect(chart.resets).toHaveLength(1);
  expect(live.levels.unsentBytes).toBe(0);
});

test('catalogue - news are told to every page, once a second at the most', async () => {
  const pages = await Promise.all([rig.openPage(), rig.openPage()]);
  const news = (page: TestPage, db: string) =>
    page.messages.filter((message) => message.kind === 'catalogue' && message.db === db).length;
  const update = { measurement: 'm', fromMs: 0, toMs: 0 };
  const hellos = () => pages[0]?.messages.filter(({ kind }) => kind === 'hello').length ?? 0;
  const before = hellos();
  await rig.store.tell({ ...update, db: 'quiet' });
  for (let i = 0; i < 100; i++) await rig.store.tell({ ...update, db: 'new', fieldsNew: true });
  await rig.store.tell({ ...update, db: 'newer', seriesNew: 5 });
  for (const page of pages) {
    await page.until('the news', () => news(page, 'new') > 0 && news(page, 'newer') > 0);
    expect(news(page, 'new')).toBeLessThanOrEqual(2 + hellos() - before);
    expect(news(page, 'quiet')).toBe(0);
  }
  for (const page of pages) page.close();
});
