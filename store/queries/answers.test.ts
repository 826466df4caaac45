import { afterAll, beforeAll, expect, test } from 'bun:test';
import {
  ANSWER_PART_BYTES,
  type AnswerError,
  type CardinalityPart,
  float64s,
  type MeasurementPart,
  type SnapshotPart,
} from '@overseer/shared';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { boolean, float, integer, type Point, string, unsigned } from '../testing/test-ingress.ts';
import {
  askStore,
  labelSetsOf,
  listOf,
  matrixOf,
  type StoreAnswer,
  vectorOf,
} from './testing/store-answer.ts';

/** 2026-01-01T00:00:00Z */
const T0_MS = 1_767_225_600_000;
const MS_NS = 1_000_000n;

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await startPipeline();
});

afterAll(async () => {
  await pipeline?.stop();
});

function point(
  measurement: string,
  fields: Point['fields'],
  { atMs = 0, tags = { host: 'a' }, database = 'db' }: PointOptions = {},
): Point {
  return { database, measurement, tags, fields, timeNs: BigInt(T0_MS + atMs) * MS_NS };
}

interface PointOptions {
  /** After T0. */
  readonly atMs?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly database?: string;
}

async function write(...points: readonly Point[]): Promise<void> {
  await pipeline.ingress.write(...points);
  await pipeline.settled();
}

const ask = (kind: Parameters<typeof askStore>[1], request: object) =>
  askStore(pipeline.ingress.bus, kind, request);

const instant = (expr: string, atMs = 1000, db = 'db') =>
  ask('instant', { db, expr, timeMs: T0_MS + atMs });

const range = (expr: string, toMs: number, stepMs: number) =>
  ask('range', { db: 'db', expr, startMs: T0_MS, endMs: T0_MS + toMs, stepMs });

async function failure(work: Promise<unknown>): Promise<AnswerError> {
  return work.then(
    () => {
      throw new Error('the question was answered');
    },
    (error) => error,
  );
}

test('instant query - every type but text is a metric', async () => {
  await write(
    point('types', {
      f: float(0.5),
      i: integer(-3n),
      u: unsigned(2n ** 63n),
      b: boolean(true),
      s: string('no'),
      value: float(7),
    }),
  );
  const answer = await instant('{__name__=~"types.*"}');
  const values = vectorOf(answer).map(({ labels, value }) => [labels.__name__, value]);
  expect(Object.fromEntries(values)).toEqual({
    types: 7,
    types_b: 1,
    types_f: 0.5,
    types_i: -3,
    types_u: 2 ** 63,
  });
  expect(answer.end).toMatchObject({ kind: 'end', resultType: 'vector', warnings: [] });
  expect(answer.end.measurements).toBeUndefined();
});

test('instant query - a range selector gives samples, a number a scalar, a text itself', async () => {
  await write(
    point('raw', { value: float(1) }, { atMs: 100 }),
    point('raw', { value: float(2) }, { atMs: 200 }),
  );
  const samples = await instant('raw[1m]');
  expect(samples.end.resultType).toBe('matrix');
  expect(samples.parts).toMatchObject([{ kind: 'samples', series: [{ labels: { host: 'a' } }] }]);
  expect(await instant('42')).toMatchObject({
    parts: [{ kind: 'scalar', value: 42 }],
    end: { resultType: 'scalar' },
  });
  expect(await instant('"text"')).toMatchObject({
    parts: [{ kind: 'string', value: 'text' }],
    end: { resultType: 'string' },
  });
});

test('range query - two values a pixel show a spike that the steps of a chart would leave out', async () => {
  const seconds = Array.from({ length: 600 }, (_, second) => second);
  const valueAt = (second: number) => (second === 123 ? 1e6 : second % 7);
  const points = seconds
    .filter((second) => second < 200 || second >= 400)
    .map((second) => point('spiky', { value: float(valueAt(second)) }, { atMs: second * 1000 }));
  await write(...points);
  const asked = { db: 'db', startMs: T0_MS, endMs: T0_MS + 600_000, lookbackMs: 1000, pixels: 6 };
  const answer = await ask('range', { ...asked, expr: 'spiky' });
  expect(answer.parts).toMatchObject([{ startMs: T0_MS, stepMs: 50_000, count: 12 }]);
  const none = undefined;
  expect(matrixOf(answer)).toEqual([
    {
      labels: { __name__: 'spiky', host: 'a' },
      values: [0, 6, 0, 1e6, none, none, none, none, 6, 0, 6, 0],
    },
  ]);
  const scalar = await ask('range', { ...asked, expr: 'time()', pixels: 1, stepMs: 10 });
  expect(matrixOf(scalar)).toEqual([
    { labels: {}, values: [T0_MS / 1000, (T0_MS + 600_000) / 1000] },
  ]);
  expect(scalar.end.stats.peakSamples).toBe(60_001);
  const few = await ask('range', { ...asked, expr: 'spiky', stepMs: 60_000 });
  expect(few.parts).toMatchObject([{ startMs: T0_MS, stepMs: 60_000, count: 11 }]);
});

