import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { FieldType, InfluxDB, toNanoDate } from 'influx';
import { WholePipeline } from '../testing/whole-pipeline.ts';

setDefaultTimeout(120_000);

/** The client does not escape names of measurements, so this one needs none. */
const SCHEMA = [
  {
    measurement: 'rooms&halls',
    fields: {
      temperature: FieldType.FLOAT,
      people: FieldType.INTEGER,
      open: FieldType.BOOLEAN,
      note: FieldType.STRING,
    },
    tags: ['name', 'the floor'],
  },
];

let pipeline: WholePipeline;

beforeAll(async () => {
  pipeline = await WholePipeline.start({ DROP_DATABASE: 'on' });
});

afterAll(async () => {
  await pipeline?.[Symbol.asyncDispose]();
});

function connect(database: string): InfluxDB {
  const { hostname, port } = new URL(pipeline.url);
  const influx = new InfluxDB({ host: hostname, port: Number(port), database });
  for (const { measurement, fields, tags } of SCHEMA) {
    influx.addSchema({ database, measurement, fields, tags });
  }
  return influx;
}

test('influx 1.x client - asks whether the server is there, and makes its database', async () => {
  const influx = connect('one');
  expect(await influx.ping(5000)).toMatchObject([
    { online: true, version: expect.stringMatching(/^1\.8/) },
  ]);
  await influx.createDatabase('one');
  await influx.createDatabase('odd "name"\\');
  expect(await influx.getDatabaseNames()).toEqual(['odd "name"\\', 'one']);
  await pipeline.schema('odd "name"\\');
  expect(await influx.getMeasurements('one')).toEqual([]);
  expect(Array.from(await influx.showRetentionPolicies('one'))).toMatchObject([
    { name: 'autogen', default: true },
  ]);
});

test('influx 1.x client - points of every type are stored as they were given', async () => {
  const influx = connect('types');
  const measurement = 'rooms&halls';
  await influx.writePoints([
    {
      measurement,
      tags: { name: 'a, b = c', 'the floor': 'first' },
      fields: { temperature: 21.5, people: 3, open: true, note: 'dry, "cold" \\ ü' },
      timestamp: toNanoDate('1767225600123456789'),
    },
    {
      measurement,
      tags: { name: 'a, b = c', 'the floor': 'first' },
      fields: { temperature: -1e-7, people: -9007199254740991, open: false, note: '' },
      timestamp: toNanoDate('1767225600123456790'),
    },
  ]);
  const tags = '{"name": "a, b = c", "the floor": "first"}';
  const common = { tags: expect.any(String), time: '2026-01-01T00:00:00.123456+00:00' };
  const rows = await pipeline.rows('types', measurement, 2);
  expect(rows.sort((a, b) => Number(a.ns) - Number(b.ns))).toEqual([
    {
      ...common,
      ns: '789',
      temperature: '21.5',
      people: '3',
      open: 'true',
      note: 'dry, "cold" \\ ü',
    },
    {
      ...common,
      ns: '790',
      temperature: '-1e-07',
      people: '-9007199254740991',
      open: 'false',
      note: '',
    },
  ]);
  for (const row of rows) expect(JSON.parse(row.tags ?? '')).toEqual(JSON.parse(tags));
});

test('influx 1.x client - drops a measurement and a database, and is told how series are deleted', async () => {
  const influx = connect('drops');
  const write = (f: number | string) => {
    const tags = { host: 'a' };
    return influx.writePoints(
      ['one', 'two'].map((measurement) => ({ measurement, tags, fields: { f } })),
    );
  };
  await write(1);
  await pipeline.rows('drops', 'one', 1);
  await influx.dropMeasurement('one', 'drops');
  expect(await influx.getMeasurements('drops')).toEqual(['two']);
  const refused = await influx
    .dropSeries({ measurement: (m) => m.name('two'), database: 'drops' })
    .then(
      () => undefined,
      (reason: Error) => reason,
    );
  expect(refused?.message).toContain('overseer delete');
  await influx.dropDatabase('drops');
  expect(await influx.getDatabaseNames()).not.toContain('drops');
  await influx.createDatabase('drops');
  await write('text');
  expect(await pipeline.rows('drops', 'two', 1)).toMatchObject([{ f: 'text' }]);
});

test('influx 1.x client - every precision of its own, and a retention policy', async () => {
  const influx = connect('precisions');
  const time = new Date('2026-01-01T10:00:00Z');
  for (const precision of ['n', 'u', 'ms', 's', 'm', 'h'] as const) {
    const point = { measurement: precision, fields: { f: 1 }, timestamp: time };
    await influx.writePoints([point], { precision });
    expect(await pipeline.rows('precisions', precision, 1)).toMatchObject([
      { time: '2026-01-01T10:00:00+00:00' },
    ]);
  }
  const point = { measurement: 'm', fields: { f: 2 }, timestamp: time };
  await influx.writePoints([point], { retentionPolicy: 'weekly' });
  expect(await pipeline.rows('precisions/weekly', 'm', 1)).toMatchObject([{ f: '2' }]);
});

test('influx 1.x client - a type conflict is an error that says which', async () => {
  const influx = connect('conflicts');
  const write = (body: string) =>
    fetch(`${pipeline.url}/write?db=conflicts`, { method: 'POST', body });
  expect((await write('"m" f=1i')).status).toBe(204);
  const error = await influx.writePoints([{ measurement: '"m"', fields: { f: 1.5 } }]).then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error?.message).toContain('field type conflict');
  expect(error?.message).toContain('is integer, not float');
});
