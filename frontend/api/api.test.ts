import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { connect } from 'node:net';
import { waitUntil } from '@overseer/local/testing';
import { AnswerError, type AnswerErrorKind, float64Bin } from '@overseer/shared';
import { catalogueMeasurement } from '../testing/catalogue-measurement.ts';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 20_000;
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ API_REQUESTS_MAX: '4', ANSWERS_BYTES_MAX: '4MiB' });
});

afterAll(() => rig?.[Symbol.asyncDispose]());

afterEach(async () => {
  rig.store.questions.length = 0;
  rig.store.failures.clear();
  rig.store.answers.clear();
  rig.store.gate = Promise.resolve();
  // Whatever a test did, the room of its answers was given back.
  await waitUntil(() => rig.frontend.frontend.answers.bytes === 0, {
    what: 'the memory of answers to be given back',
    deadlineMs: DEADLINE_MS,
  });
});

async function getJson(path: string, init: RequestInit = {}) {
  const response = await rig.frontend.get(path, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function form(parameters: Record<string, string>): RequestInit {
  return { method: 'POST', body: new URLSearchParams(parameters) };
}

function lastRequest() {
  return rig.store.questions.at(-1);
}

test('query - a vector, in the order of the store and with values as Prometheus writes them', async () => {
  const series = [
    { labels: { __name__: 'up', host: 'b' }, value: 1e21 },
    { labels: { host: 'a', __name__: 'up' }, value: Number.NaN },
    { labels: {}, value: 5e-8 },
  ];
  rig.store.answers.set('instant', {
    parts: [{ kind: 'vector', series }],
    end: { resultType: 'vector', warnings: ['beware'] },
  });
  const { status, body } = await getJson('/api/v1/query?query=up&time=12.5&stats=all');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'success',
    data: {
      resultType: 'vector',
      result: [
        { metric: { __name__: 'up', host: 'b' }, value: [12.5, '1e+21'] },
        { metric: { __name__: 'up', host: 'a' }, value: [12.5, 'NaN'] },
        { metric: {}, value: [12.5, '5e-08'] },
      ],
      stats: {
        timings: { execTotalTime: 0.25 },
        samples: { totalQueryableSamples: 2 },
        seriesRead: 1,
        bytesRead: 3,
      },
    },
    warnings: ['beware'],
  });
  expect(lastRequest()).toMatchObject({ kind: 'instant', request: { db: 'test', expr: 'up' } });
  expect(Number(lastRequest()?.request.timeMs)).toBe(12_500);
});

test('query - scalars, strings, samples and emptiness', async () => {
  const answer = async (resultType: 'scalar' | 'string' | 'vector' | 'matrix', parts: object[]) => {
    rig.store.answers.set('instant', { parts, end: { resultType } });
    return (await getJson('/api/v1/query?query=x&time=3')).body.data;
  };
  expect(await answer('scalar', [{ kind: 'scalar', value: Number.POSITIVE_INFINITY }])).toEqual({
    resultType: 'scalar',
    result: [3, '+Inf'],
  });
  expect(await answer('string', [{ kind: 'string', value: 'a "b"' }])).toEqual({
    resultType: 'string',
    result: [3, 'a "b"'],
  });
  expect(await answer('vector', [])).toEqual({ resultType: 'vector', result: [] });
  const times = float64Bin(Float64Array.of(1500, 2000));
  const values = float64Bin(Float64Array.of(-0, 1.5));
  const series = [{ labels: { a: 'b' }, times, values }];
  expect(await answer('matrix', [{ kind: 'samples', series }])).toEqual({
    resultType: 'matrix',
    result: [
      {
        metric: { a: 'b' },
        values: [
          [1.5, '-0'],
          [2, '1.5'],
        ],
      },
    ],
  });
});

