import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { arrayLiteral, connectPostgres, type Database } from './postgres.ts';

const MEBIBYTE = 2 ** 20;

let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 1);
  await database`CREATE TABLE small (value int NOT NULL CHECK (value < 10))`;
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

/** A tuple of one int4. */
function tuple(value: number): Uint8Array {
  const bytes = Buffer.alloc(2 + 4 + 4);
  bytes.writeInt16BE(1, 0);
  bytes.writeInt32BE(4, 2);
  bytes.writeInt32BE(value, 6);
  return bytes;
}

const copy = (chunks: Iterable<Uint8Array>) =>
  database.begin((transaction) => copyIn(transaction, 'small (value)', chunks));

async function count(): Promise<number> {
  const [row] = await database`SELECT count(*)::int AS count FROM small`;
  return row?.count;
}

test('copy in - rows arrive', async () => {
  await copy([tuple(1), tuple(2)]);
  expect(await count()).toBe(2);
});

test('copy in - an error in the last row is reported, the connection goes on', async () => {
  await expect(copy([tuple(3), tuple(99)])).rejects.toThrow(/violates check constraint/);
  expect(await count()).toBe(2);
});

test('copy in - an error in the first of many rows is reported', async () => {
  const chunk = Buffer.concat(Array.from({ length: 10_000 }, () => tuple(1)));
  const chunks = [tuple(99), ...Array.from({ length: 50 }, () => chunk)];
  await expect(copy(chunks)).rejects.toThrow(/violates check constraint/);
  expect(await count()).toBe(2);
});

test('copy in - a source that throws leaves nothing behind', async () => {
  function* broken() {
    yield tuple(4);
    throw new Error('no more');
  }
  await expect(copy(broken())).rejects.toThrow('no more');
  expect(await count()).toBe(2);
});

test('copy in - damaged rows are an error', async () => {
  await expect(copy([tuple(1).subarray(0, 7)])).rejects.toThrow();
  expect(await count()).toBe(2);
});

test('copy out - 100 MB come whole', async () => {
  const rows = 100_000;
  const tuples = await copyOut(
    database,
    `SELECT i, repeat('x', 1000) FROM generate_series(1, ${rows}) i`,
    200 * MEBIBYTE,
  );
  const tupleBytes = 2 + 4 + 4 + 4 + 1000;
  expect(tuples.length).toBe(rows * tupleBytes);
  for (const row of [0, 1, rows >> 1, rows - 1]) {
    expect(tuples.readInt32BE(row * tupleBytes + 6)).toBe(row + 1);
  }
});

test('copy out - an answer over the limit is an error, the connection goes on', async () => {
  const query = "SELECT repeat('x', 1000) FROM generate_series(1, 100000)";
  await expect(copyOut(database, query, MEBIBYTE)).rejects.toThrow(RangeError);
  expect(await count()).toBe(2);
});

test('copy out - the limit is of the rows alone', async () => {
  const query = 'SELECT i::bigint FROM generate_series(1, 10) i';
  const bytes = 10 * (2 + 4 + 8);
  expect((await copyOut(database, query, bytes)).length).toBe(bytes);
  await expect(copyOut(database, query, bytes - 1)).rejects.toThrow(RangeError);
});

test('copy out - a failing query is reported', async () => {
  await expect(
    copyOut(database, 'SELECT 1 / (3 - i) FROM generate_series(1, 5) i', MEBIBYTE),
  ).rejects.toThrow(/division by zero/);
  expect(await count()).toBe(2);
});

test('array literal - any text survives', async () => {
  const texts = ['a', '', '"', '\\', 'a,b{}', 'NULL', 'ü\n'];
  const [row] = await database`
    SELECT array_to_json(${arrayLiteral(texts)}::text::text[])::text AS texts`;
  expect(JSON.parse(row?.texts)).toEqual(texts);
});
