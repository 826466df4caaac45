import { type PostgresServer, startPostgres } from '@overseer/local/testing';
import { createLogger } from '@overseer/shared';
import { Catalogue, columnName, type Table } from '../catalogue.ts';
import { migrate } from '../migrations.ts';
import { TimePartitions } from '../partitions/time-partitions.ts';
import { connectPostgres, type Database, literal, type Transaction } from '../postgres.ts';
import type { Point, Value } from './test-ingress.ts';

const HOUR_MS = 3_600_000;

/** Points put into PostgreSQL as a store would, without one: series and rows by plain SQL. */
export class StoredPoints {
  readonly #ids = new Map<string, bigint>();

  private constructor(
    readonly server: PostgresServer,
    readonly database: Database,
    readonly catalogue: Catalogue,
    readonly partitions: TimePartitions,
  ) {}

  /** Starts a server with an empty catalogue. */
  static async start(): Promise<StoredPoints> {
    const server = await startPostgres();
    const log = createLogger('test');
    const database = connectPostgres(server.url, 'test', 4);
    await migrate(database);
    const catalogue = new Catalogue(database, log);
    return new StoredPoints(
      server,
      database,
      catalogue,
      new TimePartitions(database, log, HOUR_MS),
    );
  }

  async stop(): Promise<void> {
    await this.database.end({ timeout: 1 });
    await this.server.stop();
  }

  /** Makes tables, partitions and series as needed, and a row a point, in order. */
  async write(...points: readonly Point[]): Promise<void> {
    await this.prepare(points);
    await this.database.begin(async (transaction) => {
      for (const point of points) {
        await this.register(transaction, point);
        await this.#insert(transaction, point);
      }
    });
  }

  /** Makes the tables and partitions of points. */
  async prepare(points: readonly Point[]): Promise<void> {
    await this.catalogue.ensure(
      points.map(({ database, measurement, fields, timeNs }) => ({
        database,
        measurement,
        fields: Object.entries(fields).map(([name, { type }]) => ({ name, type })),
        ns: timeNs % 1000n !== 0n,
      })),
    );
    for (const point of points) {
      await this.partitions.ensure(this.table(point), [
        Number(floorDivide(point.timeNs, 10n ** 9n)),
      ]);
    }
  }

  table({ database, measurement }: Pick<Point, 'database' | 'measurement'>): Table {
    const table = this.catalogue.find(database, measurement);
    if (!table) throw new Error(`no table for ${measurement}`);
    return table;
  }

  /** Registers the series of a point; a second time does nothing. */
  async register(transaction: Database | Transaction, point: Point): Promise<void> {
    await transaction`
      INSERT INTO overseer.series (id, "check", measurement_id, tags)
      VALUES (${this.#idOf(point)}, 0, ${this.table(point).id}, ${JSON.stringify(point.tags)}::text::jsonb)
      ON CONFLICT DO NOTHING`;
  }

  async #insert(transaction: Transaction, point: Point): Promise<void> {
    const table = this.table(point);
    const fields = Object.entries(point.fields).map(([name, value]) => {
      const field = table.fields.get(name);
      if (!field) throw new Error(`no field ${name}`);
      return [columnName(field), valueLiteral(value)] as const;
    });
    const microseconds = floorDivide(point.timeNs, 1000n);
    const columns = ['time', 'series', ...fields.map(([column]) => column)];
    const values = [
      `timestamptz 'epoch' + interval '${microseconds} microseconds'`,
      String(this.#idOf(point)),
      ...fields.map(([, value]) => value),
    ];
    if (table.hasNs) {
      columns.push('ns');
      values.push(String(point.timeNs - microseconds * 1000n));
    }
    await transaction.unsafe(
      `INSERT INTO ${table.name} (${columns.join(', ')}) VALUES (${values.join(', ')})`,
    );
  }

  /** Any distinct number will do for an id here. */
  #idOf({ database, measurement, tags }: Point): bigint {
    const key = JSON.stringify([database, measurement, Object.entries(tags).sort()]);
    const id = this.#ids.get(key) ?? BigInt(Bun.hash.xxHash64(key)) - 2n ** 63n;
    this.#ids.set(key, id);
    return id;
  }
}

function floorDivide(value: bigint, by: bigint): bigint {
  return value / by - (value % by < 0n ? 1n : 0n);
}

function valueLiteral(value: Value): string {
  switch (value.type) {
    case 'float':
      return `'${Object.is(value.value, -0) ? '-0' : value.value}'::float8`;
    case 'string':
      return literal(value.value);
    default:
      return String(value.value);
  }
}
