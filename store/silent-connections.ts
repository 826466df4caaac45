import type { Connection, Sql } from 'postgres';

/** Silence after which PostgreSQL is asked, and how long it must stay where it was then. */
const LOOK_INTERVAL_MS = 5000;
/** For those that were there when another one was found dead: they took the same way, and are used one after another. */
const SUSPECT_LOOK_INTERVAL_MS = 1000;
const LOOK_DEADLINE_MS = 5000;
const TICK_MS = 500;

/** Nothing comes over a connection any more, although PostgreSQL has nothing left to do there. */
export class SilentConnectionError extends Error {
  override name = 'SilentConnectionError';
  /** Like those of the client, whose other errors of connections begin so too. */
  readonly code = 'CONNECTION_SILENT';
}

/** Since when nothing has moved over a connection on which PostgreSQL has the next word. */
interface Silence {
  readonly connection: Connection;
  readonly pid: number;
  readonly movedBytes: number;
  lookAt: number;
  /** How far its session was at the last look, if it waited for the client then. */
  progress?: string | undefined;
}

/** What PostgreSQL says of a session. */
interface Session {
  readonly pid: number;
  readonly waitsForClient: boolean;
  /** Changes with every statement, and with every piece of a COPY. */
  readonly progress: string;
}

/**
 * Finds connections that are half open: what lies between forgot them, or lost the end of one. The kernel takes them for open for
 * minutes, and behind a proxy for ever; and a deadline for statements is none, because some may take hours, and others wait for locks.
 * So a connection that is silent while PostgreSQL has the next word is looked at from the other side, over a new one. If its session waits
 * for the client, and does so at the same point 5 s later, or if there is no such session, both ends are closed: the statement fails
 * like in any outage, within about 10 s, and the session lets go of its locks.
 *
 * A statement may take as long as it likes, then, but its text and parameters must arrive within that time. While PostgreSQL can't be
 * asked, nothing is closed.
 */
export class ConnectionWatch {
  readonly #connect: () => Sql;
  readonly #pools = new Set<Pick<Sql, 'connections'>>();
  #silences: readonly Silence[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #isLooking = false;
  /** With the session that they had. */
  readonly #suspects = new WeakMap<Connection, number>();

  /** @param connect makes a pool of one connection to the server of all pools that are watched */
  constructor(connect: () => Sql) {
    this.#connect = connect;
  }

  add(pool: Pick<Sql, 'connections'>): void {
    this.#pools.add(pool);
    // Nobody's reason to stay: whoever waits for a statement does.
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Connections of all pools that wait for PostgreSQL. */
  get waiting(): number {
    return [...this.#pools]
      .flatMap(({ connections }) => connections)
      .filter(({ isWaiting }) => isWaiting).length;
  }

  remove(pool: Pick<Sql, 'connections'>): void {
    this.#pools.delete(pool);
    if (this.#pools.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const now = performance.now();
    const known = new Map(this.#silences.map((silence) => [silence.connection, silence]));
    this.#silences = [...this.#pools]
      .flatMap(({ connections }) => connections)
      .flatMap((connection) => {
        const silence = known.get(connection);
        if (silence && lasts(silence)) return silence;
        if (silence) this.#suspects.delete(connection);
        const { pid, movedBytes, isWaiting } = connection;
        if (!isWaiting || pid === null) return [];
        return { connection, pid, movedBytes, lookAt: now + this.#lookInterval(connection) };
      });
    const due = this.#silences.filter(({ lookAt }) => lookAt <= now);
    if (due.length === 0 || this.#isLooking) return;
    for (const silence of due) silence.lookAt = now + this.#lookInterval(silence.connection);
    this.#isLooking = true;
    void this.#look(due)
      // PostgreSQL can't be asked: then new connections would not help those that wait either.
      .catch(() => undefined)
      .finally(() => {
        this.#isLooking = false;
      });
  }

  #lookInterval(connection: Connection): number {
    const isSuspect = this.#suspects.get(connection) === connection.pid;
    return isSuspect ? SUSPECT_LOOK_INTERVAL_MS : LOOK_INTERVAL_MS;
  }

  #suspectAll(): void {
    for (const { connections } of this.#pools) {
      for (const connection of connections) {
        if (connection.pid !== null) this.#suspects.set(connection, connection.pid);
      }
    }
  }

  async #look(silences: readonly Silence[]): Promise<void> {
    await using server = new BriefConnection(this.#connect());
    const sessions = await readSessions(
      server.sql,
      silences.map(({ pid }) => pid),
    );
    const dead: Silence[] = [];
    for (const silence of silences.filter(lasts)) {
      const session = sessions.get(silence.pid);
      if (!session || (session.waitsForClient && session.progress === silence.progress)) {
        dead.push(silence);
      }
      silence.progress = session?.waitsForClient ? session.progress : undefined;
      if (!session?.waitsForClient) this.#suspects.delete(silence.connection);
    }
    if (dead.length === 0) return;
    this.#suspectAll();
    try {
      // Before whoever waits is told: he will want the locks that these hold.
      await endSessions(
        server.sql,
        dead.map(({ pid }) => pid),
      );
    } finally {
      for (const { connection, pid } of dead.filter(lasts)) {
        connection.destroy(
          new SilentConnectionError(
            `nothing came over the connection of session ${pid}, which had nothing left to do: closed`,
          ),
        );
      }
    }
  }
}

function lasts({ connection, pid, movedBytes }: Silence): boolean {
  return connection.isWaiting && connection.pid === pid && connection.movedBytes === movedBytes;
}

/** One that is broken when it takes too long, or is not needed any more. */
class BriefConnection implements AsyncDisposable {
  readonly sql: Sql;
  readonly #deadline: ReturnType<typeof setTimeout>;

  constructor(sql: Sql) {
    this.sql = sql;
    this.#deadline = setTimeout(() => void this.#break(), LOOK_DEADLINE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#deadline);
    await this.#break();
  }

  async #break(): Promise<void> {
    await this.sql.end({ timeout: 0 });
    for (const connection of this.sql.connections) connection.destroy();
  }
}

async function readSessions(sql: Sql, pids: readonly number[]): Promise<Map<number, Session>> {
  const rows = await sql<Session[]>`
    SELECT a.pid, coalesce(a.wait_event_type = 'Client', false) AS "waitsForClient",
      concat_ws(' ', a.backend_start, a.state_change, a.query_start, c.bytes_processed) AS progress
    FROM pg_stat_activity a LEFT JOIN pg_stat_progress_copy c ON c.pid = a.pid
    WHERE a.pid = ANY(${`{${pids.join(',')}}`}::text::int[]) AND a.usename = current_user`;
  return new Map(rows.map((row) => [row.pid, row]));
}

async function endSessions(sql: Sql, pids: readonly number[]): Promise<void> {
  await sql`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid = ANY(${`{${pids.join(',')}}`}::text::int[]) AND usename = current_user
      AND wait_event_type = 'Client'`;
}
