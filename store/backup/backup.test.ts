import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type PostgresServer,
  startPostgres,
  startService,
  temporaryFolder,
} from '@overseer/local/testing';
import { MigrationError, migrate } from '../migrations.ts';
import { connectPostgres, type Database } from '../postgres.ts';
import { type Pipeline, startPipeline } from '../testing/pipeline.ts';
import { boolean, float, integer, type Point, string, unsigned } from '../testing/test-ingress.ts';
import { makeBackup } from './backup.ts';
import { BackupFormatError } from './format.ts';
import { restoreBackup } from './restore.ts';
import { RestoreError } from './restore-error.ts';
import { databaseContent, databaseStructure } from './testing/database-content.ts';
import { verifyBackup } from './verify.ts';

setDefaultTimeout(60_000);

/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const SECOND_NS = 1_000_000_000n;
const onProgress = () => undefined;

let started: AsyncDisposableStack;
let folder: string;
let path: string;

beforeEach(() => {
  started = new AsyncDisposableStack();
  folder = temporaryFolder();
  started.defer(() => rmSync(folder, { recursive: true, force: true }));
  path = join(folder, 'backup');
});
afterEach(() => started.disposeAsync());

async function startRunning(): Promise<Pipeline> {
  const running = await startPipeline();
  started.defer(() => running.stop());
  return running;
}

interface EmptyPostgres {
  readonly server: PostgresServer;
  readonly database: Database;
}

async function startEmpty(): Promise<EmptyPostgres> {
  const server = started.use(await startPostgres());
  const database = connectPostgres(server.url, 'test', 2);
  started.defer(() => database.end({ timeout: 1 }));
  return { server, database };
}

/** Of every type, at the edges, with odd names, nanoseconds, and times far away. */
const POINTS: readonly Point[] = [
  {
    database: 'db',
    measurement: 'm',
    tags: { host: 'a', 'tag "quoted"': 'väl,ue' },
    fields: {
      f: float(0.1),
      i: integer(-(2n ** 63n)),
      u: unsigned(2n ** 64n - 1n),
      b: boolean(true),
      s: string('line\nbreak'),
    },
    timeNs: T0,
  },
  { database: 'db', measurement: 'm', tags: {}, fields: { f: float(-0) }, timeNs: T0 + 1n },
  {
    database: 'Odd "name"',
    measurement: 'select',
    tags: { time: 'x' },
    fields: { time: float(Number.MAX_VALUE), tags: string('') },
    timeNs: -T0,
  },
];

const onlyPoint = (second: number, value: number, host = 'a'): Point => ({
  ...{ database: 'db', measurement: 'm', tags: { host }, fields: { f: float(value) } },
  timeNs: T0 + BigInt(second) * SECOND_NS,
});

