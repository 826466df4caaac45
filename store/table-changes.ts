import { type Field, type FieldType, fieldTypeCode, type Logger } from '@overseer/shared';
import { SYSTEM_DATABASE, SYSTEM_RETENTION_MS } from '@overseer/shared/system-database';
import { assertNotHeld, type Patience } from './locks.ts';
import { freeName, schemaName, VIEW_COLUMNS } from './names.ts';
import { arrayLiteral, identifier, isLockTimeout, sqlState, type Transaction } from './postgres.ts';
import { letReadersIn } from './readers/reader-role.ts';
import {
  columnName,
  readTables,
  type Table,
  type TableField,
  type TableNeed,
  tableField,
} from './tables.ts';

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  float: 'float8',
  integer: 'bigint',
  unsigned: 'numeric(20,0)',
  boolean: 'boolean',
  string: 'text',
};

interface SchemaRow {
  readonly id: number;
  readonly name: string;
}

/**
 * Makes the tables of measurements that have none, with all their columns, and their views; those that have one by now are left to
 * `extendTable`. Nobody can hold a table that is not there yet: only the schema is waited for.
 * @returns what was there and what was made
 */
export async function createTables(
  transaction: Transaction,
  needs: readonly TableNeed[],
  log: Logger,
): Promise<Table[]> {
  const found: Table[] = [];
  for (const [database, of] of Map.groupBy(needs, (need) => need.database)) {
    const schema = await ensureDatabase(transaction, database, log);
    const existing = await readTables(transaction, {
      databaseId: schema.id,
      measurements: of.map(({ measurement }) => measurement),
    });
    const names = new Set(existing.map(({ measurement }) => measurement));
    const missing = of.filter(({ measurement }) => !names.has(measurement));
    found.push(...existing, ...(await createMissing(transaction, schema, missing, log)));
  }
  return found;
}

async function createMissing(
  transaction: Transaction,
  schema: SchemaRow,
  needs: readonly TableNeed[],
  log: Logger,
): Promise<Table[]> {
  if (needs.length === 0) return [];
  const tables = await recordTables(transaction, schema, needs);
  await transaction.unsafe(tables.map(tableStatement).join(';\n')).simple();
  try {
    await transaction.savepoint((savepoint) =>
      savepoint.unsafe(tables.map((table) => viewStatement(table)).join(';\n')).simple(),
    );
  } catch (error) {
    // One is in the way of somebody: each alone, so that it does not keep the others from theirs.
    if (sqlState(error) === undefined || isLockTimeout(error)) throw error;
    for (const table of tables) await replaceView(transaction, table, log);
  }
  return tables;
}

/** Puts new measurements and their fields into the catalogue, which numbers them. */
async function recordTables(
  transaction: Transaction,
  schema: SchemaRow,
  needs: readonly TableNeed[],
): Promise<Table[]> {
  const taken = await viewNames(transaction, schema);
  const wanted = needs.map((need) => {
    const viewName = freeName(need.measurement, taken);
    taken.add(viewName);
    return { need, viewName };
  });
  const rows = await transaction`
    INSERT INTO overseer.measurements (database_id, name, view_name, has_ns)
    SELECT ${schema.id}::int, * FROM unnest(
      ${arrayLiteral(needs.map(({ measurement }) => measurement))}::text::text[],
      ${arrayLiteral(wanted.map(({ viewName }) => viewName))}::text::text[],
      ${arrayLiteral(needs.map(({ ns }) => String(ns)))}::text::boolean[])
    RETURNING id, name`;
  const ids = new Map(rows.map((row) => [String(row.name), Number(row.id)]));
  const fields = await insertFields(
    transaction,
    needs.map(({ measurement, fields }) => ({
      measurementId: ids.get(measurement) ?? 0,
      fields: namedFields(fields, new Set(VIEW_COLUMNS)),
    })),
  );
  return wanted.map(({ need, viewName }): Table => {
    const id = ids.get(need.measurement) ?? 0;
    return {
      id,
      database: need.database,
      measurement: need.measurement,
      name: `points.m${id}`,
      view: `${identifier(schema.name)}.${identifier(viewName)}`,
      hasNs: need.ns,
      fields: new Map((fields.get(id) ?? []).map((field) => [field.name, field])),
    };
  });
}

