import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres, waitUntil } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { connectPostgres, isOutage, PostgresSetupError, waitForPostgres } from './postgres.ts';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

/** What waiting for the server ends with, after a change of its URL. */
async function failure(change: (url: URL) => void): Promise<unknown> {
  const url = new URL(server.url);
  change(url);
  const database = connectPostgres(url.href, 'test', 1);
  try {
    const never = new AbortController().signal;
    await waitForPostgres(database, url.href, createLogger('test'), never);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await database.end({ timeout: 1 });
  }
}

test('waiting for postgres - a server that answers ends it', async () => {
  expect(await failure(() => undefined)).toBeUndefined();
});

test('postgres - is reached over its Unix socket when the URL names the folder', async () => {
  const { program } = server;
  expect(program.socketUrl).toMatch(/\?host=%2F/);
  const database = connectPostgres(program.socketUrl, 'test', 1);
  try {
    expect(await database`SELECT inet_client_addr() AS address`).toMatchObject([{ address: null }]);
  } finally {
    await database.end({ timeout: 1 });
  }
});

test('waiting for postgres - a wrong password or user is named at once, the password is not', async () => {
  const password = await failure((url) => {
    url.password = 'hush';
  });
  expect(password).toBeInstanceOf(PostgresSetupError);
  expect(String(password)).toMatch(/password authentication failed.*DATABASE_URL/);
  expect(String(password)).not.toMatch(/hush/);
  const user = await failure((url) => {
    url.username = 'nobody';
  });
  expect(user).toBeInstanceOf(PostgresSetupError);
});

test('waiting for postgres - a database that does not exist is named at once', async () => {
  const error = await failure((url) => {
    url.pathname = '/elsewhere';
  });
  expect(error).toBeInstanceOf(PostgresSetupError);
  expect(String(error)).toMatch(/"elsewhere" does not exist.*DATABASE_URL/);
});

test('outages - a host that is not known, or does not listen, is one', async () => {
  for (const url of ['postgres://u@no-such-host.invalid/x', 'postgres://u@127.0.0.1:1/x']) {
    const database = connectPostgres(url, 'test', 1);
    const error = await database`SELECT 1`.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isOutage(error)).toBe(true);
    await database.end({ timeout: 1 });
  }
});

/** Ends the sessions of a name; the server tells them so and closes their connections. */
async function endSessions(name: string): Promise<void> {
  const admin = connectPostgres(server.url, 'admin', 1);
  await admin`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${name}`;
  await admin.end({ timeout: 1 });
}

test('a lost session - its transaction’s function can’t reach into the session that comes after', async () => {
  const database = connectPostgres(server.url, 'lost', 1);
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const outcomes: Promise<unknown>[] = [];
  const lost = database.begin(async (transaction) => {
    await transaction`SELECT 1`;
    begin();
    await told;
    const late = transaction`CREATE TABLE late (x int)`;
    outcomes.push(late.then(() => 'executed', isOutage));
    await late;
  });
  const outcome = lost.then(() => 'committed', isOutage);
  await begun;
  await endSessions('lost');
  expect(await outcome).toBe(true);
  await database
    .begin(async (transaction) => {
      await transaction`CREATE TABLE next (x int)`;
      tell();
      await waitUntil(() => outcomes.length > 0, {
        what: 'the late statement',
        deadlineMs: 10_000,
      });
      expect(await outcomes[0]).toBe(true);
      throw new Error('roll back');
    })
    .catch(() => undefined);
  const tables = await database`SELECT relname FROM pg_class WHERE relname IN ('late', 'next')`;
  expect(tables).toHaveLength(0);
  await database.end({ timeout: 1 });
});

test('a lost session - another one is made, wherever the loss hit', async () => {
  const rounds = 6;
  const surviving = async (name: string) => {
    const database = connectPostgres(server.url, name, 1);
    for (let round = 0; round < rounds; round++) {
      let isOver = false;
      const ending = endSessions(name).then(() => (isOver = true));
      while (!isOver) {
        await database
          .begin(async (transaction) => {
            for (let i = 0; i < 5; i++) await transaction`SELECT ${i}::int`;
          })
          .catch((error: unknown) => expect(isOutage(error)).toBe(true));
      }
      await ending;
    }
    // The end of the last session may still be on its way.
    await waitUntil(
      () =>
        database`SELECT 1`.then(
          () => true,
          () => false,
        ),
      {
        what: 'a session that works',
        deadlineMs: 20_000,
      },
    );
    await database.end({ timeout: 1 });
  };
  await Promise.all(Array.from({ length: 8 }, (_, i) => surviving(`hit ${i}`)));
});
