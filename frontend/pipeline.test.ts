import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { decode } from '@msgpack/msgpack';
import { TestOverseer, waitUntil } from '@overseer/local/testing';
import { float64s } from '@overseer/shared';
import { type TestChart, TestPage } from './testing/test-page.ts';

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;
let overseer: TestOverseer;

beforeAll(async () => {
  overseer = await TestOverseer.start({
    environment: { DEFAULT_DATABASE: 'test', LOG_LEVEL: 'warn' },
  });
});

afterAll(() => overseer?.[Symbol.asyncDispose]());

async function write(lines: string): Promise<void> {
  const url = `${overseer.ingressUrl}/write?db=test&precision=ms`;
  await waitUntil(
    async () => {
      const answer = await fetch(url, { method: 'POST', body: lines }).catch(() => undefined);
      if (answer && answer.status >= 400 && answer.status < 500)
        throw new Error(await answer.text());
      return answer?.status === 204;
    },
    { what: `${lines} to be written`, deadlineMs: DEADLINE_MS },
  );
}

interface Body<Data> {
  readonly data: Data;
  readonly errorType?: string;
  readonly error?: string;
}

interface Result {
  readonly result: readonly object[];
  readonly stats: {
    readonly samples: { readonly totalQueryableSamples: number; readonly peakSamples: number };
    readonly timings: {
      readonly evalTotalTime: number;
      readonly execQueueTime: number;
      readonly execTotalTime: number;
    };
  };
}

interface Catalogue {
  readonly databases: readonly { readonly measurements: readonly object[] }[];
}

async function get<Data = Result>(path: string, init: RequestInit = {}) {
  const response = await fetch(`${overseer.frontendUrl}${path}`, init);
  return { status: response.status, body: (await response.json()) as Body<Data> };
}

/** Values by second, as `query_range` has them now. */
async function rangeOf(expr: string, from: number, to: number): Promise<Map<number, number>> {
  const search = new URLSearchParams({
    query: expr,
    start: String(from),
    end: String(to),
    step: '1',
  });
  const { body } = await get(`/api/v1/query_range?${search}`);
  const [series] = body.data.result as { values: [number, string][] }[];
  return new Map(series?.values.map(([time, value]) => [time, Number(value)]));
}

function within(values: ReadonlyMap<number, number>, from: number, to: number): [number, number][] {
  return [...values].filter(([step]) => step >= from && step <= to).sort(([a], [b]) => a - b);
}

const lastSecond = () => Math.floor(Date.now() / 1000);

test('pipeline - what was written is what the API answers', async () => {
  const at = (lastSecond() - 10) * 1000;
  await write(`cpu,host=a idle=1.5,value=7 ${at}\ncpu,host=b idle=2.5,word="x" ${at}`);
  const instant = `/api/v1/query?query=cpu_idle&time=${at / 1000}`;
  const { body } = await waitUntil(
    async () => {
      const answer = await get(instant);
      return answer.body.data?.result.length === 2 && answer;
    },
    { what: 'the points to be readable', deadlineMs: DEADLINE_MS },
  );
  expect(body.data.result).toContainEqual({
    metric: { __name__: 'cpu_idle', host: 'a' },
    value: [at / 1000, '1.5'],
  });
  const summed = await get(`/api/v1/query?query=sum(cpu_idle)&time=${at / 1000}&stats=all`);
  expect(summed.body.data).toMatchObject({ result: [{ metric: {}, value: [at / 1000, '4'] }] });
  const { samples, timings } = summed.body.data.stats;
  expect(samples.totalQueryableSamples).toBe(2);
  expect(samples.peakSamples).toBeGreaterThanOrEqual(2);
  const { evalTotalTime, execQueueTime, execTotalTime } = timings;
  expect(evalTotalTime + execQueueTime).toBeCloseTo(execTotalTime, 9);
  expect((await get<string[]>('/api/v1/labels')).body.data).toEqual(['__name__', 'host']);
  expect((await get<string[]>('/api/v1/label/host/values?match[]=cpu')).body.data).toEqual([
    'a',
    'b',
  ]);
  expect((await get<string[]>('/api/v1/label/__name__/values?limit=1')).body).toMatchObject({
    data: ['cpu'],
    warnings: [expect.stringContaining('truncated due to limit')],
  });
  const series = await get<object[]>('/api/v1/series', {
    method: 'POST',
    body: new URLSearchParams({ 'match[]': '{__name__=~"cpu.*",host="a"}' }),
  });
  expect(series.body.data).toHaveLength(2);
  const catalogue = await waitUntil(
    async () => {
      const answer = await get<Catalogue>('/api/v1/catalogue?db=test');
      const [measurement] = answer.body.data.databases[0]?.measurements ?? [];
      return measurement && 'seriesCount' in measurement && measurement.seriesCount === 2 && answer;
    },
    { what: 'the catalogue to know both series', deadlineMs: DEADLINE_MS },
  );
  expect<unknown>(catalogue.body.data.databases).toMatchObject([
    {
      name: 'test',
      measurements: [
        {
          name: 'cpu',
          fields: expect.arrayContaining([
            { name: 'idle', type: 'float', metric: 'cpu_idle' },
            { name: 'value', type: 'float', metric: 'cpu' },
            { name: 'word', type: 'string', metric: 'cpu_word' },
          ]),
          tagKeys: ['host'],
          tagValueCounts: { host: 2 },
          seriesCount: 2,
          seriesNew: 2,
          newestMs: at,
          firstWriteMs: expect.any(Number),
          lastWriteMs: expect.any(Number),
        },
      ],
    },
  ]);
});

