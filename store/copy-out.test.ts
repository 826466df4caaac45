import { expect, test } from 'bun:test';
import { startPostgres, waitUntil } from '@overseer/local/testing';
import { copyOut, streamCopy } from './copy-out.ts';
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

/** The client reads ahead by what its stream and its socket hold. */
const BYTES_AHEAD_MAX = 4 * 2 ** 20;

test('copy out - waits for who takes, and goes on when he is done', async () => {
  await using server = await startPostgres();
  const database = connectPostgres(server.url, 'test', 2);
  try {
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    let bytes = 0;
    let chunksWhileWaiting = 0;
    let isWaiting = false;
    const query = `SELECT i, repeat('x', 1000) FROM generate_series(1, 50000) i`;
    const copying = database.begin('read only', (transaction) =>
      streamCopy(transaction, query, (chunk) => {
        bytes += chunk.length;
        if (isWaiting) chunksWhileWaiting++;
        if (bytes < 100_000 || bytes > 200_000) return undefined;
        isWaiting = true;
        return mayGoOn.then(() => {
          isWaiting = false;
        });
      }),
    );
    await waitUntil(() => isWaiting, { what: 'the first bytes', deadlineMs: 30_000 });
    // PostgreSQL has said everything it can: it waits for the socket.
    await waitUntil(
      async () => {
        const [row] = await database`
          SELECT wait_event FROM pg_stat_activity WHERE query LIKE 'COPY%'`;
        return row?.wait_event === 'ClientWrite';
      },
      { what: 'PostgreSQL to wait', deadlineMs: 30_000 },
    );
    expect(chunksWhileWaiting).toBe(0);
    expect(bytes).toBeLessThan(BYTES_AHEAD_MAX);
    goOn();
    await copying;
    expect(bytes).toBeGreaterThan(50_000_000);
  } finally {
    await database.end({ timeout: 1 });
  }
}, 60_000);
