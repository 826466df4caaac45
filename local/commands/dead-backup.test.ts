import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOutcome, runCommandLine } from '../testing/command-line.ts';
import {
  startNats,
  startPostgres,
  startService,
  temporaryFolder,
  waitUntil,
} from '../testing/mod.ts';

/** `overseer dead`, `backup` and `restore`, on a running Overseer. */

setDefaultTimeout(60_000);

const DEADLINE_MS = 60_000;

let started: AsyncDisposableStack;
let folder: string;
let ingressUrl: string;
let servers: Readonly<Record<'NATS_URL' | 'DATABASE_URL', string>>;

beforeAll(async () => {
  started = new AsyncDisposableStack();
  folder = temporaryFolder();
  started.defer(() => rmSync(folder, { recursive: true, force: true }));
  const nats = started.use(await startNats());
  const postgres = started.use(await startPostgres());
  servers = { NATS_URL: nats.url, DATABASE_URL: postgres.url };
  const settings = { ...servers, POINTS_BYTES_MAX: '256MiB', LOG_LEVEL: 'warn' };
  started.use(await startService('store', settings));
  const ingress = started.use(await startService('ingress', settings));
  ingressUrl = ingress.url;
});
afterAll(() => started.disposeAsync());

function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> {
  return runCommandLine(args, { environment: { ...servers, ...environment } });
}

async function write(lines: string): Promise<void> {
  const url = `${ingressUrl}/write?db=demo`;
  const response = await fetch(url, { method: 'POST', body: lines });
  expect(response.status).toBe(204);
}

async function sql(statement: string, databaseUrl = servers.DATABASE_URL): Promise<unknown[]> {
  const { output, errors } = await run(['sql', '--json', statement], { DATABASE_URL: databaseUrl });
  if (errors) throw new Error(errors);
  return JSON.parse(output);
}

const stored = (view: string, count: number) =>
  waitUntil(
    async () => {
      const { output } = await run(['sql', '--json', `select count(*)::int as n from ${view}`]);
      return output !== '' && JSON.parse(output)[0].n === count;
    },
    { what: `${count} rows in ${view}`, deadlineMs: DEADLINE_MS },
  );

test('overseer dead - a letter is listed, shown, replayed and dropped', async () => {
  await write('room,name=kitchen temperature=21.5,people=3i,note="a \\"b\\"" 1000000000');
  await stored('demo.room', 1);
  const table = 'points.m1';
  const [field] = (await sql(
    "select 'f' || id as name from overseer.fields where name = 'temperature'",
  )) as [{ name: string }];
  await sql(`alter table ${table} add constraint cold check (${field.name} < 50)`);
  await write('room,name=kitchen temperature=99,people=-4i,note="hot" 2000000000');
  const letters = await waitUntil(
    async () => {
      const { output } = await run(['dead', 'list', '--json']);
      return output === ''
        ? undefined
        : output
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line));
    },
    { what: 'a dead letter', deadlineMs: DEADLINE_MS },
  );
  expect(letters).toMatchObject([
    { letter: 1, kind: 'postgres', of: 'demo.room', rows: 1, tries: 1 },
  ]);
  const list = await run(['dead', 'list']);
  expect(list.output).toMatch(/^letter \| last seen +\| kind +\| of +\| rows \| tries \| error/);
  const shown = await run(['dead', 'show', '1']);
  expect(shown.output).toContain('demo.room: 1 rows of 1 series');
  expect(shown.output).toContain('name=kitchen');
  for (const value of ['99', '-4i', '"hot"', '1970-01-01T00:00:02Z']) {
    expect(shown.output).toContain(value);
  }
  expect((await run(['dead', 'show', '7'])).exitCode).toBe(1);
  expect(await run(['dead', 'replay', '1'])).toMatchObject({
    output: 'Replayed 1 dead letter.\n',
    exitCode: 0,
  });
  const again = await waitUntil(
    async () => {
      const { output } = await run(['dead', 'list', '--json']);
      return output === '' ? undefined : JSON.parse(output);
    },
    { what: 'the letter to come back', deadlineMs: DEADLINE_MS },
  );
  expect(again).toMatchObject({ letter: 2, tries: 2, firstSeen: letters[0].firstSeen });
  await sql(`alter table ${table} drop constraint cold`);
  expect(JSON.parse((await run(['dead', 'replay', '--all', '--json'])).output)).toEqual({
    replayed: 1,
  });
  await stored('demo.room', 2);
  expect((await run(['dead', 'list'])).output).toBe('There are no dead letters.\n');
  expect(await run(['dead', 'drop', '--all'])).toMatchObject({ exitCode: 2 });
  expect(JSON.parse((await run(['dead', 'drop', '2', '--json'])).output)).toEqual({ dropped: 0 });
  expect((await run(['dead', 'drop', '--all', '--yes'])).output).toBe('Dropped 0 dead letters.\n');
});

test('overseer backup and restore - what was written comes back elsewhere', async () => {
  await write('garden,name=rose height=1.5 1000000000\ngarden,name=rose height=2 2000000000');
  await stored('demo.garden', 2);
  const path = join(folder, 'demo.backup');
  const made = await run(['backup', path, '--verify']);
  expect(made).toMatchObject({ exitCode: 0 });
  expect(made.output).toContain('verified.');
  expect(existsSync(`${path}.unfinished`)).toBe(false);
  const taken = await run(['restore', path, '--replace', '--yes']);
  expect(taken).toMatchObject({ exitCode: 1 });
  expect(taken.errors).toContain('stop every store');
  await using other = await startPostgres();
  const restored = await run(['restore', path], { DATABASE_URL: other.url });
  expect(restored).toMatchObject({ errors: '', exitCode: 0 });
  expect(await sql('select tags, height from demo.garden order by time', other.url)).toEqual(
    await sql('select tags, height from demo.garden order by time'),
  );
  const twice = await run(['restore', path], { DATABASE_URL: other.url });
  expect(twice.errors).toContain('--replace');
  expect((await run(['restore', path, '--replace'], { DATABASE_URL: other.url })).exitCode).toBe(2);
  const whole = readFileSync(path);
  await Bun.write(path, whole.subarray(0, whole.length - 3));
  const damaged = await run(['restore', path, '--verify']);
  expect(damaged).toMatchObject({ exitCode: 1 });
  expect(damaged.errors).toContain('is no whole backup: it was cut off');
});

test('overseer backup and restore - the PostgreSQL of a data folder is started for it', async () => {
  const path = join(folder, 'folder.backup');
  expect((await run(['backup', path])).exitCode).toBe(0);
  const own = { DATABASE_URL: '', DATA_DIR: join(folder, 'data') };
  expect(await run(['backup', join(folder, 'none.backup')], own)).toMatchObject({ exitCode: 2 });
  expect(await run(['restore', path, '--json'], own)).toMatchObject({ exitCode: 0 });
  const again = join(folder, 'again.backup');
  expect(await run(['backup', again], own)).toMatchObject({ errors: '', exitCode: 0 });
  expect((await run(['restore', again, '--verify'])).output).toContain('is whole');
});
