import { expect, test } from 'bun:test';
import { waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { connectPostgres } from '../postgres.ts';
import { measurementOfTest } from '../testing/measurement-of-test.ts';
import { PartitionSealing, QuietPartitions } from './sealing.ts';
import { StorageRoom } from './storage-room.ts';

const YEAR_MS = 365 * 86_400_000;
const log = createLogger('test');

const own = measurementOfTest();

const point = (timeMs: number, timeNs = 0n) => own.point(BigInt(timeMs) * 1_000_000n + timeNs);

const tableName = () => own.table().name;

async function sealing(
  action: (sealing: PartitionSealing) => Promise<void>,
  quietMs = 0,
  bytesMax = Number.POSITIVE_INFINITY,
): Promise<void> {
  const limits = { bytesMax, folder: undefined, freeBytesMin: 0 };
  const room = new StorageRoom(own.stored.database, limits, log);
  await room.measure();
  const sealer = new PartitionSealing({
    databaseUrl: own.stored.server.url,
    room,
    quiet: new QuietPartitions(quietMs),
    log,
    onFatal: (error) => {
      throw error;
    },
  });
  try {
    await action(sealer);
  } finally {
    await sealer.stop();
  }
}

/** Indexes of the measurement's partitions by series, and whether they are valid. */
async function indexes(): Promise<{ definition: string; valid: boolean }[]> {
  const rows = await own.stored.database`
    SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AS valid FROM pg_index i
    JOIN pg_inherits p ON p.inhrelid = i.indrelid AND p.inhparent = to_regclass(${tableName()})
    WHERE pg_get_indexdef(indexrelid) LIKE '%btree%'`;
  return rows.map(({ definition, valid }) => ({ definition, valid }));
}

/** Rows every second for some series, a year ago. */
async function fill(rows: number): Promise<void> {
  const startMs = Math.floor((Date.now() - YEAR_MS) / 1000) * 1000;
  await own.stored.write(point(startMs), point(startMs + rows * 1000));
  await own.stored.database.unsafe(`
    INSERT INTO ${tableName()} (time, series)
    SELECT timestamptz '${new Date(startMs).toISOString()}' + g * interval '1 second', g % 100
    FROM generate_series(1, ${rows - 1}) g`);
}

async function plan(query: string): Promise<string> {
  const rows = await own.stored.database.unsafe(`EXPLAIN ${query}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test('sealing - a partition of the past gets its index, the present one does not', async () => {
  await fill(20_000);
  await own.stored.write(point(Date.now()));
  await sealing(async (sealer) => {
    await sealer.round();
    expect(sealer.work.partitions).toBe(1);
    await sealer.round();
    expect(sealer.work.partitions).toBe(1);
  });
  expect(await indexes()).toMatchObject([{ valid: true }]);
  const found = await plan(`SELECT time FROM ${tableName()} WHERE series = 7 AND time < now()`);
  expect(found).toContain('_series_time');
});

test('sealing - nanoseconds are part of the index', async () => {
  await own.stored.write(point(Date.now() - YEAR_MS, 1n));
  await sealing((sealer) => sealer.round());
  expect(await indexes()).toMatchObject([{ definition: expect.stringContaining('"time", ns)') }]);
});

test('sealing - what is still written to waits', async () => {
  await fill(1000);
  await sealing(async (sealer) => {
    await sealer.round();
    expect(await indexes()).toEqual([]);
  }, 60_000);
});

test('sealing - a partition waits until there is as much room as it takes', async () => {
  await fill(100_000);
  const [size] = await own.stored
    .database`SELECT pg_database_size(current_database())::float8 AS bytes`;
  const [rows] = await own.stored.database.unsafe(`
    SELECT pg_relation_size(inhrelid)::float8 AS bytes
    FROM pg_inherits WHERE inhparent = '${tableName()}'::regclass`);
  const seal = (sealer: PartitionSealing) => sealer.round();
  await sealing(seal, 0, (size?.bytes + rows?.bytes / 2) / 0.9);
  expect(await indexes()).toEqual([]);
  await sealing(seal, 0, (size?.bytes + rows?.bytes * 2) / 0.9);
  expect(await indexes()).toMatchObject([{ valid: true }]);
});

test('sealing - stopping waits for no reader', async () => {
  await fill(1000);
  const reader = connectPostgres(own.stored.server.url, 'reader', 1);
  try {
    await reader.begin('isolation level repeatable read', async (transaction) => {
      await transaction.unsafe(`SELECT count(*) FROM ${tableName()}`);
      await sealing(async (sealer) => {
        sealer.start();
        await waitUntil(
          async () => {
            const waiting = await own.stored.database`
              SELECT FROM pg_stat_activity
              WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'`;
            return waiting.length > 0;
          },
          { what: 'the building to wait for the reader', deadlineMs: 30_000 },
        );
      });
    });
  } finally {
    await reader.end({ timeout: 1 });
  }
  await sealing((sealer) => sealer.round());
  expect(await indexes()).toMatchObject([{ valid: true }]);
});

test('sealing - neither an old reader nor the building holds up writers', async () => {
  await fill(1000);
  const reader = connectPostgres(own.stored.server.url, 'reader', 1);
  const reading = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  const read = reader.begin('isolation level repeatable read', async (transaction) => {
    await transaction.unsafe(`SELECT count(*) FROM ${tableName()}`);
    seen.resolve();
    await reading.promise;
  });
  await seen.promise;
  try {
    await sealing(async (sealer) => {
      const round = sealer.round();
      for (let i = 0; i < 50; i++) {
        await own.stored.database.begin(async (transaction) => {
          await transaction.unsafe(`SET LOCAL lock_timeout = '1s'`);
          await transaction.unsafe(`
            INSERT INTO ${tableName()} (time, series)
            SELECT max(time), 0 FROM ${tableName()}`);
        });
      }
      reading.resolve();
      await read;
      await round;
    });
    expect(await indexes()).toMatchObject([{ valid: true }]);
  } finally {
    reading.resolve();
    await read;
    await reader.end({ timeout: 1 });
  }
});

test('sealing - an index whose building was broken off is built again', async () => {
  await fill(1000);
  await sealing((sealer) => sealer.round());
  await own.stored.database`UPDATE overseer.partitions SET sealed_at = NULL`;
  await own.stored.database`
    UPDATE pg_index SET indisvalid = false
    WHERE indexrelid IN (
      SELECT i.indexrelid FROM pg_index i
      JOIN pg_inherits p ON p.inhrelid = i.indrelid AND p.inhparent = to_regclass(${tableName()})
      JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE '%\\_series\\_time'
    )`;
  expect(await indexes()).toMatchObject([{ valid: false }]);
  await sealing((sealer) => sealer.round());
  expect(await indexes()).toMatchObject([{ valid: true }]);
});
