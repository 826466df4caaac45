/** The trace of a write, through real services, as a collector receives it. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import {
  OtlpReceiver,
  type ReceivedSpan,
  type Service,
  startNats,
  startPostgres,
  startService,
  waitUntil,
} from '@overseer/local/testing';

const START_MAX_MS = 60_000;
const TRACE_MAX_MS = 20_000;
const FILE_STORE_BYTES_MAX = 8 * 1024 ** 3;
/** As the client that begins the trace names its own span. */
const CLIENT_SPAN = 'b7ad6b7169203331';
const SECRET = 'hunter2';
/** Waits long enough for requests that are sent together to share a batch. */
const COALESCE_MS = '200';

describe('trace of a write', () => {
  const started = new AsyncDisposableStack();
  let receiver: OtlpReceiver;
  let ingress: Service;
  let store: Service;

  beforeAll(async () => {
    receiver = started.use(new OtlpReceiver());
    const nats = started.use(await startNats({ fileStoreBytesMax: FILE_STORE_BYTES_MAX }));
    const postgres = started.use(await startPostgres());
    const environment = {
      ...receiver.environment,
      // Traces that clients begin, and no others.
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
      NATS_URL: nats.url,
      DATABASE_URL: postgres.url,
      PARTITIONS: '1',
      COALESCE_MS,
    };
    store = started.use(await startService('store', environment));
    ingress = started.use(await startService('ingress', environment));
    started.use(await startService('processor', environment));
  }, START_MAX_MS);

  afterAll(() => started.disposeAsync());

  /** @param traceId undefined: the client traces nothing */
  const write = (body: string, traceId?: string) =>
    fetch(`${ingress.url}/write?db=weather&u=anna&p=${SECRET}`, {
      method: 'POST',
      body,
      headers: traceId ? { traceparent: `00-${traceId}-${CLIENT_SPAN}-01` } : {},
    });

  /** Waits until the trace has so many spans of that name. */
  async function traceWith(traceId: string, name: string, count = 1): Promise<ReceivedSpan[]> {
    const named = () => receiver.trace(traceId).filter((span) => span.name === name);
    const what = `${count} × "${name}"`;
    await waitUntil(() => named().length >= count, { what, deadlineMs: TRACE_MAX_MS });
    return receiver.trace(traceId);
  }

  const whole = (traceId: string) =>
    traceWith(traceId, 'publish updates.of.{database}.{measurement}');

  function spanOf(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
    const span = spans.find((candidate) => candidate.name === name);
    if (!span) throw new Error(`no span is called ${name}`);
    return span;
  }

  test('a write - is one trace from the request to the update', async () => {
    const traceId = '1'.repeat(32);
    const response = await write('cpu,host=a load=1 1000000000\n', traceId);
    expect(response.status).toBe(204);
    const spans = await whole(traceId);
    expect(receiver.drawn(traceId)).toEqual([
      'overseer-ingress: POST /write',
      '  overseer-ingress: Handle',
      '    overseer-ingress: read body',
      '    overseer-ingress: parse',
      '    overseer-ingress: publish points.{partition}',
      '      overseer-store: process points.{partition}',
      '        overseer-store: plan',
      '        overseer-store: UPDATE overseer.progress',
      '        overseer-store: COPY points.m1',
      '        overseer-store: INSERT overseer.newest',
      '        overseer-store: COMMIT',
      '        overseer-store: publish stored.{partition}',
      '          overseer-processor: process stored.{partition}',
      '            overseer-processor: publish updates.of.{database}.{measurement}',
    ]);
    expect(spanOf(spans, 'POST /write').parentSpanId).toBe(CLIENT_SPAN);
    expect(spans.filter(({ isError }) => isError)).toEqual([]);
    for (const { startNs, endNs } of spans) expect(endNs >= startNs).toBe(true);
  });

  test('spans - have the kinds and attributes of the semantic conventions', async () => {
    const traceId = '2'.repeat(32);
    await write('cpu,host=a load=2 2000000000\ncpu,host=b load=2 2000000000\n', traceId);
    const spans = await whole(traceId);
    const points = {
      'messaging.system': 'nats',
      'messaging.destination.name': 'points.0',
      'messaging.destination.template': 'points.{partition}',
      'messaging.destination.partition.id': '0',
    };
    expect(spanOf(spans, 'POST /write')).toMatchObject({
      kind: 'server',
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/write',
        'http.response.status_code': 204,
        'http.request.body.size': 58,
        'url.path': '/write',
        'url.scheme': 'http',
        'url.query': 'db=weather&u=REDACTED&p=REDACTED',
        'server.address': '127.0.0.1',
        'server.port': Number(new URL(ingress.url).port),
      },
    });
    expect(spanOf(spans, 'Handle').attributes).toEqual({
      'overseer.database': 'weather',
      'overseer.lines': 2,
      'overseer.lines.rejected': 0,
    });
    expect(spanOf(spans, 'publish points.{partition}')).toMatchObject({
      kind: 'producer',
      attributes: {
        ...points,
        'messaging.operation.name': 'publish',
        'messaging.operation.type': 'send',
        'messaging.message.id': expect.stringMatching(/^\d+$/),
        'messaging.message.body.size': expect.any(Number),
        'overseer.batch.requests': 1,
      },
    });
    expect(spanOf(spans, 'process points.{partition}')).toMatchObject({
      kind: 'consumer',
      attributes: {
        ...points,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.batch.message_count': 1,
        'overseer.rows': 2,
        'overseer.rows.merged': 0,
        'overseer.tables': 1,
      },
    });
    const statement = { 'db.system.name': 'postgresql', 'db.namespace': 'overseer' };
    expect(spanOf(spans, 'COPY points.m1')).toMatchObject({
      kind: 'client',
      attributes: {
        ...statement,
        'db.operation.name': 'COPY',
        'db.collection.name': 'points.m1',
        'server.address': '127.0.0.1',
        'overseer.rows': 2,
        'overseer.copy.bytes': expect.any(Number),
      },
    });
    expect(spanOf(spans, 'COMMIT').attributes).toMatchObject({
      ...statement,
      'db.operation.name': 'COMMIT',
    });
    expect(spanOf(spans, 'publish stored.{partition}').kind).toBe('producer');
    expect(spanOf(spans, 'process stored.{partition}').kind).toBe('consumer');
    expect(spanOf(spans, 'publish updates.of.{database}.{measurement}')).toMatchObject({
      kind: 'producer',
      attributes: { 'messaging.destination.name': 'updates.of.weather.cpu' },
    });
  });

  test('resources - say which process of which service it was', async () => {
    const traceId = '3'.repeat(32);
    await write('cpu,host=a load=3 3000000000\n', traceId);
    const spans = await whole(traceId);
    const services = new Map(spans.map(({ service, resource }) => [service, resource]));
    expect([...services.keys()]).toEqual([
      'overseer-ingress',
      'overseer-store',
      'overseer-processor',
    ]);
    for (const resource of services.values()) {
      expect(resource).toMatchObject({
        'service.namespace': 'overseer',
        'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
        'service.instance.id': expect.stringMatching(/./),
      });
    }
    const processes = [...services.values()].map((resource) => resource['process.pid']);
    expect(new Set(processes).size).toBe(3);
  });

  test('a batch of several requests - belongs to the first, with links to the others', async () => {
    const traceIds = ['4', '5', '6'].map((digit) => digit.repeat(32));
    const writes = traceIds.map((traceId, i) => write(`mem free=${i} 400000000${i}\n`, traceId));
    await Promise.all([...writes, write('mem free=9 4000000009\n')]);
    const [first, ...others] = await waitUntil(
      () => {
        const spans = receiver.spans.filter(
          ({ name, attributes }) =>
            name === 'publish points.{partition}' && attributes['overseer.batch.requests'] === 4,
        );
        return spans.length > 0 && spans;
      },
      { what: 'a batch of four requests', deadlineMs: TRACE_MAX_MS },
    );
    if (!first) throw new Error('there is no batch');
    expect(others).toEqual([]);
    const linked = first.links.map(({ traceId }) => traceId);
    expect([first.traceId, ...linked].sort()).toEqual(traceIds);
    const requests = receiver.spans.filter(({ name }) => name === 'Handle');
    for (const { traceId, spanId } of first.links) {
      expect(requests.find((request) => request.spanId === spanId)?.traceId).toBe(traceId);
    }
    const spans = await whole(first.traceId);
    expect(spanOf(spans, 'process points.{partition}').attributes['overseer.rows']).toBe(4);
  });

  test('late points - are a COPY aside and a MERGE', async () => {
    const traceId = '7'.repeat(32);
    await write('cpu,host=a load=7 1000000000\n', traceId);
    const spans = await whole(traceId);
    expect(spanOf(spans, 'MERGE points.m1').attributes).toMatchObject({
      'db.operation.name': 'MERGE',
      'db.collection.name': 'points.m1',
      'overseer.rows': 1,
    });
    expect(spanOf(spans, 'COPY late_m1').attributes['overseer.rows']).toBe(1);
    const { attributes } = spanOf(spans, 'process points.{partition}');
    expect(attributes).toMatchObject({ 'overseer.rows': 0, 'overseer.rows.merged': 1 });
  });

  test('a refused write - tells the status, and nothing of what was written', async () => {
    const traceId = '8'.repeat(32);
    const response = await write(`cpu,host=a load=${SECRET}\n`, traceId);
    expect(response.status).toBe(400);
    const spans = await traceWith(traceId, 'POST /write');
    expect(spanOf(spans, 'POST /write')).toMatchObject({
      isError: false,
      attributes: { 'http.response.status_code': 400 },
    });
    expect(spanOf(spans, 'Handle').attributes['overseer.lines.rejected']).toBe(1);
  });

  test('a write that nobody traces - leaves no span', async () => {
    await write('disk free=1 9000000000\n');
    const traceId = '9'.repeat(32);
    await write('disk free=2 9000000001\n', traceId);
    await whole(traceId);
    const ids = new Set(receiver.spans.map((span) => span.traceId));
    for (const id of ids) expect(id).toMatch(/^(\d)\1{31}$/);
  });

  test('secrets - are in no span', () => {
    const told = JSON.stringify(receiver.spans, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    expect(receiver.spans.length).toBeGreaterThan(0);
    expect(told).not.toContain(SECRET);
    expect(told).not.toContain(new URL(store.url).password || SECRET);
  });

  test('a collector that never answers - holds up neither writes nor the end of a service', async () => {
    receiver.mood = 'slow';
    const response = await write('cpu,host=c load=1 1\n', 'b'.repeat(32));
    expect(response.status).toBe(204);
    for (const service of [ingress, store]) {
      await service.kill('SIGTERM');
      expect(service.lines.filter((line) => line.includes('could not stop'))).toEqual([]);
    }
  });
});