test('range query - steps without a value are absent', async () => {
  await write(
    point('steps', { value: float(1) }, { atMs: 0 }),
    point('steps', { value: float(2) }, { atMs: 600_000 }),
  );
  const answer = await range('steps', 900_000, 150_000);
  expect(matrixOf(answer)).toEqual([
    {
      labels: { __name__: 'steps', host: 'a' },
      values: [1, 1, undefined, undefined, 2, 2, undefined],
    },
  ]);
  expect(answer.end).toMatchObject({
    resultType: 'matrix',
    measurements: ['steps'],
    reachMs: 300_000,
    stats: { series: 1, samples: 2 },
  });
  expect(answer.end.stats.bytes).toBeGreaterThan(0);
  expect(answer.end.stats.seconds).toBeGreaterThan(0);
});

test('range query - an answer of many series comes in parts of bounded size, each series once', async () => {
  const hosts = Array.from({ length: 600 }, (_, i) => `host${i}`);
  await write(...hosts.map((host, i) => point('many', { value: float(i) }, { tags: { host } })));
  const answer = await range('many', 299_000, 500);
  expect(answer.parts.length).toBeGreaterThan(5);
  for (const part of answer.parts) {
    const bytes = part.kind === 'matrix' ? part.series.length * part.count * 8 : 0;
    expect(bytes).toBeLessThanOrEqual(ANSWER_PART_BYTES);
  }
  const byHost = new Map(matrixOf(answer).map(({ labels, values }) => [labels.host, values]));
  expect([...byHost.keys()].sort()).toEqual(hosts.toSorted());
  expect(byHost.get('host599')?.every((value) => value === 599)).toBe(true);
  const sum = await instant('sum(many)');
  expect(vectorOf(sum)).toEqual([{ labels: {}, value: (599 * 600) / 2 }]);
});

test('instant query - a series of more samples than a part holds goes on in the next one', async () => {
  await write(point('long', { value: float(0) }));
  const [table] = await pipeline.database`
    SELECT m.id, f.id AS field FROM overseer.measurements m
    JOIN overseer.fields f ON f.measurement_id = m.id WHERE m.name = 'long'`;
  await pipeline.database.unsafe(`
    INSERT INTO points.m${table?.id} (time, series, f${table?.field})
    SELECT p.time + n * interval '1 millisecond', p.series, n
    FROM points.m${table?.id} p, generate_series(1, 20000) n`);
  const answer = await instant('long[1m]', 30_000);
  const values = answer.parts.flatMap((part) =>
    part.kind === 'samples' ? part.series.flatMap((series) => [...float64s(series.values)]) : [],
  );
  expect(answer.parts.length).toBeGreaterThan(1);
  expect(values).toEqual(Array.from({ length: 20_001 }, (_, n) => n));
});

test('freshness - what is committed is in the very next answer: a point, a series, a field, a measurement', async () => {
  for (let round = 0; round < 5; round++) {
    const name = `fresh${round}`;
    await write(point(name, { a: float(1) }));
    expect(vectorOf(await instant(`${name}_a`))).toMatchObject([{ value: 1 }]);
    await write(point(name, { a: float(2) }, { atMs: 1 }));
    expect(vectorOf(await instant(`${name}_a`))).toMatchObject([{ value: 2 }]);
    await write(point(name, { a: float(3) }, { tags: { host: 'b' } }));
    expect(vectorOf(await instant(`${name}_a{host="b"}`))).toMatchObject([{ value: 3 }]);
    await write(point(name, { b: float(4) }, { atMs: 2 }));
    expect(vectorOf(await instant(`${name}_b`))).toMatchObject([{ value: 4 }]);
    await write(point(name, { a: float(5) }, { database: name }));
    expect(vectorOf(await instant(`${name}_a`, 1000, name))).toMatchObject([{ value: 5 }]);
  }
});

