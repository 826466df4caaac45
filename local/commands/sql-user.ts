/** `overseer sql-user`: logins for psql, Grafana and other clients of PostgreSQL, that read the views and nothing else. */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { READER_ROLE } from '@overseer/shared/sql-readers';
import postgres from 'postgres';
import { formatColumns } from '../terminal/columns.ts';
import { type Command, CommandError, UsageError } from './command.ts';
import { runningDatabase } from './database.ts';
import { EXIT } from './failure.ts';
import { scramVerifier } from './scram-verifier.ts';

const CONNECT_TIMEOUT_S = 5;
const POSTGRES_PORT = '5432';
const PASSWORD_BYTES = 24;
/** A session that hangs for longer is told all the same, and ends when it can. */
const SESSION_END_WAIT_MS = 5000;
/** What PostgreSQL keeps of a name. */
const NAME_BYTES_MAX = 63;
const CONNECTIONS_MAX_DEFAULT = 10;
const CONNECTIONS_MAX = 1000;
const STATEMENT_TIMEOUT_DEFAULT = '60s';

/**
 * What each login starts its sessions with. A person may set most of it otherwise: the rights and the number of connections are what binds him.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  default_transaction_read_only: 'on',
  // A transaction that is left open keeps its tables from getting new columns.
  idle_in_transaction_session_timeout: '60s',
  // One core a query: the others are the writers'.
  max_parallel_workers_per_gather: '0',
  work_mem: '16MB',
  // Prepared statements are planned with their values: of a time range, only its partitions.
  plan_cache_mode: 'force_custom_plan',
  TimeZone: 'UTC',
};
/** What a superuser alone may set, and nobody may undo: sorts and hash tables that spill on the disk of all points. */
const SUPERUSER_SETTINGS: Readonly<Record<string, string>> = { temp_file_limit: '4GB' };

export const sqlUser: Command = {
  summary: 'make a login for psql, Grafana and the like, that may only read',
  usage: `overseer sql-user create --name <name> [--connections <n>] [--timeout <duration>]
overseer sql-user list [--json]
overseer sql-user drop --name <name>

"create" prints a new login for PostgreSQL with its password, which is shown this one time, and where to
connect. It reads the views of every database, and can't change anything: docs/sql.md. "drop" ends its
sessions, too.

The PostgreSQL is DATABASE_URL, otherwise that of the instance running here. The embedded one has another
port at each start, unless POSTGRES_PORT says which.

--connections  how many it may have at once; ${CONNECTIONS_MAX_DEFAULT} by default
--timeout      how long a statement may take, such as 60s (the default), 5min, 1h

  overseer sql-user create --name grafana`,

  async run([action, ...args]) {
    switch (action) {
      case 'create':
        return create(args);
      case 'list':
        return list(args);
      case 'drop':
        return drop(args);
      default:
        throw new UsageError(`The action is missing: ${sqlUser.usage}`);
    }
  },
};

async function create(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      name: { type: 'string' },
      connections: { type: 'string', default: String(CONNECTIONS_MAX_DEFAULT) },
      timeout: { type: 'string', default: STATEMENT_TIMEOUT_DEFAULT },
    },
  });
  const name = parseName(values.name);
  const connections = parseConnections(values.connections);
  const timeout = parseTimeout(values.timeout);
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  const url = runningDatabase();
  const database = await withClient(url, (client) =>
    client.begin(async (transaction) => {
      await checkGroup(transaction);
      const [row] = await transaction`
        SELECT current_database() AS database,
          (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser`;
      const settings = {
        ...SESSION_SETTINGS,
        statement_timeout: timeout,
        ...(row?.is_superuser ? SUPERUSER_SETTINGS : {}),
      };
      const role = transaction(name);
      await transaction`
        CREATE ROLE ${role} LOGIN CONNECTION LIMIT ${transaction.unsafe(String(connections))}
        PASSWORD ${transaction.unsafe(`'${scramVerifier(password)}'`)} IN ROLE ${transaction(READER_ROLE)}`;
      for (const [setting, value] of Object.entries(settings)) {
        await transaction.unsafe(`ALTER ROLE ${quoted(name)} SET ${setting} = '${value}'`);
      }
      return String(row?.database);
    }),
  );
  console.log(describeLogin(url, { name, password, database }));
  return EXIT.done;
}

interface Login {
  readonly name: string;
  readonly password: string;
  readonly database: string;
}

function describeLogin(url: string, { name, password, database }: Login): string {
  const server = new URL(url);
  const { hostname } = server;
  const port = server.port || POSTGRES_PORT;
  const login = new URL('postgres://localhost');
  login.username = name;
  login.password = password;
  login.hostname = hostname;
  login.port = port;
  login.pathname = `/${database}`;
  return [
    `host:     ${hostname}`,
    `port:     ${port}`,
    `database: ${database}`,
    `user:     ${name}`,
    `password: ${password}`,
    // URLs leave the one character as it is that ends what a shell is told.
    `psql '${login.href.replaceAll("'", '%27')}'`,
  ].join('\n');
}