test('query - a series that comes in several entries is one, whatever lies between them', async () => {
  const entry = (host: string, ...times: number[]) => ({
    labels: { host },
    times: float64Bin(Float64Array.from(times)),
    values: float64Bin(Float64Array.from(times, (time) => time / 2)),
  });
  rig.store.answers.set('instant', {
    parts: [
      { kind: 'samples', series: [entry('b', 1000, 2000), entry('b', 3000), entry('a', 1000)] },
      { kind: 'samples', series: [entry('b', 4000), entry('c', 1000)] },
    ],
    end: { resultType: 'matrix' },
  });
  const path = `/api/v1/query?query=${encodeURIComponent('m[5m]')}&time=5`;
  const series = (host: string, ...seconds: number[]) => ({
    metric: { host },
    values: seconds.map((second) => [second, String(second * 500)]),
  });
  const expected = [series('a', 1), series('b', 1, 2, 3, 4), series('c', 1)];
  expect((await getJson(path)).body.data).toEqual({ resultType: 'matrix', result: expected });
  expect((await getJson(`${path}&limit=2`)).body).toMatchObject({
    data: { result: expected.slice(0, 2) },
    warnings: ['results truncated due to limit'],
  });
});

test('query_range - a matrix sorted by labels, by GET, by POST and for a database of the path', async () => {
  for (const [host, value] of [
    ['b', 2],
    ['c', 3],
    ['a', 1],
  ] as const) {
    rig.store.store('test', 'm', { host }, 10_000, value);
  }
  rig.store.store('other db', 'm', {}, 11_000, 9);
  const expected = ['a', 'b', 'c'].map((host, i) => ({
    metric: { __name__: 'm', host },
    values: [
      [10, String(i + 1)],
      [12.5, String(i + 1)],
    ],
  }));
  const parameters = { query: 'm', start: '1970-01-01T00:00:05Z', end: '16', step: '2.5s' };
  const search = new URLSearchParams({ ...parameters, step: '2500ms' });
  const got = await getJson(`/api/v1/query_range?${search}`);
  expect(got.body.data).toEqual({ resultType: 'matrix', result: expected });
  const posted = await getJson(
    '/api/v1/query_range?query=ignored',
    form({ ...parameters, step: '2.5' }),
  );
  expect(posted.body.data).toEqual(got.body.data);
  const limited = await getJson(`/api/v1/query_range?${search}&limit=2`);
  expect(limited.body).toMatchObject({
    data: { result: expected.slice(0, 2) },
    warnings: ['results truncated due to limit'],
  });
  for (const path of ['/api/v1/query_range?db=other+db&', '/db/other%20db/api/v1/query_range?']) {
    const { body } = await getJson(`${path}${search}`);
    expect(body.data).toMatchObject({ result: [{ metric: { __name__: 'm' } }] });
  }
  const nothing = await getJson(`/db/none/api/v1/query_range?${search}`);
  expect(nothing.body.data).toEqual({ resultType: 'matrix', result: [] });
});

