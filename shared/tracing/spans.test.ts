import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { OtlpReceiver, type ReceivedSpan, waitUntil } from '@overseer/local/testing';
import { createLogger } from '../log.ts';
import {
  activeSpan,
  CHILDREN_MAX,
  detached,
  inRootSpan,
  inSpan,
  inStatement,
  LINKS_MAX,
  nameDatabase,
  originOf,
  originsOf,
  SpanKind,
  startTracing,
  stopTracing,
  traceHeaders,
} from './mod.ts';
import { spanCounts } from './span-counts.ts';

const log = createLogger('test');
const DEADLINE_MS = 20_000;
const headersOf = (digit: string) => ({
  traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01`,
});

describe('spans', () => {
  let receiver: OtlpReceiver;

  beforeEach(() => {
    receiver = new OtlpReceiver();
  });

  afterEach(async () => {
    await stopTracing();
    await receiver[Symbol.asyncDispose]();
  });

  async function start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const all = { ...receiver.environment, ...environment };
    Object.assign(process.env, all);
    await startTracing({ service: 'test', log });
    for (const name of Object.keys(all)) delete process.env[name];
  }

  /** Ends tracing, which sends what there is. */
  async function sent(): Promise<readonly ReceivedSpan[]> {
    await stopTracing();
    return receiver.spans;
  }

  test('an action - runs in its span, and gives what it gives', async () => {
    await start();
    const value = await inRootSpan('outer', { attributes: { a: 1 } }, async () => {
      await Promise.resolve();
      return inSpan('inner', { kind: SpanKind.CLIENT }, () => 42);
    });
    expect(value).toBe(42);
    const spans = await sent();
    const outer = spans.find(({ name }) => name === 'outer');
    expect(outer).toMatchObject({ kind: 'internal', parentSpanId: '', attributes: { a: 1 } });
    expect(spans.find(({ name }) => name === 'inner')).toMatchObject({
      kind: 'client',
      parentSpanId: outer?.spanId,
    });
  });

  test('one that fails - fails its span, with the kind of the error and not its words', async () => {
    await start();
    const fail = () => {
      throw Object.assign(new Error('the password is hunter2'), { code: '23505' });
    };
    expect(() => inRootSpan('now', {}, fail)).toThrow('hunter2');
    const later = inRootSpan('later', {}, async () => fail()).catch(
      (error: Error) => error.message,
    );
    expect(await later).toContain('hunter2');
    const spans = await sent();
    expect(spans.map(({ name }) => name).sort()).toEqual(['later', 'now']);
    for (const { isError, attributes } of spans) {
      expect([isError, attributes]).toEqual([true, { 'error.type': '23505' }]);
    }
  });

  test('work for several - is a child of the first, with links to the others', async () => {
    await start();
    const origins = originsOf([
      { headers: {} },
      { headers: headersOf('1') },
      { headers: { traceparent: 'nonsense' } },
      { headers: { traceparent: headersOf('2').traceparent.replace(/01$/, '00') } },
      { headers: headersOf('3') },
    ]);
    inSpan('both', { origins }, () => undefined);
    const [span] = await sent();
    expect(span).toMatchObject({
      traceId: '1'.repeat(32),
      parentSpanId: '1'.repeat(16),
      links: [{ traceId: '3'.repeat(32), spanId: '3'.repeat(16) }],
    });
  });

  test('work for thousands - names some of them', async () => {
    await start();
    const messages = Array.from({ length: 5000 }, () => ({ headers: headersOf('4') }));
    inSpan('all', { origins: originsOf(messages) }, () => undefined);
    const [span] = await sent();
    expect(span?.links).toHaveLength(LINKS_MAX);
  });

  test('work for nobody who is traced - is not recorded, wherever it runs', async () => {
    await start();
    inRootSpan('outer', {}, () => {
      inSpan('shared', { origins: [] }, (span) => {
        expect([span, activeSpan(), traceHeaders()]).toEqual([undefined, undefined, undefined]);
      });
      detached(() => expect(activeSpan()).toBeUndefined());
      expect(activeSpan()).toBeDefined();
    });
    expect((await sent()).map(({ name }) => name)).toEqual(['outer']);
  });

  test('what outlives a span - is not a part of it', async () => {
    await start();
    const { promise, resolve } = Promise.withResolvers<void>();
    let later: Promise<void> | undefined;
    inRootSpan('outer', {}, () => {
      later = promise.then(() => inSpan('late', {}, () => undefined));
    });
    resolve();
    await later;
    expect((await sent()).map(({ name }) => name)).toEqual(['outer']);
  });

  test('children - are recorded up to a limit, and counted beyond it', async () => {
    await start();
    inRootSpan('outer', {}, () => {
      for (let i = 0; i < CHILDREN_MAX + 7; i++) inSpan('child', {}, () => undefined);
    });
    const spans = await sent();
    expect(spans).toHaveLength(1 + CHILDREN_MAX);
    const outer = spans.find(({ name }) => name === 'outer');
    expect(outer?.attributes).toEqual({ 'overseer.spans.unrecorded': 7 });
  });

  test('headers - carry the trace on', async () => {
    await start();
    const headers = inRootSpan('sender', {}, () => traceHeaders());
    const origin = originOf(headers ?? {});
    inSpan('taker', { origins: origin ? [origin] : [] }, () => undefined);
    const spans = await sent();
    const sender = spans.find(({ name }) => name === 'sender');
    expect(spans.find(({ name }) => name === 'taker')).toMatchObject({
      traceId: sender?.traceId,
      parentSpanId: sender?.spanId,
    });
  });

  test('a statement - says where it runs, without user and password', async () => {
    await start();
    nameDatabase('postgres://anna:hunter2@db.example:5433/metrics');
    inRootSpan('outer', {}, () => inStatement({ operation: 'COPY', table: 't' }, () => undefined));
    const spans = await sent();
    expect(spans.find(({ name }) => name === 'COPY t')).toMatchObject({
      kind: 'client',
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'COPY',
        'db.collection.name': 't',
        'db.namespace': 'metrics',
        'server.address': 'db.example',
        'server.port': 5433,
      },
    });
    expect(JSON.stringify(spans.map(({ attributes }) => attributes))).not.toContain('hunter2');
  });

  test('a collector that takes nothing - costs a bounded number of spans, and the rest is counted', async () => {
    receiver.mood = 'slow';
    await start({ OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' });
    const before = spanCounts.dropped;
    for (let i = 0; i < 1000; i++) inRootSpan('one of many', {}, () => undefined);
    expect(spanCounts.dropped - before).toBe(900);
    await waitUntil(() => receiver.requests > 0, { what: 'an export', deadlineMs: DEADLINE_MS });
  });

  test('a collector that is away - is told of in the log once, and its spans are counted', async () => {
    const said: string[] = [];
    const watched = Object.create(log, {
      warn: { value: (_: object, text: string) => said.push(text) },
    });
    receiver.mood = 'failing';
    Object.assign(process.env, receiver.environment);
    await startTracing({ service: 'test', log: watched });
    for (const name of Object.keys(receiver.environment)) delete process.env[name];
    const before = spanCounts.failed;
    for (let i = 1; i <= 3; i++) {
      inRootSpan('lost', {}, () => undefined);
      // What a test before this one could not send may be counted meanwhile.
      const isOver = () => receiver.requests >= i && spanCounts.failed - before >= i;
      await waitUntil(isOver, { what: `export ${i}`, deadlineMs: DEADLINE_MS });
    }
    expect(said).toEqual(['traces can’t be exported; what they tell of now is lost']);
  });

  test('off - runs everything as if there were none of this', () => {
    const traced = inRootSpan('outer', {}, (span) => [span, inSpan('inner', {}, (inner) => inner)]);
    expect(traced).toEqual([undefined, undefined]);
    expect(originsOf([{ headers: headersOf('5') }])).toEqual([]);
    expect(traceHeaders()).toBeUndefined();
  });
});
