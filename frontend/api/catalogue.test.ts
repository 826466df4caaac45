import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { catalogueMeasurement } from '../testing/catalogue-measurement.ts';
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

async function get(path: string) {
  const response = await rig.frontend.get(path);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const asked = (kind: string) =>
  rig.store.questions.filter((question) => question.kind === kind).map(({ request }) => request);

const field = (name: string, type: string) => ({ name, type });

/** The processor has these measurements. */
function have(...measurements: object[]): void {
  const head = { databases: ['test'], recentWindows: [], seriesNewWindow: { fromMs: 0, toMs: 1 } };
  rig.store.answers.set('catalogue.get', {
    parts: [{ kind: 'catalogue', ...head, measurements }],
  });
}

test('catalogue - of one measurement there are the values of tags and the busiest series', async () => {
  const [fromMs, toMs] = [1_700_000_000_000, 1_700_000_060_000];
  rig.store.answers.set('measurement', {
    parts: [
      {
        kind: 'measurement',
        tags: [
          { key: 'host', valueCount: 3, seriesCount: 30 },
          { key: 'rack', valueCount: 1, seriesCount: 5 },
        ],
      },
      {
        kind: 'measurement',
        busiest: [{ labels: { host: 'a' }, rows: 120, fromMs, toMs }],
      },
      {
        kind: 'measurement',
        values: [
          { key: 'host', value: 'a', seriesCount: 20 },
          { key: 'host', value: 'b', seriesCount: 9 },
        ],
      },
      { kind: 'measurement', values: [{ key: 'rack', value: 'r', seriesCount: 5 }] },
    ],
  });
  have(catalogueMeasurement({ db: 'test', name: 'cpu' }));
  const { status, body } = await get('/api/v1/catalogue?measurement=cpu&values=2');
  expect(status).toBe(200);
  const details = {
    name: 'cpu',
    tags: [
      {
        key: 'host',
        valueCount: 3,
        seriesCount: 30,
        values: [
          { value: 'a', seriesCount: 20 },
          { value: 'b', seriesCount: 9 },
        ],
      },
      { key: 'rack', valueCount: 1, seriesCount: 5, values: [{ value: 'r', seriesCount: 5 }] },
    ],
    busiest: [{ labels: { host: 'a' }, rows: 120, rowsPerSecond: 2, fromMs, toMs }],
  };
  expect(body.data).toMatchObject({ databases: [{ name: 'test', measurements: [details] }] });
  expect(asked('measurement')).toMatchObject([{ db: 'test', measurement: 'cpu', values: 2 }]);
  expect(asked('catalogue.get')).toMatchObject([{ db: 'test', measurement: 'cpu' }]);
});

test('catalogue - of one measurement it needs the store, and says so', async () => {
  have(catalogueMeasurement({ db: 'test', name: 'cpu' }));
  rig.store.failures.set('measurement', new AnswerError('unavailable', 'nobody'));
  expect((await get('/api/v1/catalogue?measurement=cpu')).status).toBe(503);
  expect((await get('/api/v1/catalogue')).status).toBe(200);
});

test.each([
  ['values=1', 'values are of one measurement; measurement is missing'],
  ['measurement=m&values=0', 'values is "0"; valid is a whole number from 1 to 1000'],
  ['measurement=m&values=1001', 'values is "1001"; valid is a whole number from 1 to 1000'],
])('catalogue - %s is refused', async (parameters, error) => {
  const { status, body } = await get(`/api/v1/catalogue?${parameters}`);
  expect([status, body.error]).toEqual([400, error]);
});

test('metadata - has every metric, with an entry for each measurement that makes it', async () => {
  have(
    catalogueMeasurement({
      db: 'test',
      name: 'cpu',
      fields: [field('usage_idle', 'float'), field('up', 'boolean'), field('note', 'string')],
    } as never),
    catalogueMeasurement({
      db: 'test',
      name: 'cpu_usage',
      fields: [field('idle', 'integer')],
    } as never),
    catalogueMeasurement({
      db: 'test',
      name: 'load',
      fields: [field('value', 'unsigned')],
    } as never),
  );
  const entry = (type: string, of: string) => ({ type, help: of, unit: '' });
  const all = {
    cpu_usage_idle: [
      entry('unknown', 'field usage_idle (float) of the measurement cpu'),
      entry('unknown', 'field idle (integer) of the measurement cpu_usage'),
    ],
    cpu_up: [entry('gauge', 'field up (boolean) of the measurement cpu')],
    load: [entry('unknown', 'field value (unsigned) of the measurement load')],
  };
  const data = async (parameters = '') => (await get(`/api/v1/metadata${parameters}`)).body.data;
  expect((await get('/api/v1/metadata')).body).toEqual({ status: 'success', data: all });
  expect(await data('?limit=-1&limit_per_metric=0')).toEqual(all);
  expect(await data('?metric=load')).toEqual({ load: all.load });
  expect(await data('?metric=none')).toEqual({});
  expect(await data('?limit=2')).toEqual({
    cpu_usage_idle: all.cpu_usage_idle,
    cpu_up: all.cpu_up,
  });
  expect(await data('?limit=0')).toEqual({});
  expect(await data('?limit_per_metric=1&metric=cpu_usage_idle')).toEqual({
    cpu_usage_idle: all.cpu_usage_idle.slice(0, 1),
  });
  expect(asked('catalogue.get')[0]).toMatchObject({ db: 'test' });
});

test.each(['limit', 'limit_per_metric'])(
  'metadata - %s that is no number is refused',
  async (name) => {
    const { status, body } = await get(`/api/v1/metadata?${name}=x`);
    expect([status, body.errorType, body.error]).toEqual([
      400,
      'bad_data',
      `${name} must be a number`,
    ]);
  },
);

test('status/tsdb - is in the shape of Prometheus', async () => {
  const item = (name: string, value: number) => ({ name, value });
  const list = (name: string, ...items: object[]) => ({ kind: 'cardinality', list: name, items });
  const head = { seriesCount: 20, labelPairCount: 7, minMs: 1_700_000_000_000, maxMs: null };
  rig.store.answers.set('cardinality', {
    parts: [
      { kind: 'cardinality', head },
      list('seriesByMetric', item('up', 12)),
      list('seriesByMetric', item('load', 8)),
      list('valuesByLabel', item('host', 5)),
      list('bytesByLabel', item('host', 50)),
      list('seriesByLabelPair', item('host=a', 4)),
    ],
  });
  const { body } = await get('/db/mine/api/v1/status/tsdb?limit=3');
  expect(body).toEqual({
    status: 'success',
    data: {
      headStats: {
        numSeries: 20,
        numLabelPairs: 7,
        chunkCount: 0,
        minTime: 1_700_000_000_000,
        maxTime: 0,
      },
      seriesCountByMetricName: [item('up', 12), item('load', 8)],
      labelValueCountByLabelName: [item('host', 5)],
      memoryInBytesByLabelName: [item('host', 50)],
      seriesCountByLabelValuePair: [item('host=a', 4)],
    },
  });
  expect(asked('cardinality')).toMatchObject([{ db: 'mine', limit: 3 }]);
  expect((await get('/api/v1/status/tsdb?limit=0')).status).toBe(400);
  expect((await get('/api/v1/status/tsdb?limit=10001')).status).toBe(400);
});
