import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { OtlpReceiver, type ReceivedSpan, TestOverseer, waitUntil } from '@overseer/local/testing';
import { expressionHash } from '@overseer/shared/expression-hash';
import { TestPage } from './testing/test-page.ts';

setDefaultTimeout(120_000);

const DEADLINE_MS = 60_000;
const EXPRESSION = 'sum by (host) (cpu_idle{host="kitchen"})';
const receiver = new OtlpReceiver();
let overseer: TestOverseer;

beforeAll(async () => {
  overseer = await TestOverseer.start({
    environment: { ...receiver.environment, DEFAULT_DATABASE: 'test', LOG_LEVEL: 'info' },
  });
  const write = () =>
    fetch(`${overseer.ingressUrl}/write?db=test`, {
      method: 'POST',
      body: `cpu,host=kitchen idle=1.5 ${BigInt(Date.now()) * 1_000_000n}`,
    });
  await waitUntil(async () => (await write()).status === 204, {
    what: 'a point to be written',
    deadlineMs: DEADLINE_MS,
  });
  const labels = () => fetch(`${overseer.frontendUrl}/api/v1/labels`).then((all) => all.text());
  await waitUntil(async () => (await labels()).includes('host'), {
    what: 'the point to be stored',
    deadlineMs: DEADLINE_MS,
  });
});

