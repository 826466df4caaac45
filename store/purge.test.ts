import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test';
import {
  type NatsServer,
  type PostgresServer,
  startNats,
  startPostgres,
} from '@overseer/local/testing';
import { type Bus, connectBus, createLogger, POINTS_STREAM, pointsSubject } from '@overseer/shared';
import { migrate } from './migrations.ts';
import { connectPostgres, type Database } from './postgres.ts';
import { Purge } from './purge.ts';

const PARTITIONS = 2;
const DAY_MS = 86_400_000;

const log = createLogger('test');
let nats: NatsServer;
let postgres: PostgresServer;
let bus: Bus;
let database: Database;
let created: string;

beforeAll(async () => {
  [nats, postgres] = await Promise.all([startNats(), startPostgres()]);
  bus = await connectBus({ url: nats.url, name: 'test', log });
  database = connectPostgres(postgres.url, 'test', 1);
  await migrate(database);
});

afterAll(async () => {
  await bus?.close();
  await database?.end({ timeout: 1 });
  await Promise.all([nats?.stop(), postgres?.stop()]);
});

beforeEach(async () => {
  await database`DELETE FROM overseer.progress`;
  if (await bus.stream(POINTS_STREAM)) await bus.deleteStream(POINTS_STREAM);
  created = await makeStream();
});

async function makeStream(): Promise<string> {
  const stream = await bus.ensureStream({
    name: POINTS_STREAM,
    subjects: ['points.*'],
    storage: 'file',
    discard: 'new',
    bytesMax: 2 ** 20,
    replicas: 1,
  });
  return stream.created;
}

/** Publishes a message to each of these partitions, in this order. */
async function publish(...partitions: number[]): Promise<void> {
  for (const partition of partitions) {
    await bus.publish(pointsSubject(partition), Uint8Array.of(partition));
  }
}

async function setPosition(partition: number, sequence: number): Promise<void> {
  await database`
    INSERT INTO overseer.progress (partition, stream, seq, epoch)
    VALUES (${partition}, ${created}, ${sequence}, 1)
    ON CONFLICT (partition) DO UPDATE SET stream = excluded.stream, seq = excluded.seq`;
}

const purgeWithTail = (tailMs: number) => new Purge(bus, database, log, tailMs, PARTITIONS);

const firstSequence = async () => (await bus.stream(POINTS_STREAM))?.firstSequence;

test('purge - removes what every partition has committed', async () => {
  await publish(0, 1, 0, 1);
  await setPosition(0, 3);
  await setPosition(1, 2);
  const purge = purgeWithTail(0);
  expect(await purge.purge()).toBe(3);
  expect(await firstSequence()).toBe(4);
  expect(await purge.purge()).toBe(0);
  await setPosition(1, 4);
  expect(await purge.purge()).toBe(1);
});

test('purge - keeps the tail', async () => {
  await publish(0, 1);
  await setPosition(0, 1);
  await setPosition(1, 2);
  expect(await purgeWithTail(DAY_MS).purge()).toBe(0);
});

test('purge - a position beyond the end of a stream that lost its tail commits nothing', async () => {
  await publish(0, 1, 0);
  await setPosition(0, 100);
  await setPosition(1, 2);
  expect(await purgeWithTail(0).purge()).toBe(0);
  expect(await firstSequence()).toBe(1);
});

test('purge - a position of another stream commits nothing', async () => {
  await setPosition(0, 2);
  await setPosition(1, 2);
  await bus.deleteStream(POINTS_STREAM);
  await makeStream();
  await publish(0, 1);
  expect(await purgeWithTail(0).purge()).toBe(0);
});

test('purge - without the stream there is nothing to do', async () => {
  await bus.deleteStream(POINTS_STREAM);
  expect(await purgeWithTail(0).purge()).toBe(0);
});
