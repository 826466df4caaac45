import { expect, test } from 'bun:test';
import { startPostgres } from '@overseer/local/testing';
import { copyOut } from './copy-out.ts';
import { connectPostgres } from './postgres.ts';

const ROUNDS = 100;

/** The client once left the connection paused: the end of the COPY came in the same chunk as more data than its stream would hold. */
test('copy out - a connection goes on, however much came with the end', async () => {
  await using server = await startPostgres();
  const database = connectPostgres(server.url, 'test', 1);
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const query = `SELECT i, repeat('x', 20) FROM generate_series(1, ${50 * round}) i`;
      const tuples = await copyOut(database, query, 2 ** 20);
      expect(tuples.length).toBe(50 * round * (2 + 4 + 4 + 4 + 20));
    }
  } finally {
    await database.end({ timeout: 1 });
  }
}, 20_000);
