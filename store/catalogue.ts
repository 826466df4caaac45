import type { Field, FieldType, Logger } from '@overseer/shared';
import { fieldTypeCode, fieldTypeOfCode } from '@overseer/shared';
import { readNewestDrop, UnknownDropError } from './deletion/drop-list.ts';
import { retryLocked } from './locks.ts';
import { freeName, schemaName, VIEW_COLUMNS } from './names.ts';
import {
  type Database,
  identifier,
  isLockTimeout,
  sqlState,
  type Transaction,
} from './postgres.ts';

/** A column of a table of points. */
export interface TableField {
  readonly id: number;
  readonly name: string;
  readonly type: FieldType;
  readonly viewColumn: string;
}

/** A measurement's table. A new object whenever it changes, so that one that is held stays as it was read. */
export interface Table {
  readonly id: number;
  readonly database: string;
  readonly measurement: string;
  /** Qualified, ready for SQL. */
  readonly name: string;
  readonly view: string;
  /** Whether it has the column for nanoseconds below a microsecond. */
  readonly hasNs: boolean;
  readonly fields: ReadonlyMap<string, TableField>;
}

/** A database that the schema bucket has a key for. */
export interface DeclaredDatabase {
  readonly name: string;
  /** Of its key. */
  readonly revision: number;
}

/** What a table must have before rows go in. */
export interface TableNeed {
  readonly database: string;
  readonly measurement: string;
  readonly fields: readonly Field[];
  readonly ns: boolean;
}

export const columnName = (field: TableField) => `f${field.id}`;

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  float: 'float8',
  integer: 'bigint',
  unsigned: 'numeric(20,0)',
  boolean: 'boolean',
  string: 'text',
};

/** The advisory lock under which one process at a time changes tables. */
export const SCHEMA_LOCK = 0x4f56_5346;

/** Databases, measurements and fields: PostgreSQL has the record, this the copy in memory, and the only way to add to both. */
export class Catalogue {
  readonly #database: Database;
  readonly #log: Logger;
  #tables = new Map<string, Table>();
  /** The last change under way; changes of one process wait for each other here instead of on the lock. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Reads everything; again whenever another store may have changed tables. */
  load(): Promise<void> {
    return this.#inTurn(async () => {
      const tables = await readTables(this.#database);
      this.#tables = new Map(tables.map((table) => [keyOf(table), table]));
    });
  }

  get size(): number {
    return this.#tables.size;
  }

  tables(): Iterable<Table> {
    return this.#tables.values();
  }

  find(database: string, measurement: string): Table | undefined {
    return this.#tables.get(tableKey(database, measurement));
  }

  /** Whether the table has all of it already; a field of another type counts as had: the caller compares types. */
  has(need: TableNeed): boolean {
    const table = this.find(need.database, need.measurement);
    return (
      table !== undefined &&
      (table.hasNs || !need.ns) &&
      need.fields.every((field) => table.fields.has(field.name))
    );
  }

  /**
   * Makes what is missing: schemas, tables, columns, views. All needs in one transaction, tried again while others hold locks.
   * @param newestDrop number of the newest drop that the needs take into account; undefined: none can concern them
   * @throws UnknownDropError when something was dropped since: nothing was made
   */
  ensure(needs: readonly TableNeed[], newestDrop?: bigint): Promise<void> {
    return this.#inTurn(() => this.#change(needs, newestDrop));
  }

  /** Makes databases without measurements, those that are missing; none that was declared before it was dropped. */
  ensureDatabases(declared: readonly DeclaredDatabase[]): Promise<void> {
    return this.#inTurn(async () => {
      const existing = new Set(await readDatabases(this.#database));
      const missing = declared.filter(({ name }) => !existing.has(name));
      if (missing.length === 0) return;
      await retryLocked(this.#database, this.#log, async (transaction) => {
        await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
        for (const { name, revision } of missing) {
          const [dropped] = await transaction`
            SELECT FROM overseer.dropped
            WHERE database = ${name} AND measurement IS NULL AND schema_upto >= ${revision}`;
          if (!dropped) await ensureDatabase(transaction, name);
        }
        await transaction`UPDATE overseer.catalogue_version SET version = version + 1`;
      });
    });
  }

  /** One after another: what was read last is what is remembered. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#changes.then(action);
    this.#changes = turn.catch(() => undefined);
    return turn;
  }

  async #change(needs: readonly TableNeed[], newestDrop: bigint | undefined): Promise<void> {
    const missing = needs.filter((need) => !this.has(need));
    if (missing.length === 0) return;
    const tables = await retryLocked(this.#database, this.#log, async (transaction) => {
      await transaction`SELECT pg_advisory_xact_lock(${SCHEMA_LOCK})`;
      if (newestDrop !== undefined && (await readNewestDrop(transaction)) > newestDrop) {
        throw new UnknownDropError('something was dropped before these tables could be made');
      }
      const changed: Table[] = [];
      for (const need of missing) changed.push(await ensureTable(transaction, need, this.#log));
      await transaction`UPDATE overseer.catalogue_version SET version = version + 1`;
      return changed;
    });
    for (const table of tables) this.#remember(table);
  }

  #remember(table: Table): void {
    this.#tables.set(keyOf(table), table);
  }
}

const tableKey = (database: string, measurement: string) => `${database}\0${measurement}`;
const keyOf = ({ database, measurement }: Table) => tableKey(database, measurement);

/** Names of all databases as PostgreSQL has them. */
export async function readDatabases(database: Database): Promise<string[]> {
  const rows = await database`SELECT name FROM overseer.databases`;
  return rows.map((row) => String(row.name));
}

