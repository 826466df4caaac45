import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectBus, createLogger, DASHBOARDS_BUCKET } from '@overseer/shared';
import type { CommandOutcome } from '../testing/command-line.ts';
import { CommandServers } from '../testing/command-servers.ts';
import { startPostgres, waitUntil } from '../testing/mod.ts';

/** `overseer dead`, `backup` and `restore`, on a running Overseer. */

setDefaultTimeout(60_000);

const DEADLINE_MS = 60_000;

let servers: CommandServers;

beforeAll(async () => {
  servers = await CommandServers.start();
});
afterAll(() => servers?.[Symbol.asyncDispose]());

const run = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandOutcome> => servers.run(args, { environment });

test('overseer dead - a letter is listed, shown, replayed and dropped', async () => {
  const { sql } = servers;
  await servers.write('demo', ['room,name=kitchen temperature=21.5,people=3i,note="a \\"b\\"" 1']);
  await servers.stored('demo.room', 1);
  const table = 'points.m1';
  const [field] =
    await sql`SELECT 'f' || id AS name FROM overseer.fields WHERE name = 'temperature'`;
  await sql.unsafe(`ALTER TABLE ${table} ADD CONSTRAINT cold CHECK (${field?.name} < 50)`);
  await servers.write('demo', ['room,name=kitchen temperature=99,people=-4i,note="hot" 2']);
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
  await sql.unsafe(`ALTER TABLE ${table} DROP CONSTRAINT cold`);
  expect(JSON.parse((await run(['dead', 'replay', '--all', '--json'])).output)).toEqual({
    replayed: 1,
  });
  await servers.stored('demo.room', 2);
  expect((await run(['dead', 'list'])).output).toBe('There are no dead letters.\n');
  expect(await run(['dead', 'drop', '--all'])).toMatchObject({ exitCode: 2 });
  expect(JSON.parse((await run(['dead', 'drop', '2', '--json'])).output)).toEqual({ dropped: 0 });
  expect((await run(['dead', 'drop', '--all', '--yes'])).output).toBe('Dropped 0 dead letters.\n');
});

test('overseer backup and restore - what was written comes back elsewhere', async () => {
  await servers.write('demo', ['garden,name=rose height=1.5 1', 'garden,name=rose height=2 2']);
  await servers.stored('demo.garden', 2);
  const path = join(servers.folder, 'demo.backup');
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
  const select = ['sql', '--json', 'select tags, height from demo.garden order by time'];
  const rows = await run(select, { DATABASE_URL: other.url });
  expect(rows).toMatchObject({ errors: '', exitCode: 0 });
  expect(rows).toEqual(await run(select));
  const twice = await run(['restore', path], { DATABASE_URL: other.url });
  expect(twice.errors).toContain('--replace');
  expect((await run(['restore', path, '--replace'], { DATABASE_URL: other.url })).exitCode).toBe(2);
  const whole = readFileSync(path);
  await Bun.write(path, whole.subarray(0, whole.length - 3));
  const damaged = await run(['restore', path, '--verify']);
  expect(damaged).toMatchObject({ exitCode: 1 });
  expect(damaged.errors).toContain('is no whole backup: it was cut off');
});

test('overseer backup and restore - dashboards that NATS lost are back, others stay as they are', async () => {
  const log = createLogger('test');
  log.level = 'silent';
  await using disposing = new AsyncDisposableStack();
  const url = servers.environment.NATS_URL ?? '';
  const bus = disposing.adopt(await connectBus({ url, name: 'test', log }), (made) => made.close());
  const bucket = await bus.bucket(DASHBOARDS_BUCKET);
  const saved = (id: string, text: string) => bucket.put(id, new TextEncoder().encode(text));
  const textOf = async (id: string) => new TextDecoder().decode((await bucket.get(id))?.value);
  await saved('lost', '{"v":2,"title":"Räume"}');
  await saved('changed', 'before');
  const path = join(servers.folder, 'dashboards.backup');
  expect((await run(['backup', path])).output).toContain('2 dashboards');
  await bucket.delete('lost');
  await saved('changed', 'since');
  expect(await run(['restore', path, '--dashboards'])).toMatchObject({
    output: 'Returned 1 dashboard; 1 that NATS has stayed as they are.\n',
    exitCode: 0,
  });
  expect([await textOf('lost'), await textOf('changed')]).toEqual([
    '{"v":2,"title":"Räume"}',
    'since',
  ]);
  await using other = await startPostgres();
  const restored = await run(['restore', path], { DATABASE_URL: other.url });
  expect(restored.output).toContain('The backup has 2 dashboards');

  const nowhere = ['--nats', 'nats://127.0.0.1:1'];
  const refused = await run(['backup', join(servers.folder, 'x.backup'), ...nowhere]);
  expect(refused).toMatchObject({ exitCode: 1 });
  expect(existsSync(join(servers.folder, 'x.backup'))).toBe(false);
  const without = await run(['backup', path, '--no-dashboards', ...nowhere]);
  expect(without.output).toContain('no dashboards');
  const none = await run(['restore', path, '--dashboards']);
  expect(none).toMatchObject({ exitCode: 1 });
  expect(none.errors).toContain('made without them');
});

test('overseer backup and restore - the PostgreSQL of a data folder is started for it', async () => {
  const { folder } = servers;
  const path = join(folder, 'folder.backup');
  expect((await run(['backup', path])).exitCode).toBe(0);
  const own = { DATABASE_URL: '', DATA_DIR: join(folder, 'data') };
  expect(await run(['backup', join(folder, 'none.backup')], own)).toMatchObject({ exitCode: 2 });
  expect(await run(['restore', path, '--json'], own)).toMatchObject({ exitCode: 0 });
  const again = join(folder, 'again.backup');
  expect(await run(['backup', again], own)).toMatchObject({ errors: '', exitCode: 0 });
  expect((await run(['restore', again, '--verify'])).output).toContain('is whole');
});
