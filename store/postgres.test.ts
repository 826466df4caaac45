import { afterAll, beforeAll, expect, test } from 'bun:test';
import { type PostgresServer, startPostgres } from '@overseer/local/testing';
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