/** Every table as PostgreSQL has it. */
export async function readTables(database: Database | Transaction): Promise<Table[]> {
  const rows = await database`
    SELECT d.name AS database, d.schema_name, m.id, m.name, m.view_name, m.has_ns,
      coalesce((
        SELECT json_agg(json_build_array(f.id, f.name, f.type, f.view_column) ORDER BY f.id)
        FROM overseer.fields f WHERE f.measurement_id = m.id
      ), '[]') AS fields
    FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id`;
  return rows.map((row) => tableOfRow(row, row.fields));
}

type FieldRow = readonly [id: number, name: string, type: number, viewColumn: string];

function tableOfRow(row: Record<string, unknown>, fields: readonly FieldRow[]): Table {
  return {
    id: Number(row.id),
    database: String(row.database),
    measurement: String(row.name),
    name: `points.m${row.id}`,
    view: `${identifier(String(row.schema_name))}.${identifier(String(row.view_name))}`,
    hasNs: row.has_ns === true,
    fields: new Map(fields.map((field) => [field[1], tableField(field)])),
  };
}

function tableField([id, name, code, viewColumn]: FieldRow): TableField {
  const type = fieldTypeOfCode(code);
  if (type === undefined)
    throw new Error(`field ${name} has the type ${code}, which this release does not know`);
  return { id, name, type, viewColumn };
}

async function ensureTable(transaction: Transaction, need: TableNeed, log: Logger): Promise<Table> {
  const schema = await ensureDatabase(transaction, need.database);
  const measurement = await ensureMeasurement(transaction, schema, need);
  const fields = await addFields(transaction, measurement.id, need.fields);
  const addNs = need.ns && !measurement.hasNs;
  const columns = fields.added.map(
    (field) => `ADD COLUMN ${columnName(field)} ${COLUMN_TYPES[field.type]}`,
  );
  // Metadata only: rows written before read the default.
  if (addNs) columns.push('ADD COLUMN ns smallint NOT NULL DEFAULT 0');
  const table: Table = {
    id: measurement.id,
    database: need.database,
    measurement: need.measurement,
    name: `points.m${measurement.id}`,
    view: `${identifier(schema.name)}.${identifier(measurement.viewName)}`,
    hasNs: measurement.hasNs || addNs,
    fields: new Map(fields.all.map((field) => [field.name, field])),
  };
  if (columns.length > 0) {
    await transaction.unsafe(`ALTER TABLE ${table.name} ${columns.join(', ')}`);
    if (addNs) {
      await transaction`UPDATE overseer.measurements SET has_ns = true WHERE id = ${table.id}`;
    }
    await replaceView(transaction, table, log);
  }
  return table;
}

interface SchemaRow {
  readonly id: number;
  readonly name: string;
}

async function ensureDatabase(transaction: Transaction, name: string): Promise<SchemaRow> {
  const [found] = await transaction`
    SELECT id, schema_name FROM overseer.databases WHERE name = ${name}`;
  if (found) return { id: found.id, name: found.schema_name };
  const taken = await transaction`SELECT nspname FROM pg_namespace`;
  const schema = schemaName(name, new Set(taken.map((row) => row.nspname)));
  await transaction.unsafe(`CREATE SCHEMA ${identifier(schema)}`);
  const [row] = await transaction`
    INSERT INTO overseer.databases (name, schema_name) VALUES (${name}, ${schema}) RETURNING id`;
  return { id: row?.id, name: schema };
}