test('an unknown database - has no series, and a warning says so', async () => {
  const warnings = ['database "nowhere" does not exist: nothing was written to it yet'];
  expect(await instant('up', 0, 'nowhere')).toMatchObject({ parts: [], end: { warnings } });
  expect(await ask('labels', { db: 'nowhere' })).toMatchObject({ parts: [], end: { warnings } });
});

test('an expression that is wrong or not supported - is refused with its position', async () => {
  const wrong = await failure(instant('sum by (host (up)'));
  expect(wrong.kind).toBe('bad_data');
  expect(wrong.position).toMatchObject({ line: 1 });
  const unsupported = await failure(instant('up\n  + limitk(1, up)'));
  expect(unsupported.kind).toBe('unsupported');
  expect(unsupported.message).toContain('not supported');
  const pattern = await failure(instant('{host=~"("}'));
  expect(pattern.kind).toBe('bad_data');
  const selector = await failure(ask('series', { db: 'db', matches: ['rate(up[1m])'] }));
  expect(selector.kind).toBe('bad_data');
});

test('a request that is wrong - is refused by the name of its field', async () => {
  const field = await failure(ask('range', { db: 'db', expr: 'up', startMs: 0, endMs: 1 }));
  expect(field).toMatchObject({ kind: 'bad_data' });
  expect(field.message).toStartWith('stepMs is missing');
  const subject = await failure(ask('nothing' as 'range', {}));
  expect(subject.message).toStartWith('query.nothing is no question');
});

test('limits - a request lowers them, and the error names them', async () => {
  await write(
    point('limited', { value: float(1) }),
    point('limited', { value: float(2) }, { tags: { host: 'b' } }),
  );
  const request = { db: 'db', expr: 'limited', timeMs: T0_MS };
  const samples = await failure(ask('instant', { ...request, limits: { samples: 1 } }));
  expect(samples.kind).toBe('limit');
  expect(samples.message).toContain('more than 1 samples, the limit that the request sets');
  const series = await failure(ask('instant', { ...request, limits: { series: 1 } }));
  expect(series.kind).toBe('limit');
  expect(vectorOf(await ask('instant', { ...request, limits: { series: 2 } }))).toHaveLength(2);
});

test('labels - names, values and series, of all and of what fits, up to a limit', async () => {
  await write(
    point('disk', { used: float(1) }, { tags: { host: 'a', path: '/' }, database: 'labels' }),
    point('disk', { used: float(1) }, { tags: { host: 'b' }, database: 'labels' }),
    point('net', { up: float(1) }, { tags: { card: 'eth0' }, database: 'labels' }),
  );
  const db = 'labels';
  expect(listOf(await ask('labels', { db }))).toEqual(['__name__', 'card', 'host', 'path']);
  expect(listOf(await ask('labels', { db, matches: ['net_up'] }))).toEqual(['__name__', 'card']);
  expect(listOf(await ask('values', { db, label: 'host' }))).toEqual(['a', 'b']);
  expect(
    listOf(await ask('values', { db, label: '__name__', matches: ['{host="a"}', 'net_up'] })),
  ).toEqual(['disk_used', 'net_up']);
  const sets = labelSetsOf(await ask('series', { db, matches: ['disk_used'] }));
  expect(sets.toSorted((a, b) => (String(a.host) < String(b.host) ? -1 : 1))).toEqual([
    { __name__: 'disk_used', host: 'a', path: '/' },
    { __name__: 'disk_used', host: 'b' },
  ]);
  const cut = await ask('values', { db, label: 'host', limit: 1 });
  expect(listOf(cut)).toEqual(['a']);
  expect(cut.end.warnings).toEqual(['results truncated due to limit: 1 of 2']);
});