test('query_range - a large answer is streamed, compressed for whoever takes that, and given up with its client', async () => {
  for (let i = 0; i < 50; i++) rig.store.store('test', 'large', { host: `h${i}` }, 5_000_000, i);
  // Steps of a millisecond within the five seconds that a sample counts.
  const path = '/api/v1/query_range?query=large&start=5000&end=5004&step=0.001';
  const plain = await rig.frontend.get(path, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  const text = await plain.text();
  expect(text.length).toBeGreaterThan(3e6);
  const { data } = JSON.parse(text) as { data: { result: { values: unknown[] }[] } };
  expect(data.result.map(({ values }) => values.length)).toEqual(Array(50).fill(4001));
  const zipped = await rig.frontend.get(path, { headers: { 'accept-encoding': 'br, gzip;q=0.5' } });
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  expect(await zipped.text()).toBe(text);
  for (const encoding of ['gzip', 'identity']) {
    const controller = new AbortController();
    const response = await rig.frontend.get(path, {
      headers: { 'accept-encoding': encoding },
      signal: controller.signal,
    });
    await response.body?.getReader().read();
    controller.abort();
  }
  // That their memory is given back, is checked after every test.
});

test('query_range - an answer larger than its memory is refused', async () => {
  for (let i = 0; i < 150; i++) rig.store.store('test', 'huge', { host: `h${i}` }, 5_000_000, i);
  const { status, body } = await getJson(
    '/api/v1/query_range?query=huge&start=5000&end=5004&step=0.001',
  );
  expect([status, body.errorType]).toEqual([422, 'execution']);
  expect(body.error).toContain('ANSWERS_BYTES_MAX');
});

test('errors - each kind has its status and type, and the position stands in the text', async () => {
  const expected: Record<AnswerErrorKind, [number, string]> = {
    bad_data: [400, 'bad_data'],
    unsupported: [400, 'bad_data'],
    execution: [422, 'execution'],
    limit: [422, 'execution'],
    canceled: [499, 'canceled'],
    timeout: [503, 'timeout'],
    unavailable: [503, 'unavailable'],
    internal: [500, 'internal'],
  };
  const position = { line: 1, column: 5, offset: 4 };
  for (const [kind, [status, errorType]] of Object.entries(expected)) {
    const error = new AnswerError(kind as AnswerErrorKind, 'the words', { position });
    rig.store.failures.set('instant', error);
    const got = await getJson('/api/v1/query?query=x');
    expect([got.status, got.body.errorType]).toEqual([status, errorType]);
    const words = {
      bad_data: 'parse error: the words',
      unsupported: 'parse error: not supported: the words',
    };
    const told = `1:5: ${words[kind as keyof typeof words] ?? 'the words'}`;
    expect(got.body).toEqual({ status: 'error', errorType, error: told, position });
  }
});

test('errors - a store that is not there, and that is back', async () => {
  rig.store.answers.set('instant', { parts: [], end: { resultType: 'vector' } });
  await rig.store.goAway();
  const response = await rig.frontend.get('/api/v1/query?query=x');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await response.json()).toMatchObject({ errorType: 'unavailable' });
  await rig.store.answerAgain();
  expect((await getJson('/api/v1/query?query=x')).status).toBe(200);
});

test('errors - parameters that are missing or wrong are named, and the store is not asked', async () => {
  const range = '/api/v1/query_range?query=x';
  const cases: readonly [path: string, error: string][] = [
    ['/api/v1/query', 'query is missing'],
    ['/api/v1/query?query=', 'query is missing'],
    ['/api/v1/query?query=x&time=yesterday', 'time is "yesterday"'],
    ['/api/v1/query?query=x&timeout=-1', 'timeout is "-1"'],
    ['/api/v1/query?query=x&limit=-1', 'limit is "-1"'],
    [`${range}&end=1&step=1`, 'start is missing'],
    [`${range}&start=1&step=1`, 'end is missing'],
    [`${range}&start=1&end=2`, 'step is missing'],
    [`${range}&start=1&end=2&step=0`, 'step is "0"'],
    [`${range}&start=1&end=2&step=1x`, 'step is "1x"'],
    [`${range}&start=2&end=1&step=1`, 'end is before start'],
    ['/api/v1/series', 'match[] is missing'],
    ['/api/v1/labels?start=2&end=1', 'end is before start'],
  ];
  for (const [path, error] of cases) {
    const { status, body } = await getJson(path);
    expect([path, status, body.errorType]).toEqual([path, 400, 'bad_data']);
    expect(body.error).toStartWith(error);
  }
  const json = await getJson('/api/v1/query', { method: 'POST', body: '{"query":"x"}' });
  expect([json.status, json.body.error]).toMatchObject([
    400,
    expect.stringContaining('content-type'),
  ]);
  const long = await getJson('/api/v1/query', form({ query: 'x'.repeat(2 ** 20) }));
  expect([long.status, long.body.error]).toMatchObject([413, expect.stringContaining('1048576')]);
  const method = await getJson('/api/v1/query?query=x', { method: 'DELETE' });
  expect([method.status, method.body.errorType]).toEqual([405, 'bad_data']);
  expect(rig.store.questions).toEqual([]);
});

