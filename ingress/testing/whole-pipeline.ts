import {
  type NatsServer,
  type PostgresServer,
  type Service,
  startNats,
  startPostgres,
  startService,
  waitUntil,
} from '@overseer/local/testing';
import { type Bus, connectBus, createLogger, POINTS_STREAM, pointsSubject } from '@overseer/shared';
import { SQL } from 'bun';

const STORED_DEADLINE_MS = 60_000;

/** A row of a view: every value as PostgreSQL writes it, so that nothing is rounded on the way. */
export type StoredRow = Readonly<Record<string, string>>;

/** NATS, PostgreSQL, a store and an ingress, each a process of its own: what is written is read back from where it ends up. */
export class WholePipeline implements AsyncDisposable {
  private constructor(
    readonly nats: NatsServer,
    readonly ingress: Service,
    /** Of its services, for one more of them. */
    readonly environment: Readonly<Record<string, string>>,
    private readonly sql: SQL,
    private readonly started: AsyncDisposableStack,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<WholePipeline> {
    await using started = new AsyncDisposableStack();
    const nats = started.use(await startNats());
    const postgres: PostgresServer = started.use(await startPostgres());
    const environment = {
      POINTS_BYTES_MAX: '256MiB',
      DEAD_BYTES_MAX: '16MiB',
      LOG_LEVEL: 'warn',
      ...settings,
      NATS_URL: nats.url,
      DATABASE_URL: postgres.url,
    };
    started.use(await startService('store', environment));
    const ingress = started.use(await startService('ingress', environment));
    const sql = new SQL(postgres.url, { max: 1 });
    started.defer(() => sql.close());
    await sql`SET TIME ZONE 'UTC'`;
    return new WholePipeline(nats, ingress, environment, sql, started.move());
  }

  get url(): string {
    return this.ingress.url;
  }

  /** The rows of a measurement by time, once there are so many; nulls are left out. */
  async rows(database: string, measurement: string, count: number): Promise<StoredRow[]> {
    const view = `${identifier(database)}.${identifier(measurement)}`;
    const found = await waitUntil(
      async () => {
        const rows = await this.#readRows(view);
        return rows.length >= count ? rows : undefined;
      },
      { what: `${count} rows in ${view}`, deadlineMs: STORED_DEADLINE_MS },
    );
    if (found.length > count) throw new Error(`${view} has ${found.length} rows, not ${count}`);
    return found;
  }

  /** An integer field of every row of a measurement, once everything in the stream is stored. */
  async settledValues(database: string, measurement: string, field: string): Promise<number[]> {
    const bus = await connectBus({ url: this.nats.url, name: 'test', log: createLogger('test') });
    try {
      await waitUntil(() => this.#isSettled(bus), {
        what: 'everything to be stored',
        deadlineMs: STORED_DEADLINE_MS,
      });
    } finally {
      await bus.close();
    }
    const view = `${identifier(database)}.${identifier(measurement)}`;
    const rows = await this.sql.unsafe(`SELECT ${identifier(field)} AS value FROM ${view}`);
    return rows.map(({ value }: { value: unknown }) => Number(value));
  }

  async #isSettled(bus: Bus): Promise<boolean> {
    const positions = await this.sql`SELECT partition, seq FROM overseer.progress`;
    for (const { partition, seq } of positions) {
      const next = Number(seq) + 1;
      if (await bus.nextSequence(POINTS_STREAM, pointsSubject(partition), next)) return false;
    }
    return true;
  }

  /** Waits for a schema of this name. */
  async schema(name: string): Promise<void> {
    await waitUntil(
      async () => (await this.sql`SELECT FROM pg_namespace WHERE nspname = ${name}`).length === 1,
      { what: `the schema ${name}`, deadlineMs: STORED_DEADLINE_MS },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.started.disposeAsync();
  }

  async #readRows(view: string): Promise<StoredRow[]> {
    const [{ oid }] = await this.sql`SELECT to_regclass(${view}) AS oid`;
    if (oid === null) return [];
    const rows = await this.sql.unsafe(`
      SELECT (
        SELECT json_object_agg(key, value) FROM json_each_text(row_to_json(v))
        WHERE value IS NOT NULL
      )::text AS row
      FROM ${view} v ORDER BY time`);
    return rows.map(({ row }: { row: string }) => JSON.parse(row));
  }
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
