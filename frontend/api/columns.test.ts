import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '@msgpack/msgpack';
import { waitUntil } from '@overseer/local/testing';
import { AnswerError, float64Bin, float64s, isPresent, type Labels } from '@overseer/shared';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

const MSGPACK = 'application/vnd.msgpack';
const DEADLINE_MS = 20_000;
const DOCUMENT = join(import.meta.dirname, '../../docs/query-api.md');
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(() => rig?.[Symbol.asyncDispose]());

afterEach(async () => {
  rig.store.failures.clear();
  rig.store.answers.clear();
  // Whatever a test did, the room of its answers was given back.
  await waitUntil(() => rig.frontend.frontend.answers.bytes === 0, {
    what: 'the memory of answers to be given back',
    deadlineMs: DEADLINE_MS,
  });
});

interface PackedSeries {
  readonly metric: Labels;
  readonly times?: Uint8Array;
  readonly values: Uint8Array;
  readonly present?: Uint8Array;
}

interface PackedBody {
  readonly status: string;
  readonly data: {
    readonly resultType: string;
    readonly startMs: number;
    readonly stepMs: number;
    readonly count: number;
    readonly series: readonly PackedSeries[];
    readonly values?: Uint8Array;
  };
  readonly warnings?: readonly string[];
}

async function getPacked(path: string, accept = MSGPACK) {
  const response = await rig.frontend.get(path, { headers: { accept } });
  const body = decode(await response.arrayBuffer()) as PackedBody;
  return { response, body };
}

/** Values by time, as JSON has them. */
function pairsOf({ startMs, stepMs }: PackedBody['data'], { values, present }: PackedSeries) {
  return [...float64s(values)].flatMap((value, step) =>
    isPresent(present, step) ? [[(startMs + step * stepMs) / 1000, String(value)]] : [],
  );
}