test('series, labels and values - take matchers, bounds and a limit', async () => {
  const list = {
    parts: [
      { kind: 'list', values: ['a', 'b'] },
      { kind: 'list', values: ['c'] },
    ],
  };
  rig.store.answers.set('labels', list).set('values', list);
  rig.store.answers.set('series', {
    parts: [{ kind: 'labelSets', series: [{ host: 'a', __name__: 'm' }, {}] }],
    end: { warnings: ['beware'] },
  });
  const search = new URLSearchParams([
    ['match[]', 'm{host="a"}'],
    ['match[]', 'n'],
    ['start', '1.5'],
    ['end', '2026-01-31T12:00:00.25+01:00'],
  ]);
  expect((await getJson(`/api/v1/labels?${search}`)).body).toEqual({
    status: 'success',
    data: ['a', 'b', 'c'],
  });
  const { kind, request } = rig.store.questions[0] ?? {};
  expect([kind, request?.db, request?.matches]).toEqual(['labels', 'test', ['m{host="a"}', 'n']]);
  expect([request?.startMs, request?.endMs].map(Number)).toEqual([1500, 1_769_857_200_250]);
  const values = await getJson('/db/x/api/v1/label/U__my_2e_label__1/values?limit=2');
  expect(values.body.data).toEqual(['a', 'b', 'c']);
  expect(lastRequest()).toMatchObject({
    kind: 'values',
    request: { label: 'my.label_1', db: 'x', limit: 2 },
  });
  const series = await getJson('/api/v1/series', form({ 'match[]': 'm' }));
  expect(series.body).toEqual({
    status: 'success',
    data: [{ __name__: 'm', host: 'a' }, {}],
    warnings: ['beware'],
  });
});

test('catalogue - databases with their measurements, and the metrics that fields are', async () => {
  const measurement = (db: string, name: string) =>
    catalogueMeasurement({
      db,
      name,
      fields: [
        { name: 'value', type: 'float' },
        { name: 'idle', type: 'integer' },
      ],
      tagKeys: ['host'],
      tagValueCounts: [2],
      seriesCount: 3,
      seriesNew: 2,
      newestMs: 1_700_000_000_123,
      firstWriteMs: 1_600_000_000_000,
      rows: 200,
      merged: 50,
      countedSinceMs: 1_600_000_000_000,
      recentRows: [30, 150],
    });
  const recentWindows = [
    { fromMs: 1_700_000_540_000, toMs: 1_700_000_600_000 },
    { fromMs: 1_700_000_000_000, toMs: 1_700_000_600_000 },
  ];
  const seriesNewWindow = { fromMs: 1_700_000_000_000, toMs: 1_700_001_800_000 };
  const head = { databases: ['a', 'empty'], recentWindows, seriesNewWindow };
  rig.store.answers.set('catalogue.get', {
    parts: [
      { kind: 'catalogue', ...head, measurements: [measurement('a', 'cpu')] },
      { kind: 'catalogue', measurements: [measurement('a', 'mem')] },
    ],
  });
  const { body } = await getJson('/api/v1/catalogue');
  const described = (name: string) => ({
    name,
    fields: [
      { name: 'value', type: 'float', metric: name },
      { name: 'idle', type: 'integer', metric: `${name}_idle` },
    ],
    tagKeys: ['host'],
    tagValueCounts: { host: 2 },
    seriesCount: 3,
    seriesNew: 2,
    seriesNewPerHour: 4,
    rows: 200,
    rowsPerSecond: { '1m': 0.5, '10m': 0.25 },
    mergedRows: 50,
    lateShare: 0.25,
    countedSinceMs: 1_600_000_000_000,
    firstWriteMs: 1_600_000_000_000,
    lastWriteMs: null,
    newestMs: 1_700_000_000_123,
  });
  expect(body.data).toEqual({
    windows: {
      rowsPerSecond: { '1m': recentWindows[0], '10m': recentWindows[1] },
      seriesNew: seriesNewWindow,
    },
    databases: [
      { name: 'a', measurements: [described('cpu'), described('mem')] },
      { name: 'empty', measurements: [] },
    ],
  });
  await getJson('/api/v1/catalogue?db=a&measurement=cpu');
  expect(lastRequest()?.request).toMatchObject({ db: 'a', measurement: 'cpu' });
});

