import { expect, setSystemTime, test } from 'bun:test';
import { type ChangedEvent, createLogger } from '@overseer/shared';
import { connectPostgres } from '../postgres.ts';
import { measurementOfTest } from '../testing/measurement-of-test.ts';
import { PartitionExpiry } from './expiry.ts';
import { RetentionRules } from './retention.ts';
import { readRetention, setRetention } from './retention-questions.ts';
import { StorageRoom } from './storage-room.ts';
import { TimePartitions } from './time-partitions.ts';

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
const log = createLogger('test');
const NO_LIMITS = { bytesMax: Number.POSITIVE_INFINITY, folder: undefined, freeBytesMin: 0 };

const own = measurementOfTest();

const point = (agoMs: number, measurement?: string) =>
  own.point(BigInt(Date.now() - agoMs) * 1_000_000n, measurement);

async function count(name?: string): Promise<number> {
  const [row] = await own.stored.database.unsafe(
    `SELECT count(*)::int AS n FROM ${own.table(name).name}`,
  );
  return row?.n;
}

async function tablesOf(id: number): Promise<string[]> {
  const rows = await own.stored.database`
    SELECT relname FROM pg_class WHERE relname LIKE ${`m${id}\\_%`} AND relkind = 'r'`;
  return rows.map((row) => row.relname);
}

interface Expiring {
  readonly expiry: PartitionExpiry;
  readonly changes: ChangedEvent[];
}

/** Runs an expiry for as long as the action takes. */
async function expiring(
  retentionMs: number,
  action: (expiring: Expiring) => Promise<void>,
  room = new StorageRoom(own.stored.database, NO_LIMITS, log),
): Promise<void> {
  const changes: ChangedEvent[] = [];
  const expiry = new PartitionExpiry({
    databaseUrl: own.stored.server.url,
    partitions: own.stored.partitions,
    room,
    retention: new RetentionRules(retentionMs).default,
    givesUpOldest: true,
    onChange: (event) => changes.push(event),
    log,
    onFatal: (error) => {
      throw error;
    },
  });
  try {
    await action({ expiry, changes });
  } finally {
    await expiry.stop();
  }
}

test('retention - partitions go when all of their time is over, and it is told', async () => {
  await own.stored.write(point(5 * YEAR_MS), point(2 * YEAR_MS), point(0));
  await expiring(3 * YEAR_MS, async ({ expiry, changes }) => {
    await expiry.round();
    expect(await count()).toBe(2);
    expect(changes).toMatchObject([{ db: 'db', measurement: own.measurement, dropped: false }]);
    expect(await tablesOf(own.table().id)).toHaveLength(2);
    await expiry.round();
    expect(changes).toHaveLength(1);
  });
});

test('retention - a measurement goes before its database, and that before the default', async () => {
  const [kept, shared, ruled] = ['kept', 'shared', 'ruled'].map(
    (name) => `${own.measurement}_${name}`,
  );
  if (!(kept && shared && ruled)) throw new Error('three names');
  const old = 5 * YEAR_MS;
  await own.stored.write(point(old, kept), point(old, shared), point(old, ruled));
  const { database } = own.stored;
  const set = (name: string | undefined, retention: number | null | undefined) =>
    setRetention(database, { db: 'db', measurement: name, retention });
  await set(undefined, YEAR_MS);
  await set(kept, null);
  await set(ruled, 10 * YEAR_MS);
  expect(await readRetention(database, 'db')).toEqual([
    {
      db: 'db',
      retention: YEAR_MS,
      measurements: [
        { measurement: kept, retention: null },
        { measurement: ruled, retention: 10 * YEAR_MS },
      ],
    },
  ]);
  await expiring(0, async ({ expiry }) => {
    await expiry.round();
    expect(await Promise.all([kept, shared, ruled].map(count))).toEqual([1, 0, 1]);
    await set(ruled, undefined);
    await expiry.round();
    expect(await count(ruled)).toBe(0);
  });
  await set(undefined, undefined);
});

