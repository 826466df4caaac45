import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { type PostgresServer, startPostgres, waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import type { BusiestOfTable } from '@overseer/wasm';
import { BusiestSeries } from './busiest-series.ts';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database } from './postgres.ts';

setDefaultTimeout(60_000);

const DEADLINE_MS = 30_000;
const log = createLogger('test');
log.level = 'fatal';

let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 2);
  await migrate(database);
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

/** What is counted and planned, as the test says. */
let counted: BusiestOfTable[];
let planned: number;
let committed: number;

beforeEach(async () => {
  [counted, planned, committed] = [[], 0, 0];
  await database`DELETE FROM overseer.busiest`;
  await database`DELETE FROM overseer.progress`;
  await database`INSERT INTO overseer.progress VALUES (1, 'stream', 0, 7)`;
});

const busiestOf = (epoch: bigint, inTurn = (action: () => Promise<void>) => action()) =>
  new BusiestSeries({
    database,
    claim: { partition: 1, epoch },
    index: { takeBusiest: () => ({ tables: counted.splice(0), leftOut: 0 }) },
    planned: () => planned,
    committed: () => committed,
    log,
    inTurn,
  });

const table = (id: number, rows: number, ...series: readonly [id: bigint, rows: number][]) => ({
  table: id,
  rows,
  series: series.map(([seriesId, count]) => ({ id: seriesId, rows: count })),
});

async function written() {
  const rows = await database`
    SELECT partition, measurement_id, series::text, rows::text, to_at > from_at AS lasted
    FROM overseer.busiest ORDER BY measurement_id`;
  return rows.map((row) => Object.values(row));
}

test('busiest series - are written down, those of the time before go', async () => {
  await database`
    INSERT INTO overseer.busiest VALUES (2, 9, now(), now(), '{1}', '{1}')`;
  const busiest = busiestOf(7n);
  counted = [table(3, 50, [2n ** 64n - 1n, 30], [5n, 20]), table(4, 1, [6n, 1])];
  [planned, committed] = [2, 2];
  await busiest.record();
  expect(await written()).toEqual([
    [1, 3, '{-1,5}', '{30,20}', true],
    [1, 4, '{6}', '{1}', true],
    // Of another partition.
    [2, 9, '{1}', '{1}', false],
  ]);
  counted = [table(4, 2, [6n, 2])];
  [planned, committed] = [5, 5];
  await busiest.record();
  expect(await written()).toEqual([
    [1, 4, '{6}', '{2}', true],
    [2, 9, '{1}', '{1}', false],
  ]);
  await busiest.record();
  expect(await written()).toHaveLength(1);
});

test('busiest series - of a time in which rows were planned twice are not told', async () => {
  const busiest = busiestOf(7n);
  counted = [table(3, 50, [5n, 50])];
  [planned, committed] = [3, 2];
  await busiest.record();
  expect(await written()).toEqual([]);
  counted = [table(3, 10, [5n, 10])];
  [planned, committed] = [5, 4];
  await busiest.record();
  expect(await written()).toEqual([[1, 3, '{5}', '{10}', true]]);
});

test('busiest series - a store that is the owner no more writes none', async () => {
  counted = [table(3, 50, [5n, 50])];
  await busiestOf(6n).record();
  expect(await written()).toEqual([]);
});

test('busiest series - of more measurements than are told, those with the most rows', async () => {
  counted = Array.from({ length: 1200 }, (_, i) => table(i + 1, i, [BigInt(i), i]));
  await busiestOf(7n).record();
  const found = await written();
  expect(found).toHaveLength(1000);
  expect(found[0]?.[1]).toBe(201);
});

test('busiest series - are taken in turn, again and again, also after PostgreSQL was away', async () => {
  let turns = 0;
  const busiest = busiestOf(7n, async (action) => {
    if (++turns === 1) throw Object.assign(new Error('away'), { code: 'CONNECTION_CLOSED' });
    counted = [table(3, turns, [5n, turns])];
    await action();
  });
  const stop = new AbortController();
  const running = busiest.run(stop.signal, 10);
  try {
    await waitUntil(async () => turns > 2 && (await written()).length > 0, {
      what: 'what was counted to be written down',
      deadlineMs: DEADLINE_MS,
    });
  } finally {
    stop.abort();
    await running;
  }
});
