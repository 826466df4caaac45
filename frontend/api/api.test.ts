import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { float64Bin } from '@overseer/shared';
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