test('columns - a matrix is that of JSON, with NaN where there is no value', async () => {
  for (const [host, timeMs] of [
    ['b', 10_000],
    ['a', 20_000],
    ['c', 10_000],
  ] as const) {
    rig.store.store('test', 'm', { host }, timeMs, timeMs / 1000);
  }
  rig.store.store('test', 'm', { host: 'b' }, 14_000, Number.NaN);
  const path = '/api/v1/query_range?query=m&start=8.5&end=26.5&step=1.5&stats=true';
  const { response, body } = await getPacked(path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(MSGPACK);
  expect(response.headers.get('vary')).toBe('accept, accept-encoding');
  const json = await rig.frontend.get(path);
  expect(json.headers.get('vary')).toBe('accept, accept-encoding');
  const { data } = (await json.json()) as { data: { result: object[]; stats: object } };
  expect(body).toMatchObject({
    status: 'success',
    data: { resultType: 'matrix', startMs: 8500, stepMs: 1500, count: 13, stats: data.stats },
  });
  expect(body.warnings).toBeUndefined();
  expect<object[]>(
    body.data.series.map((series) => ({
      metric: series.metric,
      values: pairsOf(body.data, series),
    })),
  ).toEqual(data.result);
  for (const { metric, values, present } of body.data.series) {
    expect(present?.length).toBe(2);
    const isNumber = Array.from(float64s(values), (value) => !Number.isNaN(value));
    const isThere = isNumber.map((_, step) => isPresent(present, step));
    // Of b there is a value that is NaN.
    expect(isNumber.length).toBe(13);
    expect(Bun.deepEquals(isNumber, isThere)).toBe(metric.host !== 'b');
  }
  const nothing = await getPacked(path.replace('query=m', 'query=none'));
  expect(nothing.body).toMatchObject({ data: { resultType: 'matrix', series: [] } });
  expect(nothing.body.data.count).toBeUndefined();
});

test('columns - limit and warnings are those of JSON', async () => {
  for (const host of ['a', 'b', 'c']) rig.store.store('test', 'three', { host }, 5000, 1);
  const { body } = await getPacked(
    '/api/v1/query_range?query=three&start=5&end=6&step=1&limit=2&stats=',
  );
  expect(body.data.series.map(({ metric }) => metric.host)).toEqual(['a', 'b']);
  expect(body.data).not.toHaveProperty('stats');
  expect(body.warnings).toEqual(['results truncated due to limit']);
});

test('columns - a large answer comes whole, compressed or not', async () => {
  for (let i = 0; i < 30; i++) rig.store.store('test', 'large', { host: `h${i}` }, 5_000_000, i);
  // Bins of 32 kB, which go without a copy, and of 8 kB, which are gathered.
  for (const end of ['5004', '5001']) {
    const path = `/api/v1/query_range?query=large&start=5000&end=${end}&step=0.001`;
    const bodies = await Promise.all(
      ['identity', 'gzip'].map(async (encoding) => {
        const headers = { accept: MSGPACK, 'accept-encoding': encoding };
        const response = await rig.frontend.get(path, { headers });
        expect(response.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null);
        return new Uint8Array(await response.arrayBuffer());
      }),
    );
    expect(Bun.deepEquals(bodies[0], bodies[1])).toBe(true);
    const { data } = decode(bodies[0] as Uint8Array) as PackedBody;
    expect(data.series).toHaveLength(30);
    for (const { metric, values } of data.series) {
      const expected = Number(metric.host?.slice(1));
      expect(float64s(values).every((value) => value === expected)).toBe(true);
      expect(values.length).toBe(data.count * 8);
    }
  }
});

test('columns - a client that goes away amid a large answer leaves nothing behind', async () => {
  for (let i = 0; i < 60; i++) rig.store.store('test', 'left', { host: `h${i}` }, 5_000_000, i);
  const path = '/api/v1/query_range?query=left&start=5000&end=5004&step=0.001';
  for (const encoding of ['gzip', 'identity']) {
    const controller = new AbortController();
    const headers = { accept: MSGPACK, 'accept-encoding': encoding };
    const response = await rig.frontend.get(path, { headers, signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
  }
  // That their memory is given back, is checked after every test.
});

test('columns - samples have their own times, vectors one column, scalars and texts a value', async () => {
  const bin = (...values: number[]) => float64Bin(Float64Array.from(values));
  const labels = { host: 'a' };
  const answer = async (resultType: 'scalar' | 'string' | 'vector' | 'matrix', parts: object[]) => {
    rig.store.answers.set('instant', { parts, end: { resultType } });
    return (await getPacked('/api/v1/query?query=x&time=3')).body.data as object;
  };
  const samples = await answer('matrix', [
    { kind: 'samples', series: [{ labels, times: bin(1500), values: bin(1) }] },
    { kind: 'samples', series: [{ labels, times: bin(2000, 2500), values: bin(2, 3) }] },
  ]);
  expect<object>(samples).toEqual({
    resultType: 'matrix',
    series: [{ metric: labels, times: bin(1500, 2000, 2500), values: bin(1, 2, 3) }],
  });
  const series = [
    { labels: { host: 'b' }, value: 2 },
    { labels, value: Number.NaN },
  ];
  expect(await answer('vector', [{ kind: 'vector', series }])).toEqual({
    resultType: 'vector',
    timeMs: 3000,
    series: [{ metric: { host: 'b' } }, { metric: labels }],
    values: bin(2, Number.NaN),
  });
  expect(await answer('scalar', [{ kind: 'scalar', value: Number.POSITIVE_INFINITY }])).toEqual({
    resultType: 'scalar',
    timeMs: 3000,
    value: Number.POSITIVE_INFINITY,
  });
  expect(await answer('string', [{ kind: 'string', value: 'a' }])).toMatchObject({ value: 'a' });
});

test('columns - errors come in the same encoding, and everything else stays JSON', async () => {
  const position = { line: 1, column: 2, offset: 1 };
  rig.store.failures.set('instant', new AnswerError('bad_data', 'the words', { position }));
  const wrong = await getPacked('/api/v1/query?query=x', `application/json, ${MSGPACK};q=0.5`);
  expect([wrong.response.status, wrong.response.headers.get('content-type')]).toEqual([
    400,
    MSGPACK,
  ]);
  expect<object>(wrong.body).toEqual({
    status: 'error',
    errorType: 'bad_data',
    error: '1:2: parse error: the words',
    position,
  });
  const missing = await getPacked('/api/v1/query_range?query=x');
  expect(missing.body).toMatchObject({ status: 'error', error: expect.stringContaining('start') });
  rig.store.answers.set('labels', { parts: [] });
  for (const [path, accept] of [
    ['/api/v1/labels', MSGPACK],
    ['/api/v1/query?query=x', `${MSGPACK};q=0`],
    ['/api/v1/query?query=x', `${MSGPACK}-other`],
    ['/api/v1/query?query=x', '*/*'],
  ] as const) {
    const response = await rig.frontend.get(path, { headers: { accept } });
    expect(response.headers.get('content-type')).toStartWith('application/json');
  }
});

test('columns - the reader of the documentation reads them', async () => {
  const [, source] = /```ts\n([\s\S]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const script = new Bun.Transpiler({ loader: 'ts' }).transformSync(source ?? '');
  const body = script.replace(/^import .*$/m, '').replace('export async', 'return async');
  const readColumns = new Function('decode', body)(decode) as (url: string) => Promise<{
    readonly x: Float64Array;
    readonly columns: readonly { readonly metric: Labels; readonly y: Float64Array }[];
  }>;
  rig.store.store('test', 'read', { host: 'a' }, 6000, 7);
  const url = `${rig.frontend.url}/api/v1/query_range?query=read&start=5&end=7&step=1`;
  const { x, columns } = await readColumns(url);
  expect([...x]).toEqual([5000, 6000, 7000]);
  expect(columns.map(({ metric, y }) => [metric, [...y]])).toEqual([
    [{ __name__: 'read', host: 'a' }, [Number.NaN, 7, 7]],
  ]);
  const outcome = await readColumns(`${url}&limit=many`).catch((error: Error) => error.message);
  expect(outcome).toContain('limit is "many"');
});

test('pixels - are asked of the store, and an answer that has passed over them is none', async () => {
  rig.store.store('test', 'pixels', {}, 5000, 1);
  const path = '/api/v1/query_range?query=pixels&start=5&end=9';
  const { body } = await getPacked(`${path}&step=1&pixels=3`);
  expect(body.data).toMatchObject({ stepMs: 1000, count: 5 });
  expect(rig.store.evaluations('pixels').at(-1)).toMatchObject({ pixels: 3, stepMs: 1000 });
  rig.store.knowsPixels = false;
  const old = await rig.frontend.get(`${path}&step=1&pixels=2`);
  rig.store.knowsPixels = true;
  expect([old.status, await old.json()]).toMatchObject([
    503,
    { errorType: 'unavailable', error: expect.stringContaining('does not know pixels') },
  ]);
  for (const wrong of ['0', '5501', 'wide']) {
    const response = await rig.frontend.get(`${path}&step=1&pixels=${wrong}`);
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: `pixels is "${wrong}"; valid is a whole number from 1 to 5500` },
    ]);
  }
});
