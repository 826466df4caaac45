import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { Rig } from '../testing/rig.ts';

setDefaultTimeout(60_000);

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start();
});

afterAll(() => rig?.[Symbol.asyncDispose]());

afterEach(() => {
  rig.store.questions.length = 0;
  rig.store.failures.clear();
  rig.store.answers.clear();
});

async function getJson(path: string, init: RequestInit = {}) {
  const response = await rig.frontend.get(path, init);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function answerText(kind: 'format' | 'parse', value: string): void {
  rig.store.answers.set(kind, { parts: [{ kind: 'string', value }] });
}

test('format_query - the text of the store, as data', async () => {
  answerText('format', 'sum(\n  "a"\n)');
  const { body } = await getJson('/api/v1/format_query?query=sum(a)');
  expect(body).toEqual({ status: 'success', data: 'sum(\n  "a"\n)' });
  expect(rig.store.questions).toMatchObject([{ kind: 'format', request: { expr: 'sum(a)' } }]);
});

test('parse_query - the tree of the store, as data', async () => {
  answerText('parse', '{"type":"numberLiteral","val":"1"}');
  const form = { method: 'POST', body: new URLSearchParams({ query: '1' }) };
  const { body } = await getJson('/db/any/api/v1/parse_query', form);
  expect(body).toEqual({ status: 'success', data: { type: 'numberLiteral', val: '1' } });
});

test('query_exemplars - none, when the question is one', async () => {
  answerText('parse', '{}');
  const { body } = await getJson('/api/v1/query_exemplars?query=a&start=1&end=2');
  expect(body).toEqual({ status: 'success', data: [] });
  const cases: readonly [search: string, error: string][] = [
    ['', 'query is missing'],
    ['query=a&start=yesterday', 'start is "yesterday"'],
    ['query=a&start=2&end=1', 'end is before start'],
  ];
  for (const [search, error] of cases) {
    const wrong = await getJson(`/api/v1/query_exemplars?${search}`);
    expect([wrong.status, wrong.body.errorType]).toEqual([400, 'bad_data']);
    expect(wrong.body.error).toStartWith(error);
  }
});

test('expressions - what is wrong with one is told with its place', async () => {
  const position = { line: 1, column: 3, offset: 2 };
  const failure = new AnswerError('bad_data', 'no', { position });
  for (const kind of ['format', 'parse']) rig.store.failures.set(kind, failure);
  for (const path of ['format_query', 'parse_query', 'query_exemplars']) {
    const { status, body } = await getJson(`/api/v1/${path}?query=a{`);
    expect([status, body]).toEqual([
      400,
      { status: 'error', errorType: 'bad_data', error: '1:3: parse error: no', position },
    ]);
  }
});

test('rules - none, in the shape that Grafana reads', async () => {
  const { body } = await getJson('/api/v1/rules?type=record');
  expect(body).toEqual({ status: 'success', data: { groups: [] } });
});

test('health - also where promtool asks', async () => {
  for (const path of ['/-/healthy', '/-/ready']) {
    expect((await rig.frontend.get(path)).status).toBe(200);
    expect((await rig.frontend.get(path, { method: 'HEAD' })).status).toBe(200);
    expect((await rig.frontend.get(path, { method: 'POST' })).status).toBe(405);
  }
});
