import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import postgres from 'postgres';
import { type NatsServer, type PostgresServer, startNats, startPostgres } from './mod.ts';

describe('postgres for tests', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  test('a killed server - comes back with its data on the same url', async () => {
    const before = server.pid;
    const sql = postgres(server.url, { max: 1 });
    await sql`create table kept (value bigint)`;
    await sql`insert into kept values (1)`;
    await server.kill();
    expect(server.isRunning).toBe(false);
    await sql.end({ timeout: 1 });
    await server.restart();
    expect(server.pid).not.toBe(before);
    const again = postgres(server.url, { max: 1 });
    expect((await again`select value::text from kept`)[0]?.value).toBe('1');
    await again.end();
  });

  test('a wrong password - is refused on the loopback too', async () => {
    const url = new URL(server.url);
    url.password = 'wrong';
    const sql = postgres(url.href, { max: 1 });
    await expect(sql`select 1`.execute()).rejects.toThrow('password authentication failed');
    await sql.end();
  });
});

describe('nats for tests', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server?.stop());

  test('a killed server - comes back on the same url', async () => {
    const before = server.pid;
    await server.kill();
    await server.restart();
    expect(server.pid).not.toBe(before);
    expect(existsSync(`/proc/${before}`)).toBe(false);
  });
});

test('a server that never gets ready - is reported with what it printed', async () => {
  await expect(startPostgres({ shared_buffers: 'a lot' })).rejects.toThrow(
    /ended before it was ready.*invalid value for parameter "shared_buffers"/s,
  );
});
