import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { startNats, startPostgres, startService, waitUntil } from '@overseer/local/testing';
import { connectBus, createLogger, DEAD_STREAM, POINTS_STREAM } from '@overseer/shared';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import { connectPostgres, type Database } from './postgres.ts';

/**
 * What a release left behind, under this one: `testing/fixtures/catalogue-2` has PostgreSQL as the last release with version 2 of the
 * catalogue left it, and the stream with batches of format 1 of which it had stored some. Made by that release's own services.
 */

setDefaultTimeout(60_000);

const FIXTURE = join(import.meta.dir, 'testing', 'fixtures', 'catalogue-2');
const DEADLINE_MS = 60_000;

interface FixtureStream {
  readonly metadata: Readonly<Record<string, string>>;
  readonly messages: readonly { readonly subject: string; readonly payload: string }[];
}

/** 2026-01-01T00:00:00Z, seconds since 1970. */
const T0_S = 1_767_225_600;

/** `seconds since 1970` with microseconds, tags, fields that are not null. */
type Row = readonly [time: string, tags: Record<string, string>, fields: Record<string, unknown>];

const at = (seconds: number) => `${T0_S + seconds}.000000`;
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function weather(): Row[] {
  const rows = range(12).map((i): Row => {
    const fields = { temperature: String(20 + i / 10), humidity: String(50 + i) };
    return [at(i), { place: 'a', sensor: `s${i % 3}` }, fields];
  });
  const rewrite = (i: number, fields: Record<string, unknown>) => {
    const [time, tags, before] = rows[i] as Row;
    rows[i] = [time, tags, { ...before, ...fields }];
  };
  rewrite(0, { temperature: '99' });
  rewrite(3, { pressure: '1013.25' });
  rewrite(1, { temperature: '-1' });
  return [
    ['-62135596.800000', { place: 'b' }, { temperature: '1' }],
    [at(-400 * 86_400), { place: 'b' }, { temperature: '2' }],
    ...rows,
    [at(100), { place: 'a', sensor: 'new' }, { temperature: '22.5', wind: '3' }],
    [at(100), { place: 'a', sensor: 's0' }, { temperature: '21.5' }],
  ];
}

function types(): Row[] {
  const rows = range(12).map(
    (i): Row => [
      at(i * 60),
      { host: `h${i % 2}` },
      {
        f: String(i + 0.1),
        i: String(-(2n ** 63n) + BigInt(i)),
        u: String(2n ** 64n - 1n - BigInt(i)),
        b: String(i % 2 === 0),
        s: `text ${i} "quoted" äöü`,
      },
    ],
  );
  return [...rows, [at(6000), { host: 'h0' }, { f: '7', i: '7', u: '7', b: 'true', s: 'later' }]];
}

const fine: readonly Row[] = [3, 1, 2, 4].map((v, ns) => [
  at(0),
  { host: 'a' },
  { v: String(v), ns: String(ns) },
]);

const EXPECTED: Readonly<Record<string, readonly Row[]>> = {
  'plant.weather': weather(),
  'plant.types': types(),
  'plant.fine': fine,
  '"Odd ""name""".select': [
    [at(0), { 'user name': 'x,y' }, { time_2: '1', tags_2: 't', order: '2' }],
  ],
  '"Odd ""name"""."no tags"': [[at(0), {}, { v: '1' }]],
  'later.made': [[at(0), { host: 'z' }, { v: '5' }]],
};

async function readRows(database: Database, view: string): Promise<Row[]> {
  const rows = await database.unsafe(`
    SELECT extract(epoch FROM time)::text AS at, tags, (
      SELECT json_object_agg(key, value) FROM jsonb_each_text(to_jsonb(stored) - '{time,tags}'::text[])
      WHERE value IS NOT NULL
    ) AS fields
    FROM ${view} stored ORDER BY time, to_jsonb(stored)->'ns', tags::text`);
  return rows.map((row) => [row.at, row.tags, row.fields]);
}

/** What views have since there are readers by SQL. */
async function readerView(
  database: Database,
  view: string,
): Promise<{ mayRead: boolean; joinsByMeasurement: boolean }> {
  const [row] = await database`
    SELECT has_table_privilege(${READER_ROLE}, ${view}, 'SELECT')
        AND has_schema_privilege(${READER_ROLE}, c.relnamespace, 'USAGE') AS may_read,
      pg_get_viewdef(c.oid) LIKE '%s.measurement_id%' AS joins_by_measurement
    FROM pg_class c WHERE c.oid = ${view}::text::regclass`;
  return { mayRead: row?.may_read, joinsByMeasurement: row?.joins_by_measurement };
}

async function fillStream(natsUrl: string, { metadata, messages }: FixtureStream) {
  const bus = await connectBus({ url: natsUrl, name: 'test', log: createLogger('test') });
  await bus.ensureStream({
    name: POINTS_STREAM,
    subjects: ['points.*'],
    storage: 'file',
    discard: 'new',
    bytesMax: 64 * 2 ** 20,
    replicas: 1,
    metadata,
  });
  for (const { subject, payload } of messages) {
    await bus.publish(subject, Uint8Array.from(Buffer.from(payload, 'hex')));
  }
  return bus;
}

test('upgrade - what the release before left in PostgreSQL and in the stream is all read right', async () => {
  await using started = new AsyncDisposableStack();
  const nats = started.use(await startNats());
  const postgres = started.use(await startPostgres());
  const database = connectPostgres(postgres.url, 'test', 2);
  started.defer(() => database.end({ timeout: 1 }));
  await database.unsafe(await Bun.file(join(FIXTURE, 'database.sql')).text()).simple();
  const stream: FixtureStream = await Bun.file(join(FIXTURE, 'stream.json')).json();
  const bus = await fillStream(nats.url, stream);
  started.defer(() => bus.close());
  // The stream that those messages are in now.
  const created = (await bus.stream(POINTS_STREAM))?.created ?? '';
  await database`UPDATE overseer.progress SET stream = ${created}`;
  const store = await startService('store', {
    NATS_URL: nats.url,
    DATABASE_URL: postgres.url,
    POINTS_BYTES_MAX: '64MiB',
    DEAD_BYTES_MAX: '16MiB',
    LOG_LEVEL: 'warn',
  });
  started.use(store);
  const stored = async () => {
    const [row] = await database`SELECT max(seq)::int AS seq FROM overseer.progress`;
    return row?.seq === stream.messages.length;
  };
  await waitUntil(stored, { what: 'the stream to be stored', deadlineMs: DEADLINE_MS });
  const [found] = await database`SELECT to_regclass('later.made') IS NOT NULL AS is_there`;
  expect(found?.is_there).toBe(true);
  for (const [view, rows] of Object.entries(EXPECTED)) {
    expect({ view, rows: await readRows(database, view) }).toEqual({ view, rows: [...rows] });
    expect({ view, ...(await readerView(database, view)) }).toEqual({
      ...{ view, mayRead: true, joinsByMeasurement: true },
    });
  }
  expect((await bus.stream(DEAD_STREAM))?.lastSequence).toBe(0);
});
