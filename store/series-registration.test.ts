import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { migrate } from './migrations.ts';
import { NewSeries } from './new-series.ts';
import type { SeriesRow } from './plan.ts';
import { connectPostgres, type Database } from './postgres.ts';
import { registerSeries } from './series-registration.ts';

const LARGE = 200;

let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 1);
  await migrate(database);
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

beforeEach(async () => {
  await database`TRUNCATE overseer.series`;
});

/** Ids come in no order, and are of either sign. */
function series(count: number, tableId = 1): SeriesRow[] {
  return Array.from({ length: count }, (_, i) => ({
    id: BigInt.asIntN(64, BigInt(i + 1) * 0x9e37_79b9_7f4a_7c15n),
    check: -BigInt(i),
    tableId,
    tags: JSON.stringify({ host: `host${i}`, text: TEXTS[i % TEXTS.length] }),
  }));
}

const TEXTS = ['"', '\\', "'", '\u0001', '{}', 'ä', '日本', '👩‍🚀', 'x'.repeat(100_000)];

function newSeries(rows: readonly SeriesRow[]): NewSeries {
  const series = new NewSeries();
  for (const row of rows) series.add(row);
  return series;
}

const register = (rows: readonly SeriesRow[]) =>
  database.begin((transaction) => registerSeries(transaction, newSeries(rows)));

async function registered() {
  const rows = await database`
    SELECT id, "check", measurement_id AS "tableId", tags FROM overseer.series ORDER BY id`;
  return [...rows].map((row) => ({ ...row, tags: JSON.stringify(sorted(row.tags)) }));
}

const sorted = (tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1)));

const inOrder = (rows: readonly SeriesRow[]) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));

test('series registration - few and many are the same', async () => {
  for (const count of [1, 9, LARGE]) {
    await database`TRUNCATE overseer.series`;
    await register(series(count));
    expect(await registered()).toEqual(inOrder(series(count)));
  }
});

test('series registration - says in which transaction', async () => {
  for (const count of [1, LARGE]) {
    await database`TRUNCATE overseer.series`;
    const numbers = await database.begin(async (transaction) => {
      await registerSeries(transaction, newSeries(series(count)));
      return transaction`
        SELECT DISTINCT registered_in = pg_current_xact_id()::text::bigint AS "isThis" FROM overseer.series`;
    });
    expect([...numbers]).toEqual([{ isThis: true }]);
  }
});

test('series registration - one among many that is there already stays', async () => {
  const all = series(LARGE);
  await register(all.slice(0, 3));
  await register(all);
  expect(await registered()).toEqual(inOrder(all));
});

test('series registration - one of a dropped table becomes that of the present one', async () => {
  const [first, ...others] = series(LARGE, 7);
  if (!first) throw new Error('no series');
  await register([{ ...first, tableId: 3 }]);
  await register([first, ...others]);
  expect(await registered()).toEqual(inOrder([first, ...others]));
});

test('series registration - an error leaves the transaction as it was before', async () => {
  const damaged = series(LARGE).map((row) => ({ ...row, tags: '{' }));
  const outcome = await database
    .begin(async (transaction) => {
      await registerSeries(transaction, newSeries(damaged)).catch(() => undefined);
      await registerSeries(transaction, newSeries(series(1)));
    })
    .then(() => 'committed');
  expect(outcome).toBe('committed');
  expect(await registered()).toEqual(series(1));
});

test('series registration - an id goes to another key once nobody has its measurement', async () => {
  await database`INSERT INTO overseer.databases (id, name, schema_name) OVERRIDING SYSTEM VALUE VALUES (1, 'db', 'db')`;
  await database`
    INSERT INTO overseer.measurements (id, database_id, name, view_name) OVERRIDING SYSTEM VALUE
    VALUES (1, 1, 'm', 'm')`;
  const [before] = series(1, 1);
  const after = { ...(before as SeriesRow), check: 7n, tableId: 2, tags: '{"other":"key"}' };
  await register([before as SeriesRow]);
  await register([after]);
  expect(await registered()).toEqual([before as SeriesRow]);
  await database`DELETE FROM overseer.measurements`;
  await register([after]);
  expect(await registered()).toEqual([after]);
});