test('snapshot - tells positions, databases and what is known of measurements', async () => {
  await write(
    point('shot', { b: float(1), a: string('x') }, { database: 'snap', atMs: 5 }),
    point('shot', { b: float(2) }, { database: 'snap', tags: { rack: 'r' } }),
    point('other', { value: integer(1n) }, { database: 'snap' }),
  );
  const before = Date.now();
  const answer = await ask('snapshot', { measurements: [['snap', 'shot']] });
  const [head] = answer.parts as readonly SnapshotPart[];
  expect(head?.databases).toContain('snap');
  expect(head?.positions?.map(({ partition }) => partition)).toEqual([0, 1]);
  const found = (answer.parts as readonly SnapshotPart[]).flatMap((part) => part.measurements);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({
    db: 'snap',
    name: 'shot',
    fields: [
      { name: 'b', type: 'float' },
      { name: 'a', type: 'string' },
    ],
    tagKeys: ['host', 'rack'],
    tagValueCounts: [1, 1],
    seriesCount: 2,
    seriesNew: 2,
    rows: 2,
    merged: 0,
    countedSinceMs: found[0]?.firstWriteMs,
  });
  const { fromMs, toMs } = head?.seriesNewWindow ?? { fromMs: 0, toMs: 0 };
  expect([fromMs % 60_000, Math.ceil((toMs - fromMs) / 60_000)]).toEqual([0, 60]);
  expect(Number(found[0]?.firstWriteMs)).toBeLessThanOrEqual(Number(found[0]?.lastWriteMs));
  expect(Number(found[0]?.newestMs)).toBe(T0_MS + 5);
  expect(Math.abs(Number(found[0]?.lastWriteMs) - before)).toBeLessThan(60_000);
  const whole = (await ask('snapshot', {})).parts as readonly SnapshotPart[];
  const names = whole.flatMap((part) => part.measurements.map(({ db, name }) => `${db}/${name}`));
  expect(names).toContain('snap/other');
});

test('snapshot - counts every row that was written, and which of them were merged', async () => {
  const measurement = { database: 'snap', atMs: 1000 };
  await write(point('counted', { value: float(1) }, measurement));
  await write(
    point('counted', { value: float(2) }, { ...measurement, atMs: 2000 }),
    // Written again, and older than what the series has.
    point('counted', { value: float(3) }, measurement),
    point('counted', { value: float(4) }, { ...measurement, atMs: 500 }),
  );
  const { parts } = await ask('snapshot', { measurements: [['snap', 'counted']] });
  const found = (parts as readonly SnapshotPart[]).flatMap((part) => part.measurements);
  expect(found).toMatchObject([{ name: 'counted', rows: 4, merged: 2, seriesNew: 1 }]);
});

test('measurement - tells tags with their values, and nothing of one that is not there', async () => {
  const tags = [
    { host: 'a', rack: 'r' },
    { host: 'b', rack: 'r' },
    { host: 'c', rack: 's' },
    { host: 'd' },
  ];
  const points = tags.map((each) => point('tagged', { value: float(1) }, { tags: each }));
  await write(...points);
  const { parts } = await ask('measurement', { db: 'db', measurement: 'tagged', values: 2 });
  const found = parts as readonly MeasurementPart[];
  expect(found.flatMap((part) => part.tags ?? [])).toEqual([
    { key: 'host', valueCount: 4, seriesCount: 4 },
    { key: 'rack', valueCount: 2, seriesCount: 3 },
  ]);
  expect(found.flatMap((part) => part.values ?? []).slice(2)).toEqual([
    { key: 'rack', value: 'r', seriesCount: 2 },
    { key: 'rack', value: 's', seriesCount: 1 },
  ]);
  expect(found.flatMap((part) => part.busiest ?? [])).toEqual([]);
  const none = await ask('measurement', { db: 'db', measurement: 'none' });
  expect([none.parts, none.end.warnings]).toEqual([
    [],
    ['measurement "none" does not exist: nothing was written to it yet'],
  ]);
  const tooMany = await failure(ask('measurement', { db: 'db', measurement: 'm', values: 1001 }));
  expect(tooMany.message).toBe('values is 1001; valid is a whole number from 1 to 1000');
});

test('measurement - has the busiest series that the owners of partitions wrote down', async () => {
  const hosts = ['a', 'b', 'c'];
  await write(...hosts.map((host) => point('busy', { f: float(1) }, { tags: { host } })));
  const { database } = pipeline;
  const rows = await database`
    SELECT s.id, s.measurement_id, s.tags ->> 'host' AS host FROM overseer.series s
    JOIN overseer.measurements m ON m.id = s.measurement_id WHERE m.name = 'busy' ORDER BY host`;
  const [a, b, c] = rows.map(({ id }) => String(id));
  const insert = (partition: number, series: string, counts: string, from: string, to: string) =>
    database`
      INSERT INTO overseer.busiest VALUES (${partition}, ${rows[0]?.measurement_id}, now() - ${from}::text::interval,
        now() - ${to}::text::interval, ${series}::text::bigint[], ${counts}::text::bigint[])`;
  await insert(10, `{${a},${b},123}`, '{600,120,100}', '60 s', '0 s');
  // Of another partition, over a shorter time.
  await insert(11, `{${c}}`, '{300}', '40 s', '10 s');
  // Of a partition that is no more.
  await insert(12, `{${c}}`, '{9000}', '20 min', '19 min');
  try {
    const { parts } = await ask('measurement', { db: 'db', measurement: 'busy' });
    const busiest = (parts as readonly MeasurementPart[]).flatMap((part) => part.busiest ?? []);
    expect(
      busiest.map(({ labels, rows: count, fromMs, toMs }) => [labels, count, toMs - fromMs]),
    ).toEqual([
      [{ host: 'a' }, 600, 60_000],
      [{ host: 'c' }, 300, 30_000],
      [{ host: 'b' }, 120, 60_000],
    ]);
  } finally {
    await database`DELETE FROM overseer.busiest WHERE partition >= 10`;
  }
});

