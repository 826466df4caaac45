/** An embedded PostgreSQL: made once in its folder, run as a {@link Program}. */
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { mustRun } from './command.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { RIGHTS_TAKEN } from './postgres-rights.ts';
import { formatPostgresSettings, type PostgresSettings } from './postgres-settings.ts';
import type { Program } from './program.ts';
import { findUnprivilegedWay, type UnprivilegedWay } from './unprivileged.ts';
import { waitUntil } from './wait.ts';

export const postgresUser = 'overseer';
export const postgresDatabase = 'overseer';

/** Crash recovery replays up to max_wal_size, read from and written to a perhaps slow disk. */
const READY_DEADLINE_MS = 10 * 60_000;
const STOP_GRACE_MS = 30_000;
const LEFTOVER_DEADLINE_MS = 30_000;
/** The kernel's limit for the path of a Unix socket, its end included. */
const SOCKET_PATH_BYTES_MAX = 107;

export interface PostgresOptions {
  /** Holds the cluster (`postgres/`) and its password (`postgres-password`). */
  readonly folder: string;
  readonly port: number;
  readonly settings: PostgresSettings;
  /** Told what the user should know, such as the account the server runs under. */
  readonly onNotice?: (notice: string) => void;
  /** false: don't try user namespaces when root (for tests). */
  readonly namespacesAllowed?: boolean;
}

export interface PostgresProgram extends Program {
  /** Of the database `overseer`, with user and password, over TCP. */
  readonly url: string;
  /**
   * The same over its Unix socket, whose folder stands in the parameter `host`, as libpq has it: a tenth of a CPU-second less than TCP
   * for a million rows of ten fields (server and client together). Over TCP when the socket's path is too long for the kernel.
   */
  readonly socketUrl: string;
}

/** Makes the cluster if there is none yet, writes its settings, and gives the program that serves it. */
export async function preparePostgres(options: PostgresOptions): Promise<PostgresProgram> {
  const { folder, port, settings } = options;
  const binaries = findPostgresBinaries();
  mkdirSync(folder, { recursive: true });
  const way = await findUnprivilegedWay([folder, binaries.folder], options.namespacesAllowed);
  if (way.notice) options.onNotice?.(way.notice);

  const cluster = join(folder, 'postgres');
  const waitsForDisk = settings.fsync !== 'off';
  if (!existsSync(cluster)) await makeCluster(cluster, folder, binaries, way, waitsForDisk);
  giveTo(way, cluster);
  const configuration = join(cluster, 'postgresql.conf');
  writeFileSync(configuration, formatPostgresSettings(settings));
  giveTo(way, configuration);

  const password = readFileSync(passwordFile(folder), 'utf8').trim();
  const url = `postgres://${postgresUser}:${password}@127.0.0.1:${port}/${postgresDatabase}`;
  const socketFolder =
    Buffer.byteLength(join(cluster, `.s.PGSQL.${port}`)) <= SOCKET_PATH_BYTES_MAX
      ? cluster
      : undefined;
  let databaseMade = false;
  return {
    name: 'postgres',
    command: [
      ...way.prefix,
      binaries.postgres,
      ...['-D', cluster, '-p', String(port)],
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', `unix_socket_directories=${socketFolder ?? ''}`],
    ],
    // Its own variables (PGPORT, PGDATA and the like), set for another server, would change this one.
    environment: withoutPostgresVariables(),
    // SIGINT is PostgreSQL's fast shutdown: ends transactions, writes a checkpoint. SIGTERM would wait for clients.
    stopSignal: 'SIGINT',
    deathSignal: 'SIGINT',
    stopGraceMs: STOP_GRACE_MS,
    readyDeadlineMs: READY_DEADLINE_MS,
    beforeStart: () => clearLeftovers(cluster),
    async isReady(processId) {
      if (!(await acceptsConnections(cluster, processId))) return false;
      if (!databaseMade) await makeDatabase(url);
      databaseMade = true;
      return true;
    },
    // Its reports on itself are "LOG", which its levels place above errors: they can't be turned off by level.
    isWorthShowing: (line) => !/ (LOG|DETAIL): /.test(line),
    url,
    socketUrl: socketFolder ? `${url}?${new URLSearchParams({ host: socketFolder })}` : url,
  };
}

/**
 * Initialises a cluster beside its final place and moves it there when it is whole, so that one cut short is
 * not taken for a cluster. Connections need the generated password, on the loopback too: other users of the
 * machine can reach that.
 */
async function makeCluster(
  cluster: string,
  folder: string,
  binaries: PostgresBinaries,
  way: UnprivilegedWay,
  waitsForDisk: boolean,
): Promise<void> {
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  giveTo(way, unfinished);
  if (!existsSync(passwordFile(folder))) {
    writeFileSync(passwordFile(folder), `${randomBytes(24).toString('hex')}\n`, { mode: 0o600 });
  }
  giveTo(way, passwordFile(folder));
  await mustRun([
    ...way.prefix,
    binaries.initdb,
    `--pgdata=${unfinished}`,
    `--username=${postgresUser}`,
    `--pwfile=${passwordFile(folder)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order of text on every machine, whatever locales it has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(waitsForDisk ? [] : ['--no-sync']),
  ]);
  renameSync(unfinished, cluster);
}

function passwordFile(folder: string): string {
  return join(folder, 'postgres-password');
}

function giveTo(way: UnprivilegedWay, path: string): void {
  if (way.owner) chownSync(path, way.owner.userId, way.owner.groupId);
}

function withoutPostgresVariables(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => name.startsWith('PG'));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/**
 * Waits until the backends of a killed server are gone, then removes its `postmaster.pid`. PostgreSQL checks
 * only whether the process with the id in that file is alive, and after a reboot or in a container the id is
 * often another program's.
 * @throws Error when a server goes on running there
 */
async function clearLeftovers(cluster: string): Promise<void> {
  let running: number[] = [];
  try {
    await waitUntil(
      async () => {
        running = await processesInFolder(cluster);
        return running.length === 0;
      },
      { what: 'the previous PostgreSQL to end', deadlineMs: LEFTOVER_DEADLINE_MS },
    );
  } catch (cause) {
    throw new Error(
      `A PostgreSQL (process ${running.join(', ')}) runs in ${cluster} and does not end. Stop it first.`,
      { cause },
    );
  }
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

/** Every process of a PostgreSQL server works in the server's folder. */
async function processesInFolder(folder: string): Promise<number[]> {
  const processIds = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const working = await Promise.all(
    processIds.map((id) => readlink(`/proc/${id}/cwd`).catch(() => undefined)),
  );
  return processIds.filter((_, index) => working[index] === folder).map(Number);
}

/** The server writes its state into the eighth line of its `postmaster.pid`; pg_ctl looks there too. */
async function acceptsConnections(cluster: string, processId: number): Promise<boolean> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return Number(lines[0]) === processId && lines[7]?.trim() === 'ready';
}

async function makeDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = '/postgres';
  const sql = postgres(maintenance.href, { max: 1, onnotice: () => {} });
  try {
    const [found] = await sql`select 1 from pg_database where datname = ${postgresDatabase}`;
    if (!found) await sql`create database ${sql(postgresDatabase)}`;
    await sql`revoke connect on database postgres, template1 from public`;
  } finally {
    await sql.end();
  }
  await takeRights(url);
}

/** At each start: those who were here before have the database from an older release. */
async function takeRights(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(RIGHTS_TAKEN);
  } finally {
    await sql.end();
  }
}
