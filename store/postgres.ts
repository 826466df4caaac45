import { type Logger, withoutSecrets } from '@overseer/shared';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { ConnectionWatch } from './silent-connections.ts';

export type Database = Sql<{ bigint: bigint }>;
export type Transaction = TransactionSql<{ bigint: bigint }>;

const CONNECT_TIMEOUT_S = 10;
/** The client would wait up to 20 s between attempts after some that failed, and every statement with it. */
const RECONNECT_DELAY_S = 0.25;
/** The client's kernel asks of a connection that is idle for so long whether the other end is still there. */
const KEEP_ALIVE_S = 15;
/** PostgreSQL lets go of what a session holds whose client has vanished: after 15 s of asking, or 20 s without an acknowledgement. */
const VANISHED_CLIENT = {
  tcp_keepalives_idle: 5,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 2,
  tcp_user_timeout: 20_000,
};
/**
 * For sessions whose statements nobody needs when their client has died: PostgreSQL looks for that while it works, not only when it has something
 * to send. It can on Linux, macOS and the BSDs.
 */
export const CLIENT_CHECK = { client_connection_check_interval: 2000 };
const POSTGRES_PORT = '5432';
const VERSION_MIN = 150_000;

/** PostgreSQL is not as Overseer needs it; says what to change. */
export class PostgresSetupError extends Error {
  override name = 'PostgresSetupError';
}

/** A server as the client wants it. */
interface ServerAddress {
  readonly url: string;
  /** Of its Unix socket. */
  readonly path?: string;
}

/** The client does not know libpq's `?host=/folder`, which means the Unix socket there. */
function addressOf(url: string): ServerAddress {
  const [before = url, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  const folder = parameters.get('host');
  if (!folder?.startsWith('/')) return { url };
  parameters.delete('host');
  const port = new URL(before).port || POSTGRES_PORT;
  return { url: `${before}?${parameters}`, path: `${folder}/.s.PGSQL.${port}` };
}

/** One for all pools of a thread: a look takes a connection. */
const watches = new Map<string, ConnectionWatch>();

/**
 * A pool of connections; they are made when needed and made again when lost, which is noticed within seconds also when the network does
 * not tell. `end` with a timeout breaks those that are not closed by then.
 * @param server over TCP, or with `?host=/folder` over the Unix socket there
 * @param session settings of each session
 * @param name shown in pg_stat_activity; by it a successor ends the sessions of a store that hangs.
 */
export function connectPostgres(
  server: string,
  name: string,
  connectionsMax: number,
  session: Readonly<Record<string, number | boolean>> = {},
): Database {
  const watch = watchOf(server);
  const database = openPool(server, name, connectionsMax, session);
  const { end } = database;
  database.end = async (options) => {
    await end(options);
    for (const connection of database.connections) connection.destroy();
    watch.remove(database);
  };
  watch.add(database);
  return database;
}

/** How many connections of this thread have a statement under way. */
export function busyConnections(): number {
  return watches.values().reduce((sum, { waiting }) => sum + waiting, 0);
}

function watchOf(server: string): ConnectionWatch {
  let watch = watches.get(server);
  if (!watch) {
    watch = new ConnectionWatch(() => openPool(server, 'overseer watch', 1, {}));
    watches.set(server, watch);
  }
  return watch;
}

function openPool(
  server: string,
  name: string,
  connectionsMax: number,
  session: Readonly<Record<string, number | boolean>>,
): Database {
  const { url, ...socket } = addressOf(server);
  return postgres(url, {
    ...socket,
    max: connectionsMax,
    connect_timeout: CONNECT_TIMEOUT_S,
    keep_alive: KEEP_ALIVE_S,
    backoff: () => RECONNECT_DELAY_S,
    connection: { application_name: name, TimeZone: 'UTC', ...VANISHED_CLIENT, ...session },
    types: { bigint: postgres.BigInt },
    // A connection that is lost while the client fetches the array types is a rejection that nobody can catch: the process
    // would die of it. Arrays are passed by arrayLiteral instead.
    fetch_types: false,
    onnotice: () => undefined,
  });
}

/** Refusals that waiting does not mend: what is wrong, and what to check. */
const SETUP_MISTAKES: Readonly<Record<string, string>> = {
  '28P01': 'the user or password is wrong: check both in DATABASE_URL',
  '28000':
    'the user may not connect: check that the role in DATABASE_URL exists and that pg_hba.conf lets it in',
  '3D000': 'the database does not exist: create it, or check the name in DATABASE_URL',
};

/**
 * Waits until PostgreSQL answers.
 * @throws PostgresSetupError when it is too old, or refuses the user, the password or the database
 */
export async function waitForPostgres(
  database: Database,
  url: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  let waiting = false;
  while (!signal.aborted) {
    try {
      const [row] = await database`SELECT current_setting('server_version_num')::int AS version`;
      if (row?.version >= VERSION_MIN) return;
      throw new PostgresSetupError(
        `PostgreSQL ${row?.version} is too old: MERGE came with 15; install 15 or later`,
      );
    } catch (error) {
      const mistake = SETUP_MISTAKES[sqlState(error) ?? ''];
      if (mistake) {
        // PostgreSQL's own words name the user or the database, never the password.
        const { message } = error as Error;
        throw new PostgresSetupError(`PostgreSQL refuses (${message}); ${mistake}`, {
          cause: error,
        });
      }
      if (!isOutage(error)) throw error;
      if (!waiting) log.warn({ url: withoutSecrets(url), err: error }, 'waiting for PostgreSQL');
      waiting = true;
      await Bun.sleep(500);
    }
  }
}

/** Classes of SQLSTATE that blame what was sent, not the state of the server. */
const DATA_ERROR_CLASSES = ['0A', '21', '22', '23', '42', '44', '54'];
const LOCK_NOT_AVAILABLE = '55P03';
const CHECK_VIOLATION = '23514';
const UNDEFINED_TABLE = '42P01';
const UNDEFINED_COLUMN = '42703';

export function sqlState(error: unknown): string | undefined {
  return error instanceof postgres.PostgresError ? error.code : undefined;
}

/** The statement can't succeed however often it is tried. */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && DATA_ERROR_CLASSES.includes(state.slice(0, 2));
}