test('retention - names that are not there are said', async () => {
  const { database } = own.stored;
  const failure = (db: string, name?: string) =>
    setRetention(database, { db, measurement: name, retention: 1 }).then(
      () => 'set',
      (error: Error) => error.message,
    );
  await own.stored.write(point(0));
  expect(await failure('nothing')).toBe('the database nothing does not exist');
  expect(await failure('db', 'nothing')).toBe('the measurement nothing in db does not exist');
});

test('retention - a reader of long ago holds up neither writers nor other readers', async () => {
  await own.stored.write(point(5 * YEAR_MS), point(4 * YEAR_MS), point(0));
  const { database } = own.stored;
  const reader = connectPostgres(own.stored.server.url, 'reader', 1);
  const reading = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  const read = reader.begin(async (transaction) => {
    await transaction.unsafe(`SELECT count(*) FROM ${own.table().name}`);
    seen.resolve();
    await reading.promise;
  });
  await seen.promise;
  try {
    await expiring(3 * YEAR_MS, async ({ expiry }) => {
      let rounds = 0;
      const round = expiry.round().then(() => rounds++);
      let writes = 0;
      while (rounds === 0) {
        await database.begin(async (transaction) => {
          await transaction.unsafe(`SET LOCAL lock_timeout = '1s'`);
          await transaction.unsafe(
            `INSERT INTO ${own.table().name} (time, series) VALUES (now(), 0)`,
          );
          await transaction.unsafe(`SELECT count(*) FROM ${own.table().name}`);
        });
        writes++;
      }
      await round;
      expect(writes).toBeGreaterThan(0);
      // Begun, and to be finished: it is no longer seen.
      const pending = await database`SELECT FROM pg_inherits WHERE inhdetachpending`;
      expect(pending).toHaveLength(1);
    });
    reading.resolve();
    await read;
    // Another process finds it interrupted.
    await expiring(3 * YEAR_MS, async ({ expiry }) => {
      await expiry.round();
      expect(await tablesOf(own.table().id)).toHaveLength(1);
      const left = await database`SELECT FROM overseer.partitions WHERE removing`;
      expect(left).toHaveLength(0);
    });
  } finally {
    reading.resolve();
    await read;
    await reader.end({ timeout: 1 });
  }
});

test('retention - what died between detaching and dropping is finished', async () => {
  await own.stored.write(point(5 * YEAR_MS));
  const [name] = await tablesOf(own.table().id);
  await own.stored
    .database`UPDATE overseer.partitions SET removing = true WHERE name = ${name ?? ''}`;
  await own.stored.database.unsafe(
    `ALTER TABLE ${own.table().name} DETACH PARTITION points.${name} CONCURRENTLY`,
  );
  await expiring(0, async ({ expiry }) => {
    await expiry.round();
    expect(await tablesOf(own.table().id)).toEqual([]);
  });
});

test('retention - what is set says which rows are kept', async () => {
  await own.stored.write(point(0));
  const retention = new RetentionRules(0);
  const partitions = new TimePartitions(own.stored.database, log, DAY_MS, retention);
  await partitions.load();
  expect(partitions.keptFromS(own.table())).toBe(Number.NEGATIVE_INFINITY);
  await setRetention(own.stored.database, {
    db: 'db',
    measurement: own.measurement,
    retention: DAY_MS,
  });
  await partitions.load();
  const keptFromMs = partitions.keptFromS(own.table()) * 1000;
  expect(Math.abs(keptFromMs - (Date.now() - DAY_MS))).toBeLessThan(60_000);
});