/** Names that no new view can have: of measurements, and of whatever else somebody has put into the schema. */
async function viewNames(transaction: Transaction, schema: SchemaRow): Promise<Set<string>> {
  const rows = await transaction`
    SELECT view_name AS name FROM overseer.measurements WHERE database_id = ${schema.id}
    UNION ALL
    SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(${identifier(schema.name)})`;
  return new Set(rows.map((row) => String(row.name)));
}

/** Adds columns to a table that is there. @throws an error that `isLocked` knows, while others hold the table */
export async function extendTable(
  transaction: Transaction,
  table: Table,
  need: TableNeed,
  patience: Patience,
  log: Logger,
): Promise<Table> {
  const wanted = need.fields.filter(({ name }) => !table.fields.has(name));
  const addNs = need.ns && !table.hasNs;
  if (wanted.length === 0 && !addNs) return table;
  await assertNotHeld(transaction, table.name, patience);
  const taken = new Set<string>(VIEW_COLUMNS);
  for (const { viewColumn } of table.fields.values()) taken.add(viewColumn);
  const fields = namedFields(wanted, taken);
  const inserted = await insertFields(transaction, [{ measurementId: table.id, fields }]);
  const added = inserted.get(table.id) ?? [];
  await lockView(transaction, table.view);
  const columns = added.map((field) => `ADD COLUMN ${columnOf(field)}`);
  // Metadata only: rows written before read the default.
  if (addNs) columns.push(`ADD COLUMN ${NS_COLUMN}`);
  await transaction.unsafe(`ALTER TABLE ${table.name} ${columns.join(', ')}`);
  if (addNs) {
    await transaction`UPDATE overseer.measurements SET has_ns = true WHERE id = ${table.id}`;
  }
  const extended: Table = {
    ...table,
    hasNs: table.hasNs || addNs,
    fields: new Map([...table.fields, ...added.map((field) => [field.name, field] as const)]),
  };
  await replaceView(transaction, extended, log);
  return extended;
}

const NS_COLUMN = 'ns smallint NOT NULL DEFAULT 0';
const columnOf = (field: TableField) => `${columnName(field)} ${COLUMN_TYPES[field.type]}`;

function tableStatement(table: Table): string {
  const columns = [
    'time timestamptz NOT NULL',
    'series bigint NOT NULL',
    ...[...table.fields.values()].map(columnOf),
    ...(table.hasNs ? [NS_COLUMN] : []),
  ];
  return `
    CREATE TABLE ${table.name} (${columns.join(', ')}) PARTITION BY RANGE (time);
    CREATE INDEX ON ${table.name} USING brin (time) WITH (autosummarize = on)`;
}

/** The schema for the views of a database, made when it is missing. */
export async function ensureDatabase(
  transaction: Transaction,
  name: string,
  log: Logger,
): Promise<SchemaRow> {
  const [found] = await transaction`
    SELECT id, schema_name FROM overseer.databases WHERE name = ${name}`;
  if (found) return { id: found.id, name: found.schema_name };
  const taken = await transaction`SELECT nspname FROM pg_namespace`;
  const schema = schemaName(name, new Set(taken.map((row) => row.nspname)));
  await transaction.unsafe(`CREATE SCHEMA ${identifier(schema)}`);
  await letReadersIn(transaction, schema, log);
  const [row] = await transaction`
    INSERT INTO overseer.databases (name, schema_name) VALUES (${name}, ${schema}) RETURNING id`;
  // Nobody asked for these points: they are not to fill his disk. What he says of them afterwards counts.
  if (name === SYSTEM_DATABASE) {
    await transaction`
      INSERT INTO overseer.retention (database_id, keep_ms) VALUES (${row?.id}, ${SYSTEM_RETENTION_MS})`;
  }
  return { id: row?.id, name: schema };
}

interface NamedField extends Field {
  readonly viewColumn: string;
}

