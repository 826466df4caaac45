import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { connectPostgres, type Database } from '../postgres.ts';
import { checkDatabaseFolder, StorageRoom } from './storage-room.ts';

const log = createLogger('test');
const NO_LIMITS = { bytesMax: Number.POSITIVE_INFINITY, folder: undefined, freeBytesMin: 0 };

let server: PostgresServer;
let database: Database;

beforeAll(async () => {
  server = await startPostgres();
  database = connectPostgres(server.url, 'test', 1);
});

afterAll(async () => {
  await database?.end({ timeout: 1 });
  await server?.stop();
});

async function bytesNow(): Promise<number> {
  const [row] = await database`SELECT pg_database_size(current_database())::float8 AS bytes`;
  return row?.bytes;
}

test('room - ample without a limit', async () => {
  const room = new StorageRoom(database, NO_LIMITS, log);
  expect(await room.measure()).toBe('ample');
  await room.wait(new AbortController().signal);
});

test('room - little from nine tenths of the limit, none at the limit', async () => {
  const bytes = await bytesNow();
  const at = (bytesMax: number) =>
    new StorageRoom(database, { ...NO_LIMITS, bytesMax }, log).measure();
  expect(await at(bytes * 2)).toBe('ample');
  expect(await at(bytes * 1.05)).toBe('narrow');
  expect(await at(bytes)).toBe('full');
});

test('room - the free space of a disk counts as well', async () => {
  const folder = '/';
  const measured = new StorageRoom(database, { ...NO_LIMITS, folder }, log);
  expect(await measured.measure()).toBe('ample');
  const freeBytesMin = measured.freeBytes * 2;
  expect(
    await new StorageRoom(database, { ...NO_LIMITS, folder, freeBytesMin }, log).measure(),
  ).toBe('full');
});

test('room - who waits for it goes on when there is some, or when told to stop', async () => {
  await database`CREATE TABLE filling AS SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g`;
  const room = new StorageRoom(database, { ...NO_LIMITS, bytesMax: (await bytesNow()) - 1 }, log);
  expect(await room.measure()).toBe('full');
  const stopping = new AbortController();
  const stopped = room.wait(stopping.signal);
  let isWaiting = true;
  const waited = room.wait(new AbortController().signal).then(() => {
    isWaiting = false;
  });
  stopping.abort();
  await stopped;
  expect(isWaiting).toBe(true);
  await database`DROP TABLE filling`;
  expect(await room.measure()).not.toBe('full');
  await waited;
});

test('room - a folder that is not there is the operator’s mistake', () => {
  expect(() => checkDatabaseFolder('/nothing/here')).toThrow('DATABASE_FOLDER is "/nothing/here"');
  checkDatabaseFolder(undefined);
  checkDatabaseFolder('/');
});