async function outcome(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('backup - restored into an empty PostgreSQL, every row and table is the same', async () => {
  const running = await startRunning();
  await running.ingress.write(...POINTS);
  await running.settled();
  await running.store.kill('SIGTERM');
  const databaseUrl = running.postgres.url;
  const { head, timePartitions } = await makeBackup({ databaseUrl, path, onProgress });
  expect(head.installation).toBe(running.ingress.installation.id);
  expect(timePartitions).toBeGreaterThanOrEqual(2);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(verifyBackup(path, onProgress).head).toEqual(head);
  const empty = await startEmpty();
  await restoreBackup({ databaseUrl: empty.server.url, path, isReplacing: false, onProgress });
  expect(await databaseContent(empty.database)).toEqual(await databaseContent(running.database));
  expect(await databaseStructure(empty.database)).toEqual(
    await databaseStructure(running.database),
  );
});

test('backup - a PostgreSQL restored to an older point catches up from the stream', async () => {
  const running = await startRunning();
  const { ingress, store, postgres, database } = running;
  await ingress.write(...Array.from({ length: 40 }, (_, i) => onlyPoint(i, i, `h${i % 7}`)));
  await running.settled();
  await makeBackup({ databaseUrl: postgres.url, path, onProgress });
  // Later points, a rewritten one, new series, and a measurement that the backup does not know.
  await ingress.write(...Array.from({ length: 40 }, (_, i) => onlyPoint(40 + i, i, `h${i % 11}`)));
  await ingress.write(onlyPoint(3, 33, 'h3'), { ...onlyPoint(1, 1), measurement: 'later' });
  await running.settled();
  const rows = 'SELECT time, tags, f FROM db.m ORDER BY time, tags::text';
  const before = await database.unsafe(rows);
  await store.kill('SIGTERM');
  await restoreBackup({ databaseUrl: postgres.url, path, isReplacing: true, onProgress });
  expect(await database.unsafe(rows)).toHaveLength(40);
  await ingress.write(onlyPoint(1000, 1000, 'h1'));
  await store.restart();
  await running.settled();
  const after = await database.unsafe(rows);
  expect(after.slice(0, -1)).toEqual([...before]);
  expect(after.at(-1)?.f).toBe(1000);
  expect(await database`SELECT f FROM db.later`).toHaveLength(1);
});

test('backup - it goes where nothing of Overseer is, or where that may be replaced, and no store runs', async () => {
  const running = await startRunning();
  const databaseUrl = running.postgres.url;
  await running.ingress.write(onlyPoint(0, 1));
  await running.settled();
  await makeBackup({ databaseUrl, path, onProgress });
  const restore = (isReplacing: boolean) =>
    outcome(restoreBackup({ databaseUrl, path, isReplacing, onProgress }));
  const whileRunning = await restore(true);
  expect(whileRunning).toBeInstanceOf(RestoreError);
  expect(String(whileRunning)).toContain('stop every store');
  await running.store.kill('SIGTERM');
  expect(String(await restore(false))).toContain('--replace');
  await running.database`DELETE FROM points.m1`;
  expect(await restore(true)).toBeUndefined();
  expect(await running.database`SELECT f FROM db.m`).toHaveLength(1);
});

test('backup - damage is found wherever it is, and what was cut off too', async () => {
  const running = await startRunning();
  await running.ingress.write(...POINTS);
  await running.settled();
  await makeBackup({ databaseUrl: running.postgres.url, path, onProgress });
  const whole = readFileSync(path);
  const check = (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    return () => verifyBackup(path, onProgress);
  };
  const steps = Array.from({ length: 60 }, (_, i) => Math.floor((i * whole.length) / 60));
  for (const at of steps) {
    const damaged = Uint8Array.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 0x10;
    expect(check(damaged)).toThrow(BackupFormatError);
    expect(check(whole.subarray(0, at))).toThrow(BackupFormatError);
  }
});

test('backup - one that can’t be made leaves no file', async () => {
  const empty = await startEmpty();
  const failure = outcome(makeBackup({ databaseUrl: empty.server.url, path, onProgress }));
  expect(String(await failure)).toContain('nothing to back up');
  expect(readdirSync(folder)).toEqual([]);
  await migrate(empty.database);
  await empty.database`CREATE TABLE points.m1 (time timestamptz) PARTITION BY RANGE (time)`;
  const away = join(folder, 'no', 'such', 'folder');
  const missing = outcome(makeBackup({ databaseUrl: empty.server.url, path: away, onProgress }));
  expect(String(await missing)).toContain('ENOENT');
  expect(existsSync(away)).toBe(false);
});

test('backup - a restore that was interrupted keeps stores out until it is repeated', async () => {
  const running = await startRunning();
  await running.ingress.write(...POINTS);
  await running.settled();
  await makeBackup({ databaseUrl: running.postgres.url, path, onProgress });
  const whole = readFileSync(path);
  const empty = await startEmpty();
  const restore = (isReplacing: boolean) =>
    outcome(restoreBackup({ databaseUrl: empty.server.url, path, isReplacing, onProgress }));
  writeFileSync(path, whole.subarray(0, whole.length - 100));
  expect(await restore(false)).toBeInstanceOf(BackupFormatError);
  expect(await outcome(migrate(empty.database))).toBeInstanceOf(MigrationError);
  const refused = await outcome(
    startService('store', { ...running.environment, DATABASE_URL: empty.server.url }),
  );
  expect(String(refused)).toContain('overseer restore --replace');
  writeFileSync(path, whole);
  expect(await restore(true)).toBeUndefined();
  expect(await databaseContent(empty.database)).toMatchObject({ 'db.m': { length: 2 } });
  expect(await migrate(empty.database)).toBeGreaterThan(0);
});

test('backup - points written and columns added meanwhile wait for no more than one table', async () => {
  const running = await startRunning();
  const { ingress, database } = running;
  for (let i = 0; i < 20; i++) await ingress.write({ ...onlyPoint(i, i), measurement: `m${i}` });
  await running.settled();
  const writing = (async () => {
    for (let i = 0; i < 20; i++) {
      const fields = { f: float(i), [`f${i}`]: float(i) };
      await ingress.write({ ...onlyPoint(100 + i, i), measurement: `m${i}`, fields });
      await ingress.write({ ...onlyPoint(200 + i, i), measurement: `m${i}` });
    }
  })();
  await makeBackup({ databaseUrl: running.postgres.url, path, onProgress });
  await writing;
  await running.settled();
  const [row] = await database`SELECT count(*)::int AS count FROM points.m1`;
  expect(row?.count).toBe(3);
  const empty = await startEmpty();
  await restoreBackup({ databaseUrl: empty.server.url, path, isReplacing: false, onProgress });
  // As of one moment: a series of which there are points is there itself.
  const lost = await empty.database`
    SELECT FROM points.m1 WHERE series NOT IN (SELECT id FROM overseer.series)`;
  expect(lost).toHaveLength(0);
});
