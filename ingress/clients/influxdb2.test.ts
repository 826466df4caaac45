import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import {
  HttpError,
  InfluxDB,
  Point,
  setLogger,
  type WriteOptions,
} from '@influxdata/influxdb-client';
import { waitUntil } from '@overseer/local/testing';
import { WholePipeline } from '../testing/whole-pipeline.ts';

setDefaultTimeout(120_000);

const FIRST_NS = 1_767_225_600_000_000_000n;
/** Long enough for every batch and retry of a test. */
const DEADLINE_MS = 60_000;

let pipeline: WholePipeline;
const loggerBefore = setLogger({ error: () => undefined, warn: () => undefined });

beforeAll(async () => {
  pipeline = await WholePipeline.start();
});

afterAll(async () => {
  setLogger(loggerBefore);
  await pipeline?.[Symbol.asyncDispose]();
});

function writer(bucket: string, options: Partial<WriteOptions> = {}) {
  const client = new InfluxDB({ url: pipeline.url, token: 'any' });
  return client.getWriteApi('any org', bucket, 'ns', { flushInterval: 0, ...options });
}

test('influxdb-client 2 - points of every type are stored as they were given', async () => {
  const api = writer('types');
  api.useDefaultTags({ site: 'north, 1' });
  api.writePoint(
    new Point('rooms & halls, all')
      .tag('na=me', 'a\\b c')
      .floatField('f', 5e-324)
      .intField('i', Number.MIN_SAFE_INTEGER)
      .uintField('u', '18446744073709551615')
      .booleanField('b', false)
      .stringField('s, =t', 'dry, "cold" \\ ü\nnext')
      .timestamp(`${FIRST_NS + 123_456_789n}`),
  );
  await api.close();
  const [row] = await pipeline.rows('types', 'rooms & halls, all', 1);
  expect(row).toEqual({
    time: '2026-01-01T00:00:00.123456+00:00',
    ns: '789',
    tags: expect.any(String),
    f: '5e-324',
    i: String(Number.MIN_SAFE_INTEGER),
    u: '18446744073709551615',
    b: 'false',
    's, =t': 'dry, "cold" \\ ü\nnext',
  });
  expect(JSON.parse(row?.tags ?? '')).toEqual({ 'na=me': 'a\\b c', site: 'north, 1' });
});

test('influxdb-client 2 - its own batches, compressed, arrive as a whole', async () => {
  const count = 5000;
  const api = writer('batches', { batchSize: 300, gzipThreshold: 1000 });
  for (let i = 0; i < count; i++) {
    const time = `${FIRST_NS + BigInt(i) * 1_000_000n}`;
    api.writePoint(
      new Point('m')
        .tag('host', `h${i % 50}`)
        .floatField('f', i / 7)
        .timestamp(time),
    );
  }
  await api.close();
  const rows = await pipeline.rows('batches', 'm', count);
  expect(rows.map(({ f }) => Number(f))).toEqual(Array.from({ length: count }, (_, i) => i / 7));
});

test('influxdb-client 2 - lines that are refused are told once, and not sent again', async () => {
  const failures: { error: Error; attempt: number }[] = [];
  const api = writer('refused', {
    writeFailed: (error, _lines, attempt) => {
      failures.push({ error, attempt });
      return Promise.resolve();
    },
  });
  api.writeRecords(['m f=1 1', 'm f=oops 2', 'm f=3 3']);
  await api.close();
  expect(failures).toHaveLength(1);
  const { error, attempt } = failures[0] as (typeof failures)[number];
  expect(attempt).toBe(1);
  expect(error).toBeInstanceOf(HttpError);
  expect(error).toMatchObject({ statusCode: 400, code: 'invalid' });
  expect(error.message).toContain('(line 2)');
  expect(await pipeline.rows('refused', 'm', 2)).toHaveLength(2);
});

test('influxdb-client 2 - what an outage held up comes by the client’s own retries', async () => {
  const statuses: (number | undefined)[] = [];
  let written = 0;
  const api = writer('retried', {
    minRetryDelay: 50,
    maxRetryDelay: 250,
    retryJitter: 0,
    maxRetries: 1000,
    writeFailed: (error) => void statuses.push((error as HttpError).statusCode),
    writeSuccess: (lines) => {
      written += lines.length;
    },
  });
  await pipeline.nats.kill();
  api.writeRecord('m f=1 1');
  await api.flush(false).catch(() => undefined);
  await waitUntil(() => statuses.includes(503), {
    what: 'a write to be answered 503',
    deadlineMs: DEADLINE_MS,
  });
  await pipeline.nats.restart();
  await waitUntil(() => written === 1, {
    what: 'the client to send the line again',
    deadlineMs: DEADLINE_MS,
  });
  await api.close();
  expect(await pipeline.rows('retried', 'm', 1)).toMatchObject([{ f: '1' }]);
  expect(new Set(statuses)).toEqual(new Set([503]));
});
