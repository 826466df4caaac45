import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import postgres from 'postgres';
import { type CommandOutcome, runCommandLine } from '../testing/command-line.ts';
import { type PostgresServer, startPostgres } from '../testing/mod.ts';
import { scramVerifier } from './scram-verifier.ts';

setDefaultTimeout(60_000);

let server: PostgresServer;
let admin: postgres.Sql;
beforeAll(async () => {
  server = await startPostgres();
  admin = connect(server.url);
});
afterAll(async () => {
  await admin?.end({ timeout: 1 });
  await server?.stop();
});

const connect = (url: string) => postgres(url, { max: 1, onnotice: () => undefined });

function overseer(...args: string[]): Promise<CommandOutcome> {
  return runCommandLine(args, { environment: { DATABASE_URL: server.url } });
}

/** What `create` prints last. */
const urlOf = ({ output }: CommandOutcome) => /^psql '(.*)'$/m.exec(output)?.[1] ?? '';

test('overseer sql-user - without the group, says who makes it', async () => {
  const { exitCode, errors } = await overseer('sql-user', 'create', '--name', 'early');
  expect(exitCode).toBe(1);
  expect(errors).toContain(`There is no role ${READER_ROLE} yet`);
  await admin.unsafe(`CREATE ROLE ${READER_ROLE} NOLOGIN`);
});

test('overseer sql-user - a login that it makes reads, within its limits, and changes nothing', async () => {
  await admin.unsafe(
    `CREATE TABLE hidden (a int); CREATE VIEW shown AS SELECT 1 AS a FROM hidden; GRANT SELECT ON shown TO ${READER_ROLE}`,
  );
  const made = await overseer(
    ...['sql-user', 'create', '--name', 'Graf "ana"', '--connections', '1', '--timeout', '5min'],
  );
  expect(made).toMatchObject({ exitCode: 0, errors: '' });
  expect(made.output).toMatch(
    /^host: {5}127\.0\.0\.1\nport: {5}\d+\ndatabase: overseer\nuser: {5}Graf "ana"\n/,
  );
  const client = connect(urlOf(made));
  try {
    expect([...(await client`SELECT * FROM shown`)]).toEqual([]);
    const [row] = await client`
      SELECT current_setting('statement_timeout') AS timeout, current_setting('temp_file_limit') AS files,
        current_setting('plan_cache_mode') AS plans, pg_has_role(${READER_ROLE}, 'MEMBER') AS is_member`;
    expect(row).toEqual({
      ...{ timeout: '5min', files: '4GB', plans: 'force_custom_plan', is_member: true },
    });
    const state = (statement: string) =>
      client.unsafe(statement).then(
        () => 'done',
        (error: unknown) => (error as postgres.PostgresError).code,
      );
    expect(await state('SELECT * FROM hidden')).toBe('42501');
    expect(await state('CREATE TEMPORARY TABLE own (a int)')).toBe('25006');
    expect(await state('SET temp_file_limit = -1')).toBe('42501');
    // Whatever a session sets, the rights stay.
    await client.unsafe('SET default_transaction_read_only = off');
    expect(await state('CREATE TEMPORARY TABLE own (a int)')).toBe('42501');
    expect(await state('CREATE TABLE own (a int)')).toBe('42501');
    expect(await state('SELECT lo_create(0)')).toBe('42501');
    expect(await state('SELECT pg_advisory_lock(1)')).toBe('42501');
    const second = connect(urlOf(made));
    const refusal = await second`SELECT 1`.then(
      () => 'connected',
      (error: unknown) => String(error),
    );
    await second.end({ timeout: 1 });
    expect(refusal).toContain('too many connections for role');
    const { output } = await overseer('sql-user', 'list');
    expect(output.split('\n').slice(2)).toEqual([
      'Graf "ana" |           1 |           1 | 5min',
      '',
    ]);
  } finally {
    await client.end({ timeout: 1 });
  }
});

test('overseer sql-user - a login is for this database alone, and gone with its sessions when it is dropped', async () => {
  const url = urlOf(await overseer('sql-user', 'create', '--name', 'short'));
  const client = connect(url);
  try {
    const [session] = await client`SELECT pg_backend_pid() AS pid`;
    const elsewhere = connect(url.replace(/overseer$/, 'postgres'));
    const refusalElsewhere = await elsewhere`SELECT 1`.then(
      () => 'connected',
      (error: unknown) => String(error),
    );
    await elsewhere.end({ timeout: 1 });
    expect(refusalElsewhere).toContain('permission denied for database');
    expect(await overseer('sql-user', 'drop', '--name', 'short')).toMatchObject({ exitCode: 0 });
    const left = await admin`
      SELECT FROM pg_stat_activity WHERE pid = ${session?.pid}`;
    expect(left.length).toBe(0);
    const roles = await admin`SELECT FROM pg_roles WHERE rolname = 'short'`;
    expect(roles.length).toBe(0);
  } finally {
    await client.end({ timeout: 1 });
  }
});

test('overseer sql-user - what is no reader is neither made twice nor dropped', async () => {
  await admin.unsafe('CREATE ROLE bystander LOGIN');
  const dropped = await overseer('sql-user', 'drop', '--name', 'bystander');
  expect(dropped).toMatchObject({
    exitCode: 1,
    errors: 'There is no reader by SQL called bystander.\n',
  });
  expect((await overseer('sql-user', 'drop', '--name', 'overseer')).exitCode).toBe(1);
  const made = await overseer('sql-user', 'create', '--name', 'bystander');
  expect(made.exitCode).toBe(1);
  expect(made.errors).toContain('already exists (42710)');
});

test('overseer sql-user - a wrong call exits 2 and says what is wrong', async () => {
  const errors = async (...args: string[]) => {
    const outcome = await overseer('sql-user', ...args);
    expect(outcome.exitCode).toBe(2);
    return outcome.errors;
  };
  expect(await errors()).toContain('overseer sql-user create');
  expect(await errors('create')).toContain('--name is missing');
  expect(await errors('create', '--name', 'pg_x')).toContain('pg_x is no name of a role');
  expect(await errors('create', '--name', 'x', '--connections', '0')).toContain('--connections 0');
  expect(await errors('create', '--name', 'x', '--timeout', '0')).toContain('--timeout 0');
});

test("scram verifier - is RFC 7677's", () => {
  // Its example: user "user", password "pencil", and what the server keeps by it.
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  expect(scramVerifier('pencil', salt)).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});