test('catalogue - of a processor that has just started there are no rates', async () => {
  const measurement = catalogueMeasurement({ db: 'a', name: 'cpu' });
  const nothing = { fromMs: 1_700_000_600_000, toMs: 1_700_000_600_000 };
  const recentWindows = [nothing, nothing];
  rig.store.answers.set('catalogue.get', {
    parts: [{ kind: 'catalogue', databases: ['a'], recentWindows, measurements: [measurement] }],
  });
  const { body } = await getJson('/api/v1/catalogue');
  const unknown = { rowsPerSecond: { '1m': null, '10m': null }, lateShare: null };
  expect(body.data).toMatchObject({ databases: [{ measurements: [unknown] }] });
});

test('cancellation - a client that goes away cancels its query', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.store.gate = promise;
  const controller = new AbortController();
  const canceled = rig.store.canceled;
  const answer = rig.frontend.get('/api/v1/query?query=x', { signal: controller.signal });
  const outcome = answer.then(
    () => 'answered',
    () => 'aborted',
  );
  await waitUntil(() => rig.store.questions.length === 1, {
    what: 'the question to arrive',
    deadlineMs: DEADLINE_MS,
  });
  controller.abort();
  expect(await outcome).toBe('aborted');
  await waitUntil(() => rig.store.canceled > canceled, {
    what: 'the store to hear of it',
    deadlineMs: DEADLINE_MS,
  });
  resolve();
});

test('cancellation - a client that goes away within its form is no error of ours', async () => {
  const { hostname, port, host } = new URL(rig.frontend.url);
  const head = [
    'POST /api/v1/query HTTP/1.1',
    `host: ${host}`,
    'content-type: application/x-www-form-urlencoded',
    'content-length: 100',
  ];
  const socket = connect(Number(port), hostname);
  socket.write(`${head.join('\r\n')}\r\n\r\nquery=x`);
  const underWay = () => rig.frontend.frontend.apiRequests;
  const failed = () => rig.frontend.metric('requests_total', 'status="500"');
  const before = await failed();
  await waitUntil(() => underWay() === 1, { what: 'the request', deadlineMs: DEADLINE_MS });
  socket.destroy();
  await waitUntil(() => underWay() === 0, { what: 'its end', deadlineMs: DEADLINE_MS });
  expect(await failed()).toBe(before);
  expect(await rig.frontend.metric('requests_total', 'status="499"')).toBeGreaterThan(0);
});

test('limits - requests beyond their number are asked to come again', async () => {
  rig.store.answers.set('instant', { parts: [], end: { resultType: 'vector' } });
  const { promise, resolve } = Promise.withResolvers<void>();
  rig.store.gate = promise;
  // Those that ask the same would ask together.
  const answers = Array.from({ length: 4 }, (_, i) =>
    rig.frontend.get(`/api/v1/query?query=x&time=${i}`),
  );
  await waitUntil(() => rig.store.questions.length === 4, {
    what: 'four questions under way',
    deadlineMs: DEADLINE_MS,
  });
  const { status, body } = await getJson('/api/v1/query?query=x');
  expect([status, body.errorType]).toEqual([503, 'unavailable']);
  expect(body.error).toContain('API_REQUESTS_MAX, 4');
  resolve();
  for (const answer of answers) expect((await answer).status).toBe(200);
  expect((await getJson('/api/v1/query?query=x')).status).toBe(200);
  expect(await rig.frontend.metric('requests_total', 'status="503"')).toBeGreaterThan(0);
});

test('buildinfo - a version that Grafana understands', async () => {
  const { body } = await getJson('/api/v1/status/buildinfo');
  expect((body.data as { version: string }).version).toMatch(/^3\.\d+\.\d+-overseer/);
});