/** @param taken names of columns that the view has; the new ones are added */
function namedFields(fields: readonly Field[], taken: Set<string>): NamedField[] {
  return fields.map((field) => {
    const viewColumn = freeName(field.name, taken);
    taken.add(viewColumn);
    return { ...field, viewColumn };
  });
}

/** @returns the fields by measurement, in the order in which they were given */
async function insertFields(
  transaction: Transaction,
  measurements: readonly { measurementId: number; fields: readonly NamedField[] }[],
): Promise<Map<number, TableField[]>> {
  const flat = measurements.flatMap(({ measurementId, fields }) =>
    fields.map((field) => ({ measurementId, field })),
  );
  if (flat.length === 0) return new Map();
  const rows = await transaction`
    INSERT INTO overseer.fields (measurement_id, name, type, view_column)
    SELECT * FROM unnest(
      ${arrayLiteral(flat.map(({ measurementId }) => measurementId))}::text::int[],
      ${arrayLiteral(flat.map(({ field }) => field.name))}::text::text[],
      ${arrayLiteral(flat.map(({ field }) => fieldTypeCode(field.type)))}::text::smallint[],
      ${arrayLiteral(flat.map(({ field }) => field.viewColumn))}::text::text[])
    RETURNING measurement_id, id, name, type, view_column`;
  const inserted = new Map<number, TableField[]>();
  for (const row of rows) {
    const fields = inserted.get(row.measurement_id) ?? [];
    fields.push(tableField([row.id, row.name, row.type, row.view_column]));
    inserted.set(row.measurement_id, fields);
  }
  for (const fields of inserted.values()) fields.sort((a, b) => a.id - b.id);
  return inserted;
}

/**
 * Makes the view or appends to it. PostgreSQL lets a view only grow at its end, so columns stay where they came. Others may have
 * built views on it, or taken it over: what fails here is said and does not hold rows back.
 */
export async function replaceView(
  transaction: Transaction,
  table: Table,
  log: Logger,
): Promise<void> {
  try {
    await transaction.savepoint(async (savepoint) => {
      const existing = await savepoint`
        SELECT attname AS name FROM pg_attribute
        WHERE attrelid = to_regclass(${table.view}) AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum`;
      await savepoint.unsafe(
        viewStatement(
          table,
          existing.map((row) => String(row.name)),
        ),
      );
    });
  } catch (error) {
    if (sqlState(error) === undefined || isLockTimeout(error)) throw error;
    log.error(
      { view: table.view, err: error },
      'the view could not be brought up to date; rows are stored in its table all the same',
    );
  }
}

/**
 * Takes the lock that replacing the view needs before the one on its table: readers lock them in this order, and would wait for each
 * other with a change that has the table and wants the view. LOCK TABLE would lock what the view reads, too; an option that is not
 * set anyway does not. What keeps it from being replaced is told when it is to be.
 */
async function lockView(transaction: Transaction, view: string): Promise<void> {
  try {
    await transaction.savepoint((savepoint) =>
      savepoint.unsafe(`ALTER VIEW IF EXISTS ${view} RESET (security_barrier)`),
    );
  } catch (error) {
    if (sqlState(error) === undefined || isLockTimeout(error)) throw error;
  }
}

/** @param existing columns that the view has already, in their order */
function viewStatement(table: Table, existing: readonly string[] = []): string {
  const sources = new Map([
    ['time', 'p.time'],
    ['tags', 's.tags'],
    ...[...table.fields.values()].map(
      (field) => [field.viewColumn, `p.${columnName(field)}`] as const,
    ),
    ...(table.hasNs ? [['ns', 'p.ns'] as const] : []),
  ]);
  const columns = [...new Set([...existing, ...sources.keys()])].map(
    (name) => `${sources.get(name) ?? 'NULL'} AS ${identifier(name)}`,
  );
  // A left join: PostgreSQL leaves it out when a query does not ask for tags. The measurement says nothing new, but without it a condition
  // on tags is looked for among the series of all measurements, and taken for one that many of them fulfil.
  return `
    CREATE OR REPLACE VIEW ${table.view} AS SELECT ${columns.join(', ')}
    FROM ${table.name} p LEFT JOIN overseer.series s ON s.id = p.series AND s.measurement_id = ${table.id}`;
}