test('pipeline - errors of expressions have their position and status', async () => {
  const wrong = await get(`/api/v1/query?query=${encodeURIComponent('sum(cpu{')}`);
  expect([wrong.status, wrong.body]).toMatchObject([
    400,
    { errorType: 'bad_data', error: expect.stringMatching(/^1:\d+: /), position: { line: 1 } },
  ]);
  const unsupported = await get(`/api/v1/query?query=${encodeURIComponent('histogram_sum(cpu)')}`);
  expect([unsupported.status, unsupported.body]).toMatchObject([
    400,
    { errorType: 'bad_data', error: expect.stringMatching(/^1:\d+: .*not supported/) },
  ]);
  const steps = await get('/api/v1/query_range?query=cpu&start=0&end=100000&step=1');
  expect([steps.status, steps.body.errorType]).toEqual([400, 'bad_data']);
  const unknown = await get('/db/nowhere/api/v1/query?query=cpu');
  expect(unknown.body).toMatchObject({
    data: { result: [] },
    warnings: [expect.stringContaining('nowhere')],
  });
});

test('pipeline - expressions are laid out and taken apart', async () => {
  const query = encodeURIComponent('sum by(host)(rate(cpu_idle{host="a"}[5m]))>1');
  const formatted = await get<string>(`/api/v1/format_query?query=${query}`);
  expect(formatted.body.data).toBe('sum by (host) (rate(cpu_idle{host="a"}[5m])) > 1');
  const tree = await get<object>(`/api/v1/parse_query?query=${query}`);
  expect(tree.body.data).toMatchObject({ type: 'binaryExpr', op: '>' });
  expect((await get<object[]>(`/api/v1/query_exemplars?query=${query}`)).body.data).toEqual([]);
  const wrong = await get('/api/v1/query_exemplars?query=sum(');
  expect([wrong.status, wrong.body.errorType]).toEqual([400, 'bad_data']);
});

test('pipeline - two values a pixel have the spike, by columns and in JSON', async () => {
  const begin = lastSecond() - 1000;
  const lines = Array.from({ length: 900 }, (_, i) => {
    return `spiky value=${i === 450 ? 99 : i % 2} ${(begin + i) * 1000}`;
  });
  await write(lines.join('\n'));
  const search = new URLSearchParams({
    query: 'spiky',
    start: String(begin),
    end: String(begin + 900),
    pixels: '7',
    lookback_delta: '1s',
  });
  const path = `/api/v1/query_range?${search}`;
  const { body } = await waitUntil(
    async () => {
      const answer = await get(path);
      return answer.body.data?.result.length === 1 && answer;
    },
    { what: 'the points to be readable', deadlineMs: DEADLINE_MS },
  );
  const [series] = body.data.result as { values: [number, string][] }[];
  expect(series?.values.map(([, value]) => Number(value))).toEqual([
    ...[0, 1, 1, 0, 0, 1],
    ...[0, 99],
    ...[1, 0, 1, 0, 0, 1],
  ]);
  const stepMs = 900_000 / 14;
  expect(series?.values.map(([time]) => time)).toEqual(
    Array.from({ length: 14 }, (_, i) => Math.round(begin * 1000 + i * stepMs) / 1000),
  );
  const headers = { accept: 'application/vnd.msgpack' };
  const packed = await fetch(`${overseer.frontendUrl}${path}`, { headers });
  const { data } = decode(await packed.arrayBuffer()) as {
    data: { stepMs: number; series: { values: Uint8Array }[] };
  };
  expect(data.stepMs).toBe(stepMs);
  expect([...float64s(data.series[0]?.values ?? new Uint8Array())]).toEqual(
    series?.values.map(([, value]) => Number(value)) ?? [],
  );
});

