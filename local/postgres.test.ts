import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { Child } from './child.ts';
import { type PostgresOptions, preparePostgres } from './postgres.ts';
import { testPostgresSettings } from './postgres-settings.ts';
import { temporaryFolder } from './testing/mod.ts';
import { freePort } from './testing/ports.ts';

const isRoot = process.getuid?.() === 0;

describe('embedded postgres', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const options = (): PostgresOptions => ({
    folder,
    port: freePort(),
    settings: testPostgresSettings,
  });

  /** Starts the server, runs one statement, and stops it again. */
  async function visit(given: PostgresOptions, statement: string): Promise<postgres.Row[]> {
    const program = await preparePostgres(given);
    const child = await Child.start(program);
    try {
      await child.ready();
      const sql = postgres(program.url, { max: 1 });
      const rows = await sql.unsafe(statement);
      await sql.end();
      return rows;
    } finally {
      expect(await child.stop()).toEqual({ code: 0, signal: null });
    }
  }

  test('run twice on a folder - keeps data and password', async () => {
    await visit(options(), 'create table kept as select 42 as value');
    expect(await visit(options(), 'select value from kept')).toMatchObject([{ value: 42 }]);
  });

  test('its password and data - are readable by the owner alone', async () => {
    await visit(options(), 'select 1');
    expect(statSync(join(folder, 'postgres-password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'postgres')).mode & 0o777).toBe(0o700);
  });

  test('an initialisation cut short - starts afresh', async () => {
    mkdirSync(join(folder, 'postgres.unfinished'));
    writeFileSync(join(folder, 'postgres.unfinished', 'PG_VERSION'), '18');
    expect(await visit(options(), 'select 1 as value')).toMatchObject([{ value: 1 }]);
  });

  test('a postmaster.pid with the number of another program - does not stop it', async () => {
    await visit(options(), 'select 1');
    writeFileSync(join(folder, 'postgres', 'postmaster.pid'), `${process.pid}\n`);
    expect(await visit(options(), 'select 1 as value')).toMatchObject([{ value: 1 }]);
  });

  test('a path too long for a socket - leaves TCP', async () => {
    const given = { ...options(), folder: join(folder, 'x'.repeat(100)) };
    const { url, socketUrl } = await preparePostgres(given);
    expect(socketUrl).toBe(url);
    expect(await visit(given, 'select 1 as value')).toMatchObject([{ value: 1 }]);
  });

  test.skipIf(!isRoot)('root with namespaces - files stay root’s', async () => {
    await visit(options(), 'select 1');
    expect(statSync(join(folder, 'postgres')).uid).toBe(0);
  });

  test.skipIf(!isRoot)('root without namespaces - runs as another user and says so', async () => {
    chmodSync(folder, 0o755);
    const notices: string[] = [];
    await visit(
      { ...options(), namespacesAllowed: false, onNotice: (notice) => notices.push(notice) },
      'select 1',
    );
    expect(notices[0]).toContain('refuses to run as root');
    expect(statSync(join(folder, 'postgres')).uid).not.toBe(0);
  });

  test.skipIf(!isRoot)('root that nobody can stand in for - is told what to do', async () => {
    chmodSync(folder, 0o700);
    const attempt = preparePostgres({ ...options(), namespacesAllowed: false });
    await expect(attempt).rejects.toThrow(/Start Overseer as an ordinary user.*DATABASE_URL/s);
    expect(existsSync(join(folder, 'postgres'))).toBe(false);
  });
});
