import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { copyIn } from './copy-in.ts';
import { copyOut, streamCopy } from './copy-out.ts';
import { CopyTuples } from './copy-tuples.ts';
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

/** So many rows that nobody waits for their end: a hundred gigabytes. */
const ENDLESS = "SELECT repeat('x', 1000), generate_series(1, 100000000)";

test('copy out - an aborted stream ends soon, with the reason; its connection goes on', async () => {
  const controller = new AbortController();
  const reason = new Error('nobody waits for it any more');
  let chunks = 0;
  const aborted = database.begin((transaction) =>
    streamCopy(
      transaction,
      ENDLESS,
      () => {
        if (++chunks === 1000) controller.abort(reason);
        if (chunks > 1000) throw new Error('a chunk after the end');
      },
      controller.signal,
    ),
  );
  expect(await aborted.then(String, (error: unknown) => error)).toBe(reason);
  expect(await count()).toBe(2);
});

test('copy out - a stream that was aborted before it began is not begun', async () => {
  const reason = new Error('too late');
  const none = database.begin((transaction) =>
    streamCopy(transaction, ENDLESS, () => undefined, AbortSignal.abort(reason)),
  );
  expect(await none.then(String, (error: unknown) => error)).toBe(reason);
});

test('copy out - a stream of which nothing came yet is aborted too', async () => {
  const reason = new Error('nobody waits for it any more');
  const controller = new AbortController();
  const aborted = database.begin(async (transaction) => {
    const slow = streamCopy(transaction, 'SELECT pg_sleep(60)', () => undefined, controller.signal);
    controller.abort(reason);
    await slow;
  });
  expect(await aborted.then(String, (error: unknown) => error)).toBe(reason);
  expect(await count()).toBe(2);
});

test('copy out - what the taker throws ends the stream, again and again', async () => {
  for (let round = 0; round < 20; round++) {
    const reason = new Error(`round ${round}`);
    let chunks = 0;
    const thrown = database.begin((transaction) =>
      streamCopy(transaction, ENDLESS, () => {
        if (++chunks > round * 10) throw reason;
      }),
    );
    expect(await thrown.then(String, (error: unknown) => error)).toBe(reason);
    // A cancellation that came late would hit this one.
    expect(await count()).toBe(2);
  }
});

test('copy out - a statement that takes too long is reported', async () => {
  const slow = database.begin(async (transaction) => {
    await transaction`SET LOCAL statement_timeout = 50`;
    await streamCopy(transaction, 'SELECT pg_sleep(60)', () => undefined);
  });
  expect(String(await slow.then(String, (error: unknown) => error))).toContain('statement timeout');
  expect(await count()).toBe(2);
});

test('copy tuples - are the same wherever the chunks are cut', async () => {
  const query = `SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE repeat('x', i) END FROM generate_series(1, 50) i`;
  const chunks: Buffer[] = [];
  await database.begin((transaction) =>
    streamCopy(transaction, query, (chunk) => {
      chunks.push(Buffer.from(chunk));
    }),
  );
  const stream = Buffer.concat(chunks);
  for (const size of [1, 2, 3, 7, 64, 1000, stream.length]) {
    const found: number[] = [];
    const tuples = new CopyTuples(2, (view, at) => {
      const textLength = view.getInt32(at + 8);
      found.push(view.getInt32(at + 4));
      expect(textLength).toBe(found.length % 3 === 0 ? -1 : found.length);
    });
    for (let at = 0; at < stream.length; at += size) {
      tuples.push(Buffer.from(stream.subarray(at, at + size)));
    }
    expect(found).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
  }
});

test('array literal - any text survives', async () => {
  const texts = ['a', '', '"', '\\', 'a,b{}', 'NULL', 'ü\n'];
  const [row] = await database`
    SELECT array_to_json(${arrayLiteral(texts)}::text::text[])::text AS texts`;
  expect(JSON.parse(row?.texts)).toEqual(texts);
});
