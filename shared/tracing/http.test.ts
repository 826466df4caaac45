import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { OtlpReceiver, type ReceivedSpan, waitUntil } from '@overseer/local/testing';
import type { AnyElysia, Elysia } from 'elysia';
import { createLogger } from '../log.ts';
import { tracedApp } from './http.ts';
import { activeSpan, inSpan, SpanKind, startTracing, stopTracing, traceHeaders } from './mod.ts';

const log = createLogger('test');
const SECRET = 'hunter2';
const DEADLINE_MS = 20_000;

/** Echoes what a handler sees of its trace. */
function routes(app: Elysia): AnyElysia {
  return app
    .post('/write', ({ request }) => answer(new URL(request.url).searchParams.get('db')))
    .get('/things/:name', () =>
      inSpan('look', { kind: SpanKind.CLIENT }, () => new Response('one')),
    )
    .get('/broken', () => {
      throw new Error(`a message with ${SECRET}`);
    })
    .onError(() => new Response('sorry', { status: 500 }));
}

async function answer(db: string | null): Promise<Response> {
  activeSpan()?.setAttribute('overseer.database', db ?? '');
  await Promise.resolve();
  return Response.json(traceHeaders() ?? {}, { status: db === 'none' ? 400 : 200 });
}

describe('http tracing', () => {
  let receiver: OtlpReceiver;
  let app: AnyElysia;

  beforeEach(() => {
    receiver = new OtlpReceiver();
  });

  afterEach(async () => {
    await stopTracing();
    await app?.stop(true);
    await receiver[Symbol.asyncDispose]();
  });

  async function serve(environment: Readonly<Record<string, string>>): Promise<void> {
    Object.assign(process.env, environment);
    await startTracing({ service: 'test', log, http: true });
    for (const name of Object.keys(environment)) delete process.env[name];
    app = tracedApp({ build: routes, wants: ({ url }) => !url.endsWith('/unwanted') });
    app.listen({ hostname: '127.0.0.1', port: 0 });
  }

  const fetchFrom = (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${app.server?.port}${path}`, init);

  async function spans(count: number): Promise<readonly ReceivedSpan[]> {
    await waitUntil(() => receiver.spans.length >= count, {
      what: `${count} spans`,
      deadlineMs: DEADLINE_MS,
    });
    return receiver.spans;
  }

  test('a request - is a server span with the names of the semantic conventions', async () => {
    await serve(receiver.environment);
    await fetchFrom('/things/a?db=weather', { headers: { 'user-agent': 'tests' } });
    const received = await spans(3);
    const server = received.find(({ kind }) => kind === 'server');
    expect(server).toMatchObject({
      name: 'GET /things/:name',
      parentSpanId: '',
      isError: false,
      service: 'overseer-test',
    });
    expect(server?.attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.route': '/things/:name',
      'http.response.status_code': 200,
      'url.path': '/things/a',
      'url.query': 'db=weather',
      'url.scheme': 'http',
      'server.address': '127.0.0.1',
      'server.port': app.server?.port,
      'user_agent.original': 'tests',
    });
    expect(receiver.drawn(server?.traceId ?? '')).toEqual([
      'overseer-test: GET /things/:name',
      '  overseer-test: Handle',
      '    overseer-test: look',
    ]);
  });

  test('an answer - has its own status, and only that of a server is an error', async () => {
    await serve(receiver.environment);
    for (const path of ['/write?db=a', '/write?db=none']) await fetchFrom(path, { method: 'POST' });
    await fetchFrom('/broken');
    await spans(5);
    const outcomes = receiver.spans
      .filter(({ kind }) => kind === 'server')
      .map(({ attributes, isError }) => [attributes['http.response.status_code'], isError]);
    expect(outcomes).toEqual([
      [200, false],
      [400, false],
      [500, true],
    ]);
  });

  test('secrets - leave the service in no span', async () => {
    await serve(receiver.environment);
    const headers = { authorization: `Token ${SECRET}`, cookie: `session=${SECRET}` };
    const query = `db=weather&u=anna&p=${SECRET}&q=${SECRET}&${SECRET}&${SECRET}=1`;
    await fetchFrom(`/write?${query}`, { method: 'POST', headers, body: `cpu load=1 ${SECRET}` });
    await fetchFrom('/broken', { headers });
    const received = await spans(4);
    const told = JSON.stringify(received, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(told).not.toContain(SECRET);
    expect(told).toContain('db=weather&u=REDACTED&p=REDACTED&q=REDACTED');
    expect(told).toContain('"overseer.database":"weather"');
  });

  test('a traceparent - is continued, its tracestate too', async () => {
    await serve(receiver.environment);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const parent = 'b7ad6b7169203331';
    const headers = { traceparent: `00-${traceId}-${parent}-01`, tracestate: 'vendor=1' };
    const response = await fetchFrom('/write', { method: 'POST', headers });
    expect(await response.json()).toMatchObject({
      traceparent: expect.stringMatching(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`)),
      tracestate: 'vendor=1',
    });
    await spans(2);
    const server = receiver.trace(traceId).find(({ kind }) => kind === 'server');
    expect(server?.parentSpanId).toBe(parent);
  });

  test('one that is not sampled, or not wanted - is not recorded', async () => {
    await serve(receiver.environment);
    const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
    const response = await fetchFrom('/write', { method: 'POST', headers });
    expect(await response.json()).toEqual({});
    await fetchFrom('/unwanted');
    await fetchFrom('/things/a');
    await spans(3);
    expect(receiver.spans.map(({ name }) => name).sort()).toEqual([
      'GET /things/:name',
      'Handle',
      'look',
    ]);
  });

  test('clients that want everything recorded - get some of it', async () => {
    await serve({ ...receiver.environment, OTEL_TRACES_SAMPLER: 'parentbased_ratelimited' });
    let recorded = 0;
    for (let i = 0; i < 200; i++) {
      const traceId = i.toString(16).padStart(32, 'a');
      const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
      const response = await fetchFrom('/write', { method: 'POST', headers });
      if (JSON.stringify(await response.json()) !== '{}') recorded++;
    }
    expect(recorded).toBeGreaterThanOrEqual(10);
    expect(recorded).toBeLessThan(100);
  });

  test('protobuf - is what is sent by default', async () => {
    const { OTEL_EXPORTER_OTLP_PROTOCOL: _, ...environment } = receiver.environment;
    await serve({
      ...environment,
      OTEL_SERVICE_NAME: 'mine',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=tests',
      OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc',
    });
    await fetchFrom('/things/a');
    await spans(3);
    expect([...receiver.contentTypes]).toEqual(['application/x-protobuf']);
    expect(receiver.lastHeaders.get('api-key')).toBe('abc');
    expect(receiver.spans.map(({ name }) => name)).toContain('GET /things/:name');
    expect(receiver.spans[0]).toMatchObject({
      service: 'mine',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      resource: {
        'service.namespace': 'overseer',
        'service.version': expect.any(String),
        'service.instance.id': expect.any(String),
        'deployment.environment.name': 'tests',
      },
    });
  });

  test('tracing that nobody asked for - leaves the app as it is', async () => {
    await serve({});
    const response = await fetchFrom('/write', { method: 'POST' });
    expect(await response.json()).toEqual({});
    expect(activeSpan()).toBeUndefined();
    expect(receiver.requests).toBe(0);
  });

  test('a collector that is slow or away - does not keep a service from stopping', async () => {
    receiver.mood = 'slow';
    await serve(receiver.environment);
    await fetchFrom('/things/a');
    await waitUntil(() => receiver.requests > 0, { what: 'an export', deadlineMs: DEADLINE_MS });
    const startedAt = performance.now();
    await stopTracing();
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(receiver.spans).toEqual([]);
  });
});
