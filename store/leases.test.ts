import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres, waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { Leases, sessionName } from './leases.ts';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database } from './postgres.ts';

const LEASE_MS = 500;
const DEADLINE_MS = 60_000;

let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 4);
  await migrate(database);
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

beforeEach(async () => {
  await database`TRUNCATE overseer.leases, overseer.progress`;
});

function newLeases() {
  const claimed: number[] = [];
  const lost: number[] = [];
  const leases = new Leases(database, createLogger('test'), LEASE_MS, {
    onClaimed: ({ partition }) => claimed.push(partition),
    onLost: (partition) => lost.push(partition),
    onFatal: (error) => {
      throw error;
    },
  });
  return { leases, claimed, lost };
}

test('leases - the first claims all, the second gets them when they are given back', async () => {
  const first = newLeases();
  await first.leases.start(4);
  expect(first.claimed).toEqual([0, 1, 2, 3]);
  const second = newLeases();
  await second.leases.start(4);
  expect(second.claimed).toEqual([]);
  await first.leases.stop();
  await waitUntil(() => second.claimed.length === 4, {
    what: 'the claim',
    deadlineMs: DEADLINE_MS,
  });
  const rows = await database`SELECT DISTINCT epoch FROM overseer.progress`;
  expect(rows.map((row) => row.epoch)).toEqual([2n]);
  await second.leases.stop();
});

test('leases - partitions that the stream does not have are nobody’s', async () => {
  const wide = newLeases();
  await wide.leases.start(4);
  await wide.leases.stop();
  const narrow = newLeases();
  await narrow.leases.start(2);
  expect(narrow.claimed).toEqual([0, 1]);
  await narrow.leases.stop();
});

test('leases - a session of any earlier owner that holds the position is ended', async () => {
  await database`INSERT INTO overseer.leases VALUES (0, 'died while it took over', 2, '-infinity')`;
  await database`INSERT INTO overseer.progress VALUES (0, '', 0, 1)`;
  const stuck = connectPostgres(server.url, sessionName('the one before', 0), 1);
  const { promise: holds, resolve } = Promise.withResolvers<void>();
  const held = stuck.begin(async (transaction) => {
    await transaction`UPDATE overseer.progress SET seq = 1 WHERE partition = 0`;
    resolve();
    await transaction`SELECT pg_sleep(${DEADLINE_MS / 1000})`;
  });
  const outcome = held.then(
    () => 'committed',
    () => 'ended',
  );
  await holds;
  const successor = newLeases();
  await successor.leases.start(1);
  expect(successor.claimed).toEqual([0]);
  expect(await outcome).toBe('ended');
  await successor.leases.stop();
  await stuck.end({ timeout: 1 });
});
