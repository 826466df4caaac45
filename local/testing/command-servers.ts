/** What the `overseer` commands are tested on. */
import { rmSync } from 'node:fs';
import postgres from 'postgres';
import {
  type CommandInput,
  type CommandOutcome,
  runCommandLine,
  startCommand,
} from './command-line.ts';
import { type PostgresServer, startNats, startPostgres } from './servers.ts';
import { type Service, startService } from './service.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { waitUntil } from './wait.ts';

const STORED_DEADLINE_MS = 60_000;

/** NATS, PostgreSQL, a store and an ingress, and the commands run on them. */
export class CommandServers implements AsyncDisposable {
  private constructor(
    readonly store: Service,
    readonly ingress: Service,
    readonly database: PostgresServer,
    readonly sql: postgres.Sql,
    /** Data folder of the commands, and a place for their files. */
    readonly folder: string,
    /** What tells the commands where all of them are. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly started: AsyncDisposableStack,
  ) {}

  static async start(): Promise<CommandServers> {
    await using started = new AsyncDisposableStack();
    const folder = temporaryFolder();
    started.defer(() => rmSync(folder, { recursive: true, force: true }));
    const nats = started.use(await startNats());
    const database = started.use(await startPostgres());
    const settings = {
      NATS_URL: nats.url,
      DATABASE_URL: database.url,
      POINTS_BYTES_MAX: '1GiB',
      LOG_LEVEL: 'warn',
    };
    const store = started.use(await startService('store', settings));
    const ingress = started.use(await startService('ingress', settings));
    const sql = postgres(database.url, { max: 2, onnotice: () => undefined });
    started.defer(() => sql.end({ timeout: 1 }));
    const environment = { ...settings, INGRESS_URL: ingress.url, DATA_DIR: folder };
    return new CommandServers(store, ingress, database, sql, folder, environment, started.move());
  }

  /** Runs a command to its end; its environment is over that of the servers. */
  run(args: readonly string[], options: CommandInput = {}): Promise<CommandOutcome> {
    return runCommandLine(args, this.#options(options));
  }

  /** Starts a command; whoever starts it sees to its end. */
  begin(args: readonly string[], options: CommandInput = {}): ReturnType<typeof startCommand> {
    return startCommand(args, this.#options(options));
  }

  #options(options: CommandInput): CommandInput {
    return { ...options, environment: { ...this.environment, ...options.environment } };
  }

  /**
   * Writes lines with timestamps in seconds.
   * @throws Error when ingress does not take all of them
   */
  async write(database: string, lines: readonly string[]): Promise<void> {
    const url = `${this.ingress.url}/write?db=${database}&precision=s`;
    const response = await fetch(url, { method: 'POST', body: lines.join('\n') });
    if (response.status === 204) return;
    throw new Error(`ingress answered ${response.status}: ${await response.text()}`);
  }

  /** Waits until a view has so many rows. */
  async stored(view: string, count: number): Promise<void> {
    await waitUntil(async () => (await this.#count(view)) === count, {
      what: `${count} rows in ${view}`,
      deadlineMs: STORED_DEADLINE_MS,
    });
  }

  async #count(view: string): Promise<number> {
    try {
      const [row] = await this.sql.unsafe(`SELECT count(*)::int AS count FROM ${view}`);
      return row?.count;
    } catch (error) {
      if (isNotThere(error)) return 0;
      throw error;
    }
  }

  /** Every row of a view, sorted: its columns by name, since their order is that of their appearance. */
  async rows(view: string): Promise<string[]> {
    const rows = await this.sql.unsafe(`
      SELECT (SELECT jsonb_object_agg(key, value) FROM jsonb_each_text(to_jsonb(whole)))::text AS row
      FROM ${view} whole`);
    return rows.map(({ row }) => String(row)).sort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.started.disposeAsync();
  }
}

/** The view, or the schema of its database, is yet to be made. */
function isNotThere(error: unknown): boolean {
  return error instanceof postgres.PostgresError && ['42P01', '3F000'].includes(error.code);
}
