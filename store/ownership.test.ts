import { afterEach, beforeEach, expect, test } from 'bun:test';
import { type Service, startService, waitUntil } from '@overseer/local/testing';
import { DEAD_STREAM } from '@overseer/shared';
import { type Pipeline, startPipeline } from './testing/pipeline.ts';
import { float, type Point } from './testing/test-ingress.ts';

/** Much more than it takes, for machines that have other things to do. */
const DEADLINE_MS = 60_000;
const PARTITIONS = 8;
/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const SECOND_NS = 1_000_000_000n;
const HOSTS = 64;

let pipeline: Pipeline;
let others: Service[];

beforeEach(async () => {
  pipeline = await startPipeline({
    PARTITIONS: String(PARTITIONS),
    LEASE: '3s',
    LOG_LEVEL: 'info',
  });
  others = [];
});

afterEach(async () => {
  // A stopped process can't end in order.
  await Promise.all([pipeline.store, ...others].map((store) => store.kill('SIGCONT')));
  await Promise.all(others.map((store) => store.stop()));
  await pipeline.stop();
});

async function startAnother(): Promise<Service> {
  const store = await startService('store', pipeline.environment);
  others.push(store);
  return store;
}

/** Numbers of partitions of the stores that are there, ascending. */
async function shares(): Promise<number[]> {
  const rows = await pipeline.database`
    SELECT count(l.partition)::int AS count
    FROM overseer.stores s LEFT JOIN overseer.leases l ON l.owner = s.owner AND NOT overseer.lapsed(l.until, l.lasts)
    WHERE NOT overseer.lapsed(s.until, s.lasts) GROUP BY s.owner ORDER BY 1`;
  return rows.map((row) => row.count);
}

async function untilShares(...expected: readonly number[]): Promise<void> {
  await waitUntil(async () => Bun.deepEquals(await shares(), expected), {
    what: `shares of ${expected.join(', ')}`,
    deadlineMs: DEADLINE_MS,
  });
}

let written = 0;

/** A point of every host, in every partition, later than all before. */
async function writeRound(): Promise<void> {
  const timeNs = T0 + BigInt(written++) * SECOND_NS;
  const points = Array.from(
    { length: HOSTS },
    (_, i): Point => ({
      database: 'db',
      measurement: 'm',
      tags: { host: `host${i}` },
      fields: { f: float(written) },
      timeNs,
    }),
  );
  await pipeline.ingress.write(...points);
}

/** Everything that was written is there, once. What is not is parked, dead, or of series that nobody registered: which of them, is told. */
async function expectAllStored(rounds: number): Promise<void> {
  await pipeline.settled();
  const { database, ingress } = pipeline;
  const countOf = async (table: string) => {
    const [row] = await database.unsafe(`SELECT count(*)::int AS count FROM ${table}`);
    return row?.count;
  };
  const roundsOf = await database`
    SELECT count(*)::int AS count FROM db.m GROUP BY time ORDER BY time`;
  expect({
    rounds: roundsOf.map(({ count }) => count),
    rows: await countOf('points.m1'),
    series: await countOf('overseer.series'),
    parked: await countOf('overseer.parked'),
    dead: (await ingress.bus.stream(DEAD_STREAM))?.messages,
  }).toEqual({
    rounds: Array.from({ length: rounds }, () => HOSTS),
    rows: rounds * HOSTS,
    series: HOSTS,
    parked: 0,
    dead: 0,
  });
}

async function writeAndStore(): Promise<void> {
  await writeRound();
  await pipeline.settled();
}

const fences = async () => {
  const [row] = await pipeline.database`SELECT sum(epoch)::int AS sum FROM overseer.progress`;
  return row?.sum;
};

/** The name of the first store in the leases; asked before others are there. */
async function ownerName(): Promise<string> {
  const [row] = await pipeline.database`SELECT owner FROM overseer.stores`;
  return row?.owner;
}

/** Runs while another session holds a table locked, and every store that writes waits for it inside its transaction. */
async function whileLocked(table: string, owner: string, action: () => Promise<void>) {
  await pipeline.database.begin(async (transaction) => {
    await transaction.unsafe(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
    await writeRound();
    await waitUntil(() => waitsInTransaction(owner), {
      what: 'the owner to wait for the lock',
      deadlineMs: DEADLINE_MS,
    });
    await action();
  });
}

async function waitsInTransaction(owner: string): Promise<boolean> {
  const [row] = await pipeline.database`
    SELECT count(*)::int AS count FROM pg_stat_activity
    WHERE application_name LIKE ${`overseer-store ${owner} %`} AND wait_event_type = 'Lock'`;
  return row?.count > 0;
}

test('ownership - three stores share the partitions; of one that is killed the others take over', async () => {
  await writeRound();
  await untilShares(8);
  const before = await fences();
  await startAnother();
  await untilShares(4, 4);
  await startAnother();
  await untilShares(2, 3, 3);
  // Every hand-over raised one epoch; nobody had to be locked out.
  expect(await fences()).toBeLessThanOrEqual(before + 4 + 3);
  await writeRound();
  await pipeline.store.kill('SIGKILL');
  await writeAndStore();
  await untilShares(4, 4);
  await expectAllStored(3);
});

test('ownership - stores that stop and start one after another hold nothing up', async () => {
  await startAnother();
  await untilShares(4, 4);
  const stopped = others[0]?.stop();
  await writeAndStore();
  await stopped;
  await untilShares(8);
  const starting = startAnother();
  await writeAndStore();
  await starting;
  await untilShares(4, 4);
  await expectAllStored(2);
});

test('ownership - a store that is stopped while it waits for work is replaced, and comes back', async () => {
  await startAnother();
  await untilShares(4, 4);
  await writeRound();
  await pipeline.settled();
  await pipeline.store.kill('SIGSTOP');
  await writeAndStore();
  await untilShares(8);
  await pipeline.store.kill('SIGCONT');
  await untilShares(4, 4);
  await writeRound();
  await expectAllStored(3);
});

for (const [table, state] of [
  ['overseer.newest', 'at the end of a transaction'],
  ['points.m1', 'before the rows of a COPY'],
] as const) {
  test(`ownership - a store that is stopped ${state} is replaced, and writes nothing when it is awake`, async () => {
    await writeRound();
    await pipeline.settled();
    const owner = await ownerName();
    await startAnother();
    await untilShares(4, 4);
    await whileLocked(table, owner, () => pipeline.store.kill('SIGSTOP'));
    await writeAndStore();
    await pipeline.store.kill('SIGCONT');
    await untilShares(4, 4);
    await writeRound();
    await expectAllStored(4);
  });
}
