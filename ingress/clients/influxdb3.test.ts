import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import {
  HttpError,
  InfluxDBClient,
  Point,
  setLogger,
  type WriteOptions,
} from '@influxdata/influxdb3-client';
import { WholePipeline } from '../testing/whole-pipeline.ts';

setDefaultTimeout(120_000);

const FIRST_NS = 1_767_225_600_000_000_000n;
/** By version 2 of the API, and by version 3, which the client takes for writes without a wait. */
const WAYS: readonly (readonly [name: string, options: Partial<WriteOptions>])[] = [
  ['by version 2', {}],
  ['by version 3', { noSync: true }],
];

let pipeline: WholePipeline;
const loggerBefore = setLogger({ error: () => undefined, warn: () => undefined });

beforeAll(async () => {
  pipeline = await WholePipeline.start();
});

afterAll(async () => {
  setLogger(loggerBefore);
  await pipeline?.[Symbol.asyncDispose]();
});

function connect(database: string): InfluxDBClient {
  return new InfluxDBClient({ host: pipeline.url, database, token: 'any' });
}

test('influxdb3-client - asks for the version', async () => {
  const client = connect('any');
  expect(await client.getServerVersion()).toMatch(/^1\.8\..*overseer/);
  await client.close();
});

test.each(WAYS)('influxdb3-client - points of every type are stored %s', async (name, options) => {
  const client = connect(name);
  const point = Point.measurement('rooms & halls, all')
    .setTag('na=me', 'a\\b c')
    .setFloatField('f', -1.25e-7)
    .setIntegerField('i', Number.MIN_SAFE_INTEGER)
    .setUintegerField('u', Number.MAX_SAFE_INTEGER)
    .setBooleanField('b', true)
    .setStringField('s, =t', 'dry, "cold" \\ ü\nnext')
    .setTimestamp(`${FIRST_NS + 123_456_789n}`);
  await client.write(point, undefined, undefined, { ...options, precision: 'ns' });
  await client.close();
  expect(await pipeline.rows(name, 'rooms & halls, all', 1)).toEqual([
    {
      time: '2026-01-01T00:00:00.123456+00:00',
      ns: '789',
      tags: '{"na=me": "a\\\\b c"}',
      f: '-1.25e-07',
      i: String(Number.MIN_SAFE_INTEGER),
      u: String(Number.MAX_SAFE_INTEGER),
      b: 'true',
      's, =t': 'dry, "cold" \\ ü\nnext',
    },
  ]);
});

test.each(WAYS)('influxdb3-client - precisions and compressed bodies %s', async (name, options) => {
  const database = `precisions ${name}`;
  const client = connect(database);
  const units = { ns: 1n, us: 1000n, ms: 1_000_000n, s: 1_000_000_000n };
  for (const precision of ['ns', 'us', 'ms', 's'] as const) {
    const lines = Array.from(
      { length: 100 },
      (_, i) => `${precision},host=h${i} f=${i} ${FIRST_NS / units[precision]}`,
    );
    const how = { ...options, precision, gzipThreshold: 100 };
    await client.write(lines.join('\n'), undefined, undefined, how);
    const rows = await pipeline.rows(database, precision, lines.length);
    expect(new Set(rows.map(({ time }) => time))).toEqual(new Set(['2026-01-01T00:00:00+00:00']));
  }
  await client.close();
});

test.each(WAYS)('influxdb3-client - lines that are refused are told %s', async (name, options) => {
  const database = `refused ${name}`;
  const client = connect(database);
  const lines = 'm f=1 1\nm f=oops 2\nm f=3 3';
  const error = await client.write(lines, undefined, undefined, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await client.close();
  expect(error).toBeInstanceOf(HttpError);
  expect(error).toMatchObject({ statusCode: 400 });
  expect(String(error)).toMatch(/line 2.*oops|oops.*line 2/);
  expect(await pipeline.rows(database, 'm', 2)).toHaveLength(2);
});