test('pipeline - an open page sees the first point of a new database, and late ones', async () => {
  const page = await TestPage.open(overseer.frontendUrl);
  const chart = page.subscribe(1, 'fresh_value_of', { rangeMs: 600_000 });
  await page.until('the first answer', () => chart.resets.length > 0);
  const now = lastSecond();
  await write(`fresh value_of=42 ${now * 1000}`);
  await page.until('the point', () => chart.values().get(now) === 42);
  await page.until('the news', () => page.messages.some(({ kind }) => kind === 'catalogue'));
  await write(`fresh value_of=41 ${(now - 400) * 1000}`);
  await page.until('the late point', () => chart.values().get(now - 400) === 41);
  const expected = await rangeOf('fresh_value_of', now - 500, now);
  expect(expected.size).toBeGreaterThan(300);
  expect(within(chart.values(), now - 500, now)).toEqual([...expected]);
  expect(chart.resets).toHaveLength(1);
  page.close();
});

/** Writes points all the while, and compares in the end what the page has with what the API answers. */
async function survives(
  metric: string,
  trouble: (chart: TestChart) => Promise<void>,
): Promise<void> {
  const page = await TestPage.open(overseer.frontendUrl);
  const chart = page.subscribe(1, metric, { rangeMs: 300_000 });
  await page.until('the first answer', () => chart.resets.length > 0);
  const begin = lastSecond();
  let value = 0;
  const writeNext = async () => {
    await write(`${metric} value=${++value} ${Date.now()}`);
  };
  for (let i = 0; i < 5; i++) await writeNext();
  const { promise, resolve } = Promise.withResolvers<void>();
  let isOver = false;
  const writing = (async () => {
    await promise;
    while (!isOver) await writeNext();
  })();
  resolve();
  try {
    await trouble(chart);
  } finally {
    isOver = true;
    await writing;
  }
  for (let i = 0; i < 5; i++) await writeNext();
  const last = value;
  await page.until('the last value', () => [...chart.values().values()].includes(last));
  const end = lastSecond();
  await waitUntil(
    async () => {
      const expected = await rangeOf(metric, begin, end);
      return Bun.deepEquals(within(chart.values(), begin, end), [...expected]);
    },
    { what: 'page and API to agree', deadlineMs: DEADLINE_MS },
  );
  expect(within(chart.values(), begin, end).length).toBeGreaterThan(end - begin - 2);
  page.close();
}

test('pipeline - a store that is killed loses the page no point', async () => {
  await survives('killed_store', async (chart) => {
    const before = chart.resets.length;
    await overseer.processes.store.kill();
    await waitUntil(() => chart.failures.length > 0, {
      what: 'the failure',
      deadlineMs: DEADLINE_MS,
    });
    await overseer.processes.store.restart();
    await waitUntil(() => chart.resets.length > before, {
      what: 'the recovery',
      deadlineMs: DEADLINE_MS,
    });
  });
});

test('pipeline - a processor that is killed loses the page no point', async () => {
  await survives('killed_processor', async (chart) => {
    await overseer.processes.processor.kill();
    const newest = () => Math.max(...chart.values().keys());
    const before = newest();
    // Time alone brings new steps.
    await waitUntil(() => newest() > before + 1, { what: 'new steps', deadlineMs: DEADLINE_MS });
    await overseer.processes.processor.restart();
  });
});
