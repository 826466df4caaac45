import { afterEach, beforeEach, expect, test } from 'bun:test';
import { hostname } from 'node:os';
import { OtlpReceiver, type ReceivedLog, waitUntil } from '@overseer/local/testing';
import { createLogger } from '../log.ts';
import { inRootSpan, startTelemetry, stopTelemetry } from './mod.ts';

const log = createLogger('test');
const DEADLINE_MS = 20_000;
let receiver: OtlpReceiver;

beforeEach(() => {
  receiver = new OtlpReceiver();
});

afterEach(async () => {
  await stopTelemetry();
  await receiver[Symbol.asyncDispose]();
});

/** The SDK reads the environment while it is made. */
async function start(environment: Readonly<Record<string, string>>): Promise<void> {
  Object.assign(process.env, environment);
  try {
    await startTelemetry({ service: 'test', log });
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
  }
}

function received(body: string): Promise<ReceivedLog> {
  return waitUntil(() => receiver.logs.find((line) => line.body === body), {
    what: `the line "${body}"`,
    deadlineMs: DEADLINE_MS,
  });
}

for (const protocol of ['http/json', 'http/protobuf']) {
  test(`log exporter - a line by ${protocol} has severity, text, attributes and resource`, async () => {
    await start({ ...receiver.environment, OTEL_EXPORTER_OTLP_PROTOCOL: protocol });
    log.child({ worker: 2 }).warn({ stream: { created: 'x' }, url: 'nats://u:p@h' }, 'a warning');
    expect(await received('a warning')).toMatchObject({
      severity: 'WARN',
      traceId: '',
      attributes: {
        'overseer.worker': 2,
        'overseer.stream': '{"created":"x"}',
        'overseer.url': 'nats://***@h',
      },
      service: 'overseer-test',
      resource: { 'service.instance.id': hostname(), 'process.pid': process.pid },
    });
  });
}

test('log exporter - an error has the names of the semantic conventions, with its causes', async () => {
  await start(receiver.environment);
  const cause = new TypeError('no such thing');
  log.error({ err: new Error('can’t store', { cause }) }, 'storing failed');
  const { severity, attributes } = await received('storing failed');
  expect(severity).toBe('ERROR');
  expect(attributes).toMatchObject({
    'exception.type': 'Error',
    'exception.message': 'can’t store',
    'exception.stacktrace': expect.stringContaining('Caused by: TypeError: no such thing'),
  });
});

test('log exporter - a line within a span belongs to it, and a count of several to none', async () => {
  await start(receiver.environment);
  const span = inRootSpan('work', {}, (started) => {
    for (let i = 0; i < 10; i++) log.warn({ number: i }, 'within');
    return started?.spanContext();
  });
  const { traceId, spanId } = await received('within');
  expect([traceId, spanId]).toEqual([span?.traceId ?? '', span?.spanId ?? '']);
  await stopTelemetry();
  const count = receiver.logs.find((line) => String(line.body).startsWith('within: 7 more times'));
  expect(count).toMatchObject({ traceId: '', attributes: { 'overseer.repeated': 7 } });
});

test('log exporter - a collector that fails is told of once, and not for ever about itself', async () => {
  receiver.mood = 'failing';
  await start(receiver.environment);
  log.info('lost');
  await waitUntil(() => receiver.requests >= 2, { what: 'two exports', deadlineMs: DEADLINE_MS });
  receiver.mood = 'well';
  log.info('kept');
  await received('kept');
  await waitUntil(() => receiver.logs.some(({ body }) => body === 'logs are exported again'), {
    what: 'the word that all is well',
    deadlineMs: DEADLINE_MS,
  });
  const about = receiver.logs.filter(({ body }) => String(body).startsWith('logs '));
  expect(about.length).toBeLessThanOrEqual(2);
});

test('log exporter - a collector that is slow holds up nobody', async () => {
  receiver.mood = 'slow';
  await start({ ...receiver.environment, OTEL_BLRP_MAX_QUEUE_SIZE: '10' });
  for (let i = 0; i < 1000; i++) log.info({ number: i }, `line ${'x'.repeat(i % 50)}`);
  await waitUntil(() => receiver.requests > 0, { what: 'an export', deadlineMs: DEADLINE_MS });
  const startedAt = performance.now();
  await stopTelemetry();
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test('log exporter - OTEL_LOGS_EXPORTER=none keeps the log here', async () => {
  await start({ ...receiver.environment, OTEL_LOGS_EXPORTER: 'none' });
  inRootSpan('work', {}, () => log.info('here'));
  await stopTelemetry();
  expect(receiver.spans.map(({ name }) => name)).toEqual(['work']);
  expect(receiver.logs).toEqual([]);
});