test('cardinality - counts series of metrics, values and pairs of labels, as Prometheus does', async () => {
  const database = 'counted';
  const of = (measurement: string, fields: Point['fields'], tags: Record<string, string>) =>
    point(measurement, fields, { database, tags });
  await write(
    of('cpu', { idle: float(1), user: float(1), note: string('x') }, { host: 'a', zone: 'ä' }),
    of('cpu', { idle: float(1) }, { host: 'b', zone: 'ä' }),
    // One of its metrics is that of another measurement.
    of('mem', { value: integer(1n) }, { host: 'b' }),
    of('texts', { only: string('x') }, { host: 'hidden' }),
  );
  const { parts } = await ask('cardinality', { db: database, limit: 3 });
  const found = parts as readonly CardinalityPart[];
  const items = (list: string) =>
    found.flatMap((part) => (part.list === list ? (part.items ?? []) : []));
  // Two series of two metrics, and one of one.
  expect(found[0]?.head).toEqual({
    seriesCount: 5,
    labelPairCount: 6,
    minMs: expect.any(Number),
    maxMs: T0_MS,
  });
  expect(Number(found[0]?.head?.minMs)).toBeLessThanOrEqual(T0_MS);
  expect(new Set(items('seriesByMetric'))).toEqual(
    new Set([
      { name: 'cpu_idle', value: 2 },
      { name: 'cpu_user', value: 2 },
      { name: 'mem', value: 1 },
    ]),
  );
  expect(items('valuesByLabel')).toEqual([
    { name: '__name__', value: 3 },
    { name: 'host', value: 2 },
    { name: 'zone', value: 1 },
  ]);
  expect(items('bytesByLabel')).toEqual([
    { name: '__name__', value: 2 * 8 + 2 * 8 + 3 },
    { name: 'zone', value: 4 * 2 },
    { name: 'host', value: 5 },
  ]);
  const pairs = items('seriesByLabelPair');
  expect(pairs[0]).toEqual({ name: 'zone=ä', value: 4 });
  expect(pairs[1]).toEqual({ name: 'host=b', value: 3 });
  expect(pairs).toHaveLength(3);
  const nothing = (await ask('cardinality', { db: 'nowhere', limit: 3 })) as StoreAnswer;
  expect(nothing.parts).toEqual([
    {
      kind: 'cardinality',
      head: { seriesCount: 0, labelPairCount: 0, minMs: null, maxMs: null },
    },
  ]);
  expect(nothing.end.warnings).toHaveLength(1);
});

test('metrics - count queries by kind and outcome, and know the index', async () => {
  await instant('up');
  await failure(instant('up{'));
  const response = await fetch(`${pipeline.store.url}/metrics`);
  const metrics = await response.text();
  for (const expected of [
    /^overseer_store_queries_total\{[^}]*kind="instant"[^}]*outcome="ok"[^}]*\} \d+$/m,
    /^overseer_store_queries_total\{[^}]*kind="instant"[^}]*outcome="bad_data"[^}]*\} \d+$/m,
    /^overseer_store_query_seconds_count\{[^}]*kind="range"[^}]*\} \d+$/m,
    /^overseer_store_query_samples_total\{[^}]*\} [1-9]\d*$/m,
    /^overseer_store_query_bytes_total\{[^}]*\} [1-9]\d*$/m,
    /^overseer_store_queries_running\{[^}]*\} 0$/m,
    /^overseer_store_queries_waiting\{[^}]*\} 0$/m,
    /^overseer_store_index_series\{[^}]*\} [1-9]\d*$/m,
    /^overseer_store_index_refresh_seconds_count\{[^}]*\} [1-9]\d*$/m,
  ]) {
    expect(metrics).toMatch(expected);
  }
});
