import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { EventEmitter } from 'node:events';
import { type PostgresServer, startPostgres, waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { Leases, sessionName } from './leases.ts';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database } from './postgres.ts';

const LEASE_MS = 1000;
const DEADLINE_MS = 60_000;

let server: PostgresServer;
let database: Database;
const started: TestStore[] = [];
const news = new EventEmitter();

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
  await database`TRUNCATE overseer.leases, overseer.progress, overseer.stores`;
});

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ leases }) => leases.stop()));
});

/** What a store has of the partitions; and, when it is told to, one that takes its time to give them up. */
class TestStore {
  readonly owned = new Set<number>();
  readonly lost: number[] = [];
  givingUp: Promise<void> = Promise.resolve();
  readonly leases = new Leases(
    database,
    {
      tell: () => news.emit('news'),
      listen: (onNews) => {
        news.on('news', onNews);
        return () => news.off('news', onNews);
      },
    },
    createLogger('test'),
    LEASE_MS,
    {
      onClaimed: ({ partition }) => this.owned.add(partition),
      onLost: (partition) => {
        this.owned.delete(partition);
        this.lost.push(partition);
      },
      onGivenUp: async (partition) => {
        await this.givingUp;
        this.owned.delete(partition);
      },
      onFatal: (error) => {
        throw error;
      },
    },
  );
}

async function start(partitions: number): Promise<TestStore> {
  const store = new TestStore();
  started.push(store);
  await store.leases.start(partitions);
  return store;
}

async function untilHeld(...expected: readonly [TestStore, number][]): Promise<void> {
  await waitUntil(() => expected.every(([{ owned }, count]) => owned.size === count), {
    what: 'the shares to be even',
    deadlineMs: DEADLINE_MS,
  });
}

async function epochs(): Promise<bigint[]> {
  const rows = await database`SELECT epoch FROM overseer.progress ORDER BY partition`;
  return rows.map((row) => row.epoch);
}

test('leases - stores that come and go share the partitions, and nobody is fenced', async () => {
  const first = await start(8);
  await untilHeld([first, 8]);
  const second = await start(8);
  await untilHeld([first, 4], [second, 4]);
  const third = await start(8);
  await untilHeld([first, 3], [second, 3], [third, 2]);
  expect(new Set([first, second, third].flatMap(({ owned }) => [...owned])).size).toBe(8);
  await second.leases.stop();
  await untilHeld([first, 4], [second, 0], [third, 4]);
  await first.leases.stop();
  await untilHeld([first, 0], [third, 8]);
  expect([first, second, third].flatMap(({ lost }) => lost)).toEqual([]);
});

test('leases - a partition is another’s only when its owner has ended', async () => {
  const first = await start(2);
  await untilHeld([first, 2]);
  const { promise, resolve } = Promise.withResolvers<void>();
  first.givingUp = promise;
  const second = await start(2);
  const before = await epochs();
  // Longer than a lease: it is renewed while the owner ends.
  const seen = performance.now() + 2 * LEASE_MS;
  await waitUntil(() => performance.now() > seen, { what: 'two leases', deadlineMs: DEADLINE_MS });
  expect(second.owned.size).toBe(0);
  expect(await epochs()).toEqual(before);
  resolve();
  await untilHeld([first, 1], [second, 1]);
});

test('leases - more stores than partitions: some have none, and take over', async () => {
  const stores = [await start(2), await start(2), await start(2)];
  const idle = () => stores.filter(({ owned }) => owned.size === 0);
  await waitUntil(() => idle().length === 1 && stores.every(({ owned }) => owned.size < 2), {
    what: 'one each',
    deadlineMs: DEADLINE_MS,
  });
  const [spare] = idle();
  const [owner] = stores.filter((store) => store !== spare);
  await owner?.leases.stop();
  await waitUntil(() => spare?.owned.size === 1, { what: 'the other', deadlineMs: DEADLINE_MS });
});

test('leases - partitions that the stream does not have are nobody’s', async () => {
  const wide = await start(4);
  await untilHeld([wide, 4]);
  await wide.leases.stop();
  const narrow = await start(2);
  await untilHeld([narrow, 2]);
  expect([...narrow.owned].sort()).toEqual([0, 1]);
});

/** A session of an owner whose transaction never ends, in partition 0. */
async function holdPosition(
  owner: string,
): Promise<AsyncDisposable & { outcome: Promise<string> }> {
  const stuck = connectPostgres(server.url, sessionName(owner, 0), 1);
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
  return { outcome, [Symbol.asyncDispose]: () => stuck.end({ timeout: 1 }) };
}

test('leases - a session of any earlier owner that holds the position is ended', async () => {
  await database`INSERT INTO overseer.leases VALUES (0, 'died while it took over', 2, '-infinity')`;
  await database`INSERT INTO overseer.progress VALUES (0, '', 0, 1)`;
  await using stuck = await holdPosition('the one before');
  const successor = await start(2);
  await untilHeld([successor, 2]);
  expect(await stuck.outcome).toBe('ended');
});

test('leases - a session of this store from before it lost the partition is ended too', async () => {
  const store = await start(1);
  await untilHeld([store, 1]);
  await using stuck = await holdPosition(store.leases.owner);
  await database`UPDATE overseer.leases SET owner = 'other', epoch = epoch + 1, until = '-infinity'`;
  await waitUntil(() => store.lost.length > 0, { what: 'the loss', deadlineMs: DEADLINE_MS });
  await untilHeld([store, 1]);
  expect(await stuck.outcome).toBe('ended');
});

test('leases - one of the dead is not kept for ever by a clock that was set back', async () => {
  await database`
    INSERT INTO overseer.leases (partition, owner, epoch, until)
    VALUES (0, 'dead', 1, now() + interval '1 hour')`;
  await database`INSERT INTO overseer.stores VALUES ('dead', now() + interval '1 hour', '3 seconds')`;
  const successor = await start(1);
  await untilHeld([successor, 1]);
});

test('leases - one that lapsed and that nobody claimed is kept, one that was claimed is lost', async () => {
  const store = await start(2);
  await untilHeld([store, 2]);
  await database`UPDATE overseer.leases SET until = now() - interval '1 hour' WHERE partition = 0`;
  await database`UPDATE overseer.leases SET owner = 'other', epoch = epoch + 1 WHERE partition = 1`;
  await waitUntil(() => store.lost.length > 0, { what: 'the loss', deadlineMs: DEADLINE_MS });
  expect(store.lost).toEqual([1]);
  expect([...store.owned]).toEqual([0]);
});
