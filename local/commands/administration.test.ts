import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandOutcome } from '../testing/command-line.ts';
import { CommandServers } from '../testing/command-servers.ts';
import { waitUntil } from '../testing/mod.ts';

/** `overseer status`, `retention` and `delete`, on a running Overseer. */

setDefaultTimeout(60_000);

const DEADLINE_MS = 60_000;

let servers: CommandServers;

beforeAll(async () => {
  servers = await CommandServers.start();
});
afterAll(() => servers?.[Symbol.asyncDispose]());

const run = (...args: readonly string[]): Promise<CommandOutcome> => servers.run(args);

const exported = async (database: string) =>
  (await run('export', '--db', database)).output.trimEnd().split('\n');

test('overseer delete - points by time, whole series, a measurement, the database', async () => {
  const points = [1, 2].flatMap((second) =>
    ['a', 'b'].map((host) => `cpu,host=${host} v=${second} ${second}`),
  );
  await servers.write('gone', [...points, 'room f=1 1']);
  await servers.stored('gone.cpu', 4);
  await servers.stored('gone.room', 1);
  const remove = (...args: string[]) => run('delete', '--db', 'gone', ...args);
  const early = await remove('--measurement', 'cpu', '--where', 'host=a', '--to', '2s', '--yes');
  expect(early).toMatchObject({ output: 'Deleted 1 point.\n', exitCode: 0 });
  const series = await remove('--where', 'host=b', '--yes');
  expect(series.output).toBe('Deleted 2 points, 1 series altogether.\n');
  expect(await exported('gone')).toEqual(['cpu,host=a v=2 2000000000', 'room f=1 1000000000']);

  const unasked = await remove('--measurement', 'cpu');
  expect(unasked.errors).toContain('1 series of 1 measurement');
  expect(unasked.errors).toContain('--yes');
  expect(unasked.exitCode).toBe(2);
  const measurement = await remove('--measurement', 'cpu', '--yes');
  expect(measurement.output).toBe(
    'Deleted the measurement "cpu" of the database "gone": 1 measurement, 1 series.\n',
  );
  expect(await exported('gone')).toEqual(['room f=1 1000000000']);
  const database = await remove('--yes', '--json');
  expect(JSON.parse(database.output)).toMatchObject({ found: true, measurements: 1, series: 1 });
  expect((await run('export', '--db', 'gone')).errors).toContain('There is no database "gone"');
  const again = await remove('--yes');
  expect(again).toMatchObject({ exitCode: 0 });
  expect(again.output).toContain('There is nothing to delete');
});

test('overseer retention - of a database and a measurement, set and taken away', async () => {
  // Young enough to stay.
  await servers.write('kept', [`room f=1 ${Math.floor(Date.now() / 1000)}`]);
  await servers.stored('kept.room', 1);
  const set = (...args: string[]) => run('retention', 'set', '--db', 'kept', ...args);
  expect(await set('90d')).toMatchObject({ output: 'kept: 90d\n', exitCode: 0 });
  await set('--measurement', 'room', 'forever');
  const own = { measurement: 'room', retention: null };
  const listed = await run('retention', '--db', 'kept', '--json');
  expect(JSON.parse(listed.output)).toEqual({
    default: null,
    databases: [{ db: 'kept', retention: 90 * 86_400_000, measurements: [own] }],
  });
  await set('default');
  expect((await run('retention')).output).toMatch(/^kept +\| +\| for ever \(default\)$/m);
  expect((await set('0d')).exitCode).toBe(2);
  const unknown = await run('retention', 'set', '--db', 'nothing', '1d');
  expect(unknown).toMatchObject({ exitCode: 2 });
});

test('overseer export - a file that can’t be written is named, without a stack', async () => {
  await servers.write('file', ['room f=1 1']);
  await servers.stored('file.room', 1);
  const path = join(servers.folder, 'missing', 'file.lp');
  const { errors, exitCode } = await run('export', '--db', 'file', '--output', path);
  expect(errors).toContain(path);
  expect(errors.trimEnd().split('\n').length).toBe(1);
  expect(exitCode).toBe(1);
});

test('overseer export, backup - a folder is refused before the work begins', async () => {
  const { folder } = servers;
  const refused = { exitCode: 2, errors: expect.stringContaining(`${folder} is a folder`) };
  expect(await run('export', '--db', 'file', '--output', folder)).toMatchObject(refused);
  expect(await run('backup', folder)).toMatchObject(refused);
});

test('overseer backup - Ctrl-C ends it as every command, and leaves nothing behind', async () => {
  const { folder, sql } = servers;
  const path = join(folder, 'interrupted.backup');
  await sql.begin(async (transaction) => {
    await transaction`LOCK overseer.series IN ACCESS EXCLUSIVE MODE`;
    const child = servers.begin(['backup', path]);
    try {
      const isWaiting = async () => {
        const rows = await sql`
          SELECT FROM pg_stat_activity
          WHERE application_name = 'overseer-backup' AND wait_event_type = 'Lock'`;
        return rows.length > 0;
      };
      await waitUntil(isWaiting, { what: 'the backup to wait', deadlineMs: DEADLINE_MS });
      child.kill('SIGINT');
      expect(await child.exited).toBe(130);
      expect((await child.stderr.text()).trim()).toBe('Interrupted.');
    } finally {
      child.kill('SIGKILL');
    }
  });
  expect(readdirSync(folder).filter((name) => name.startsWith('interrupted'))).toEqual([]);
});

test('overseer status - shows the streams when no store answers', async () => {
  const all = JSON.parse((await run('status', '--json')).output);
  expect(all).toMatchObject({ problems: [], store: { partitions: expect.any(Array) } });
  await servers.store.kill('SIGTERM');
  const { output, exitCode } = await run('status', '--json');
  const { problems, streams } = JSON.parse(output);
  expect(problems.length).toBeGreaterThan(0);
  expect(streams.map(({ name }: { name: string }) => name)).toEqual(['POINTS', 'STORED', 'DEAD']);
  expect(exitCode).toBe(1);
  expect((await run('status')).output).toMatch(/^POINTS +\|/m);
  await servers.store.restart();
});
