import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { projectFolder } from '../project.ts';
import { type PostgresServer, startPostgres } from '../testing/mod.ts';

interface Outcome {
  readonly output: string;
  readonly errors: string;
  readonly exitCode: number;
}

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server?.stop());

async function overseer(args: readonly string[], databaseUrl = server.url): Promise<Outcome> {
  const command = [process.execPath, join(projectFolder, 'local', 'cli.ts'), ...args];
  const child = Bun.spawn(command, {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, exitCode] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  return { output, errors, exitCode };
}

describe('overseer sql', () => {
  test('values at the edge of their types - print exactly', async () => {
    const { output, exitCode } = await overseer([
      'sql',
      `select 18446744073709551615::numeric(20,0) as u, '-9223372036854775808'::bigint as i,
        '-0'::float8 as z, 0.1::float8 as f, timestamptz '2026-01-02 03:04:05.678901+00' as t`,
    ]);
    expect(exitCode).toBe(0);
    expect(output.split('\n')[2]).toBe(
      '18446744073709551615 | -9223372036854775808 | -0 | 0.1 | 2026-01-02 03:04:05.678901+00',
    );
  });

  test('--json - prints an array of objects', async () => {
    const { output } = await overseer([
      'sql',
      '--json',
      "select 1 as a, null as b, '{}'::jsonb as c",
    ]);
    expect(JSON.parse(output)).toEqual([{ a: 1, b: null, c: {} }]);
  });

  test('several statements - print several results', async () => {
    const { output } = await overseer(['sql', 'select 1 as a; select 2 as b where false']);
    expect(output).toBe('a\n-\n1\n(1 row)\nb\n-\n(0 rows)\n');
  });

  test('a mistake - is shown at its place', async () => {
    const { errors, exitCode } = await overseer(['sql', 'select\n  nothing']);
    expect(exitCode).toBe(1);
    expect(errors).toBe('ERROR: column "nothing" does not exist (42703)\n    nothing\n    ^\n');
  });

  test('a statement that changes something - is refused, unless --write is given', async () => {
    const statement = 'create table changed (a int)';
    const refused = await overseer(['sql', statement]);
    expect(refused.exitCode).toBe(1);
    expect(refused.errors).toContain('read-only transaction (25006)');
    expect(refused.errors).toContain('overseer sql --write');
    expect(await overseer(['sql', '--write', statement])).toMatchObject({ exitCode: 0 });
    expect((await overseer(['sql', 'select * from changed'])).output).toBe('a\n-\n(0 rows)\n');
  });

  test('no server - is told without a stack', async () => {
    const { errors, exitCode } = await overseer(['sql', 'select 1'], 'postgres://127.0.0.1:1/x');
    expect(exitCode).toBe(1);
    expect(errors).toStartWith("Can't reach PostgreSQL: ");
    expect(errors).not.toContain(' at ');
  });

  test('a wrong call - exits 2 and says what is wrong', async () => {
    expect(await overseer(['sql'])).toMatchObject({ exitCode: 2 });
    expect(await overseer(['sql', 'select', '1'])).toMatchObject({ exitCode: 2 });
    expect((await overseer(['sql', '--yaml', 'x'])).errors).toContain('--yaml');
    expect((await overseer(['sqk'])).errors).toContain('There is no command "sqk"');
  });
});