/** @throws CommandError when the store has not made the group of readers */
async function checkGroup(client: postgres.ISql): Promise<void> {
  const [group] = await client`SELECT FROM pg_roles WHERE rolname = ${READER_ROLE}`;
  if (group) return;
  throw new CommandError(
    `There is no role ${READER_ROLE} yet. The store makes it when it starts; if its own role may not make any, let somebody who may run "CREATE ROLE ${READER_ROLE} NOLOGIN", and start the store again.`,
  );
}

async function list(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean', default: false } },
  });
  const users = await withClient(runningDatabase(), async (client) => {
    const rows = await client`
      SELECT r.rolname AS name, r.rolconnlimit AS connections_max,
        (SELECT substr(entry, length('statement_timeout=') + 1) FROM unnest(s.setconfig) entry
          WHERE entry LIKE 'statement_timeout=%') AS timeout,
        (SELECT count(*)::int FROM pg_stat_activity a WHERE a.usesysid = r.oid) AS connections
      FROM pg_roles r LEFT JOIN pg_db_role_setting s ON s.setrole = r.oid AND s.setdatabase = 0
      WHERE r.rolcanlogin AND r.oid IN (${members(client)}) ORDER BY 1`;
    return rows.map((row) => ({
      name: String(row.name),
      connections: Number(row.connections),
      connectionsMax: row.connections_max < 0 ? null : Number(row.connections_max),
      statementTimeout: row.timeout === null ? null : String(row.timeout),
    }));
  });
  if (values.json) {
    console.log(JSON.stringify(users));
    return EXIT.done;
  }
  const columns = [
    { name: 'name' },
    { name: 'connections', isNumber: true },
    { name: 'at the most', isNumber: true },
    { name: 'statement timeout' },
  ];
  const rows = users.map(({ name, connections, connectionsMax, statementTimeout }) => [
    name,
    String(connections),
    connectionsMax === null ? 'any' : String(connectionsMax),
    statementTimeout ?? 'none',
  ]);
  console.log(formatColumns(columns, rows).join('\n'));
  return EXIT.done;
}

async function drop(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { name: { type: 'string' } } });
  const name = parseName(values.name);
  await withClient(runningDatabase(), async (client) => {
    const [role] = await client`
      SELECT FROM pg_roles r
      WHERE r.rolname = ${name} AND r.rolcanlogin AND NOT r.rolsuper AND r.oid IN (${members(client)})`;
    if (!role) throw new CommandError(`There is no reader by SQL called ${name}.`);
    // First, so that nobody comes in between.
    await client.unsafe(`ALTER ROLE ${quoted(name)} NOLOGIN`);
    await client`SELECT pg_terminate_backend(pid, ${SESSION_END_WAIT_MS}) FROM pg_stat_activity WHERE usename = ${name}`;
    await client.unsafe(`DROP ROLE ${quoted(name)}`);
  });
  console.log(`${name}: dropped`);
  return EXIT.done;
}

/** Of the group, by oid. */
const members = (client: postgres.Sql) => client`
  SELECT m.member FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE g.rolname = ${READER_ROLE}`;

/** @throws CommandError with PostgreSQL's words when it refuses or is not there */
async function withClient<T>(
  url: string,
  action: (client: postgres.Sql) => Promise<T>,
): Promise<T> {
  const client = postgres(url, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_S,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: 'overseer sql-user' },
  });
  try {
    return await action(client);
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof CommandError) throw cause;
    throw new CommandError(
      cause instanceof postgres.PostgresError
        ? `PostgreSQL refuses: ${cause.message} (${cause.code}).`
        : `Can't reach PostgreSQL: ${cause.message}.`,
      { cause },
    );
  } finally {
    await client.end();
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** @throws UsageError */
function parseName(name: string | undefined): string {
  if (!name) throw new UsageError(`--name is missing.\n\n${sqlUser.usage}`);
  if (Buffer.byteLength(name) <= NAME_BYTES_MAX && !name.startsWith('pg_')) return name;
  throw new UsageError(
    `${name} is no name of a role: PostgreSQL takes up to ${NAME_BYTES_MAX} bytes that do not begin with pg_.`,
  );
}

/** @throws UsageError */
function parseConnections(text: string): number {
  const connections = /^\d+$/.test(text) ? Number(text) : 0;
  if (connections >= 1 && connections <= CONNECTIONS_MAX) return connections;
  throw new UsageError(
    `--connections ${text}: a whole number from 1 to ${CONNECTIONS_MAX}, such as ${CONNECTIONS_MAX_DEFAULT}.`,
  );
}

/** @throws UsageError */
function parseTimeout(text: string): string {
  if (/^[1-9]\d{0,5}(s|min|h)$/.test(text)) return text;
  throw new UsageError(`--timeout ${text}: such as ${STATEMENT_TIMEOUT_DEFAULT}, 5min or 1h.`);
}