interface MeasurementRow {
  readonly id: number;
  readonly viewName: string;
  readonly hasNs: boolean;
}

async function ensureMeasurement(
  transaction: Transaction,
  schema: SchemaRow,
  need: TableNeed,
): Promise<MeasurementRow> {
  const [found] = await transaction`
    SELECT id, view_name, has_ns FROM overseer.measurements
    WHERE database_id = ${schema.id} AND name = ${need.measurement}`;
  if (found) return { id: found.id, viewName: found.view_name, hasNs: found.has_ns };
  // Views of dropped ones may still be there, because somebody reads them.
  const taken = await transaction`
    SELECT view_name FROM overseer.measurements WHERE database_id = ${schema.id}
    UNION ALL
    SELECT t.view_name FROM overseer.dropped_tables t JOIN overseer.dropped d ON d.id = t.dropped_id
    WHERE d.database = ${need.database} AND d.measurement IS NOT NULL
      AND NOT t.removed AND t.view_name IS NOT NULL`;
  const viewName = freeName(need.measurement, new Set(taken.map((row) => row.view_name)));
  const [row] = await transaction`
    INSERT INTO overseer.measurements (database_id, name, view_name)
    VALUES (${schema.id}, ${need.measurement}, ${viewName}) RETURNING id`;
  const id = Number(row?.id);
  await transaction
    .unsafe(`
    CREATE TABLE points.m${id} (time timestamptz NOT NULL, series bigint NOT NULL)
      PARTITION BY RANGE (time);
    CREATE INDEX ON points.m${id} USING brin (time) WITH (autosummarize = on)`)
    .simple();
  return { id, viewName, hasNs: false };
}

async function addFields(
  transaction: Transaction,
  measurementId: number,
  wanted: readonly Field[],
): Promise<{ all: TableField[]; added: TableField[] }> {
  const rows = await transaction`
    SELECT id, name, type, view_column FROM overseer.fields
    WHERE measurement_id = ${measurementId} ORDER BY id`;
  const all = rows.map((row) => tableField([row.id, row.name, row.type, row.view_column]));
  const names = new Set(all.map((field) => field.name));
  const taken = new Set<string>([...VIEW_COLUMNS, ...all.map((field) => field.viewColumn)]);
  const added: TableField[] = [];
  const rowsNew = wanted
    .filter((field) => !names.has(field.name))
    .map((field) => {
      const viewColumn = freeName(field.name, taken);
      taken.add(viewColumn);
      return {
        measurement_id: measurementId,
        name: field.name,
        type: fieldTypeCode(field.type),
        view_column: viewColumn,
      };
    });
  if (rowsNew.length === 0) return { all, added };
  const inserted = await transaction`
    INSERT INTO overseer.fields ${transaction(rowsNew)} RETURNING id, name, type, view_column`;
  for (const row of inserted) {
    added.push(tableField([row.id, row.name, row.type, row.view_column]));
  }
  added.sort((a, b) => a.id - b.id);
  return { all: [...all, ...added], added };
}

/**
 * Makes the view or appends to it. PostgreSQL lets a view only grow at its end, so columns stay where they came. Others may have
 * built views on it, or taken it over: what fails here is said and does not hold rows back.
 */
async function replaceView(transaction: Transaction, table: Table, log: Logger): Promise<void> {
  const sources = new Map([
    ['time', 'p.time'],
    ['tags', 's.tags'],
    ...[...table.fields.values()].map(
      (field) => [field.viewColumn, `p.${columnName(field)}`] as const,
    ),
    ...(table.hasNs ? [['ns', 'p.ns'] as const] : []),
  ]);
  try {
    await transaction.savepoint(async (savepoint) => {
      const existing = await savepoint`
        SELECT attname AS name FROM pg_attribute
        WHERE attrelid = to_regclass(${table.view}) AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum`;
      const order = new Set([...existing.map((row) => String(row.name)), ...sources.keys()]);
      const columns = [...order].map(
        (name) => `${sources.get(name) ?? 'NULL'} AS ${identifier(name)}`,
      );
      // A left join: PostgreSQL leaves it out when a query does not ask for tags.
      await savepoint.unsafe(`
        CREATE OR REPLACE VIEW ${table.view} AS SELECT ${columns.join(', ')}
        FROM ${table.name} p LEFT JOIN overseer.series s ON s.id = p.series`);
    });
  } catch (error) {
    if (sqlState(error) === undefined || isLockTimeout(error)) throw error;
    log.error(
      { view: table.view, err: error },
      'the view could not be brought up to date; rows are stored in its table all the same',
    );
  }
}