/** A lock wasn't had within lock_timeout. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === LOCK_NOT_AVAILABLE;
}

/** There is no time partition for a row; a check that a table has would bear a name. */
export function isPartitionMissing(error: unknown): boolean {
  return sqlState(error) === CHECK_VIOLATION && !('constraint_name' in (error as object));
}

/** A statement named a table that is not there, such as one that was dropped meanwhile. */
export function isTableMissing(error: unknown): boolean {
  return sqlState(error) === UNDEFINED_TABLE;
}

/** The same, or a column of it. */
export function isTableOrColumnMissing(error: unknown): boolean {
  return isTableMissing(error) || sqlState(error) === UNDEFINED_COLUMN;
}

/** Codes of the client, of sockets (also those on files), and of looking up a host. */
const OUTAGE_CODE =
  /^(CONNECTION_|CONNECT_TIMEOUT$|ECONN|EPIPE$|ENOENT$|EHOST|ENET|ETIMEDOUT$|EAI_|(DNS_)?(ENOTFOUND|ENODATA|ESERVFAIL|ETIMEOUT|EREFUSED)$)/;

/** Errors of the connection and of the server's state: the same statement may succeed later. */
export function isOutage(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return !isDataError(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return OUTAGE_CODE.test(code);
}

/** An SQL identifier in quotes. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** An array as PostgreSQL writes it, to be passed as a text parameter and cast: `${arrayLiteral(ids)}::text::bigint[]`. */
export function arrayLiteral(values: readonly (string | number | bigint)[]): string {
  const elements = values.map((value) =>
    typeof value === 'string' ? `"${value.replace(/["\\]/g, '\\$&')}"` : String(value),
  );
  return `{${elements.join(',')}}`;
}