afterAll(async () => {
  await overseer?.[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

/** The spans of a trace that begins with the one of this name, when those that are wanted are there, and all above them. */
function traceWith(
  name: string,
  isWanted: (spans: readonly ReceivedSpan[]) => boolean,
): Promise<readonly ReceivedSpan[]> {
  return waitUntil(
    () => {
      const ids = new Set(
        receiver.spans.filter((span) => span.name === name).map(({ traceId }) => traceId),
      );
      for (const id of ids) {
        const spans = receiver.trace(id);
        // Each service sends its own.
        const spanIds = new Set(spans.map(({ spanId }) => spanId));
        const isWhole = spans.every((span) => span.name === name || spanIds.has(span.parentSpanId));
        if (isWhole && isWanted(spans)) return spans;
      }
      return undefined;
    },
    { what: `a trace with ${name}`, deadlineMs: DEADLINE_MS },
  );
}

const named = (spans: readonly ReceivedSpan[], name: string) =>
  spans.find((span) => span.name === name);

test('query over HTTP - is one trace from the request to the COPY', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const search = new URLSearchParams({
    query: EXPRESSION,
    start: String(Date.now() / 1000 - 300),
    end: String(Date.now() / 1000 + 60),
    step: '15',
  });
  const answer = await fetch(`${overseer.frontendUrl}/api/v1/query_range?${search}`, {
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  expect(((await answer.json()) as { data: { result: object[] } }).data.result.length).toBe(1);
  const spans = await traceWith('GET /api/v1/query_range', (found) =>
    found.some(({ name }) => name.startsWith('COPY points.')),
  );
  expect(receiver.drawn(traceId).map((line) => line.replace(/points\.m\d+/, 'points.m'))).toEqual([
    'overseer-frontend: GET /api/v1/query_range',
    '  overseer-frontend: Handle',
    '    overseer-frontend: request query.range',
    '      overseer-store: process query.range',
    '        overseer-store: parse',
    '        overseer-store: wait for a turn',
    '        overseer-store: refresh series',
    '          overseer-store: SELECT overseer.series',
    '        overseer-store: evaluate',
    '          overseer-store: select series',
    '          overseer-store: COPY points.m',
  ]);
  expect(spans[0]?.attributes).toMatchObject({
    'http.route': '/api/v1/query_range',
    'http.response.status_code': 200,
  });
  const asked = { 'messaging.system': 'nats', 'messaging.destination.name': 'query.range' };
  expect(named(spans, 'request query.range')).toMatchObject({
    kind: 'client',
    attributes: { ...asked, 'messaging.operation.type': 'send' },
  });
  expect(named(spans, 'process query.range')).toMatchObject({
    kind: 'server',
    attributes: {
      ...asked,
      'messaging.operation.type': 'process',
      'overseer.query.kind': 'range',
      'overseer.query.series': 1,
      'overseer.database': 'test',
      'overseer.expression.hash': expressionHash(EXPRESSION),
    },
  });
  const copy = spans.find(({ name }) => name.startsWith('COPY points.'));
  expect(copy).toMatchObject({
    kind: 'client',
    isError: false,
    attributes: {
      'db.system.name': 'postgresql',
      'db.operation.name': 'COPY',
      'db.collection.name': expect.stringMatching(/^points\.m\d+$/),
      'db.namespace': 'overseer',
    },
  });
  expect(Number(copy?.attributes['db.response.returned_rows'])).toBeGreaterThan(0);
  expect(JSON.stringify(spans, (_, value) => String(value))).not.toContain('kitchen');
});

test('query with a mistake - is told by its kind, and is no failure of the services', async () => {
  const answer = await fetch(`${overseer.frontendUrl}/api/v1/query?query=sum(`);
  expect(answer.status).toBe(400);
  const spans = await traceWith('GET /api/v1/query', (found) =>
    found.some(({ name }) => name === 'process query.instant'),
  );
  for (const name of ['request query.instant', 'process query.instant', 'parse']) {
    const span = await waitUntil(() => named(receiver.trace(spans[0]?.traceId ?? ''), name), {
      what: name,
      deadlineMs: DEADLINE_MS,
    });
    expect(span).toMatchObject({ isError: false, attributes: { 'error.type': 'bad_data' } });
  }
});

test('live expression - each evaluation is a trace of its own, down to the COPY', async () => {
  const page = await TestPage.open(overseer.frontendUrl);
  page.subscribe(1, EXPRESSION);
  const spans = await traceWith('evaluate live', (found) =>
    found.some(({ name }) => name.startsWith('COPY points.')),
  );
  expect(named(spans, 'evaluate live')).toMatchObject({
    parentSpanId: '',
    service: 'overseer-frontend',
    attributes: {
      'overseer.expression.hash': expressionHash(EXPRESSION),
      'overseer.query.step_ms': 1000,
    },
  });
  expect(named(spans, 'process query.range')?.service).toBe('overseer-store');
  page.close();
});

test('log - a line within a trace has its ids, on standard output and by OTLP', async () => {
  await using database = new Bun.SQL(overseer.databaseUrl);
  // An error of the data, as a bug in a statement would make one.
  await database.begin(async (transaction) => {
    await transaction`ALTER TABLE overseer.catalogue_version RENAME TO hidden`;
    await transaction`CREATE VIEW overseer.catalogue_version AS
      SELECT 1 / (version - version) AS version, drops_forgotten FROM overseer.hidden`;
  });
  try {
    const answer = await fetch(`${overseer.frontendUrl}/api/v1/query?query=cpu_idle`);
    expect(answer.status).toBe(500);
  } finally {
    await database.begin(async (transaction) => {
      await transaction`DROP VIEW overseer.catalogue_version`;
      await transaction`ALTER TABLE overseer.hidden RENAME TO catalogue_version`;
    });
  }
  const failed = await waitUntil(
    () => receiver.spans.find((span) => span.name === 'process query.instant' && span.isError),
    { what: 'the span of the failed answer', deadlineMs: DEADLINE_MS },
  );
  expect(failed.attributes['error.type']).toBe('22012');
  const message = 'a question could not be answered';
  // The page of the test before may have asked as well.
  const lines = () => receiver.logs.filter(({ body }) => body === message);
  const line = await waitUntil(() => lines().find(({ traceId }) => traceId === failed.traceId), {
    what: `the line by OTLP, of the trace ${failed.traceId}`,
    deadlineMs: DEADLINE_MS,
    lastSeen: lines,
  });
  expect(line).toMatchObject({ severity: 'ERROR' });
  expect(line.attributes['exception.type']).toBe('PostgresError');
  const isPrinted = (printed: string) =>
    printed.includes(message) && JSON.parse(printed).trace_id === failed.traceId;
  await waitUntil(() => overseer.processes.store.lines.some(isPrinted), {
    what: 'the line on standard output',
    deadlineMs: DEADLINE_MS,
  });
});