test('retention - ingress is told the longest of each database', async () => {
  const [kept, brief] = ['kept', 'brief'].map((name) => `${own.measurement}_${name}`);
  if (!(kept && brief)) throw new Error('two names');
  await own.stored.write(point(0, kept), point(0, brief));
  const { database } = own.stored;
  const set = (name: string | undefined, retention: number | null | undefined) =>
    setRetention(database, { db: 'db', measurement: name, retention });
  const longest = async () => {
    const rules = new RetentionRules(YEAR_MS);
    await rules.load(database);
    expect(rules.longest.fallback).toBe(YEAR_MS);
    return rules.longest.databases.get('db');
  };
  await database`DELETE FROM overseer.retention`;
  expect(await longest()).toBeUndefined();
  await set(brief, DAY_MS);
  expect(await longest()).toBe(YEAR_MS);
  await set(undefined, 2 * DAY_MS);
  expect(await longest()).toBe(2 * DAY_MS);
  await set(kept, null);
  expect(await longest()).toBeNull();
  await set(undefined, undefined);
  await database`DELETE FROM overseer.retention`;
});

test('room - without it the oldest partitions go, and not the present one', async () => {
  await own.stored.write(point(5 * YEAR_MS), point(3 * YEAR_MS), point(0));
  const room = new StorageRoom(own.stored.database, { ...NO_LIMITS, bytesMax: 1 }, log);
  await room.measure();
  await expiring(
    0,
    async ({ expiry, changes }) => {
      await expiry.round();
      expect(await count()).toBe(1);
      expect(changes.at(-1)?.dropped).toBe(false);
    },
    room,
  );
});

test('room - a removal that is held up does not make further partitions go', async () => {
  await own.stored.write(...[5, 4, 3, 0].map((years) => point(years * YEAR_MS)));
  const room = new StorageRoom(own.stored.database, { ...NO_LIMITS, bytesMax: 1 }, log);
  await room.measure();
  const reader = connectPostgres(own.stored.server.url, 'reader', 1);
  try {
    await reader.begin(async (transaction) => {
      await transaction.unsafe(`SELECT FROM ${own.table().name}`);
      await expiring(
        0,
        async ({ expiry }) => {
          await expiry.round();
          await expiry.round();
        },
        room,
      );
    });
    expect(await count()).toBe(3);
  } finally {
    await reader.end({ timeout: 1 });
  }
});

test('retention - a partition that can’t be removed keeps no others from it', async () => {
  await own.stored.write(point(5 * YEAR_MS), point(4 * YEAR_MS), point(0));
  const [, oldest] = (await tablesOf(own.table().id)).sort().reverse();
  await own.stored.database.unsafe(`CREATE VIEW public.own AS SELECT * FROM points.${oldest}`);
  await expiring(3 * YEAR_MS, async ({ expiry }) => {
    await expiry.round();
    expect(await count()).toBe(1);
    expect(await tablesOf(own.table().id)).toContain(oldest as string);
    await own.stored.database.unsafe('DROP VIEW public.own');
    await expiry.round();
    expect(await tablesOf(own.table().id)).toHaveLength(1);
  });
});

test('retention - a clock that is ahead lets nothing expire', async () => {
  await own.stored.write(point(0));
  setSystemTime(Date.now() + 50 * YEAR_MS);
  try {
    await expiring(YEAR_MS, ({ expiry }) => expiry.round());
    expect(await count()).toBe(1);
  } finally {
    setSystemTime();
  }
});

test('retention - as much as is kept stays before the newest point, whatever all clocks say', async () => {
  await own.stored.write(point(5 * YEAR_MS), point(4 * YEAR_MS));
  const { database } = own.stored;
  const newestNs = point(4 * YEAR_MS).timeNs;
  await database`
    INSERT INTO overseer.newest (partition, measurement_id, time_max_ns, written_at)
    VALUES (0, ${own.table().id}, ${newestNs}, now())`;
  await expiring(3 * YEAR_MS, async ({ expiry }) => {
    await expiry.round();
    expect(await count()).toBe(2);
    const retention = new RetentionRules(3 * YEAR_MS);
    await retention.load(database);
    expect(retention.keptFromS(own.table())).toBeLessThan((Date.now() - 6 * YEAR_MS) / 1000);
    await database`DELETE FROM overseer.newest`;
    await expiry.round();
    expect(await count()).toBe(0);
  });
});
