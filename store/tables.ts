import { type Field, type FieldType, fieldTypeOfCode } from '@overseer/shared';
import { arrayLiteral, type Database, identifier, type Transaction } from './postgres.ts';

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

/** What a table must have before rows go in. */
export interface TableNeed {
  readonly database: string;
  readonly measurement: string;
  readonly fields: readonly Field[];
  readonly ns: boolean;
}

export const columnName = (field: TableField) => `f${field.id}`;

/** Names of all databases as PostgreSQL has them. */
export async function readDatabases(database: Database): Promise<string[]> {
  const rows = await database`SELECT name FROM overseer.databases`;
  return rows.map((row) => String(row.name));
}

/** Every table as PostgreSQL has it, or those of some measurements of one database. */
export async function readTables(
  database: Database | Transaction,
  of?: { readonly databaseId: number; readonly measurements: readonly string[] },
): Promise<Table[]> {
  const rows = await database`
    SELECT d.name AS database, d.schema_name, m.id, m.name, m.view_name, m.has_ns,
      coalesce((
        SELECT json_agg(json_build_array(f.id, f.name, f.type, f.view_column) ORDER BY f.id)
        FROM overseer.fields f WHERE f.measurement_id = m.id
      ), '[]') AS fields
    FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
    WHERE ${of === undefined} OR (
      m.database_id = ${of?.databaseId ?? 0} AND m.name = ANY(${arrayLiteral(of?.measurements ?? [])}::text::text[])
    )`;
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

export function tableField([id, name, code, viewColumn]: FieldRow): TableField {
  const type = fieldTypeOfCode(code);
  if (type === undefined)
    throw new Error(`field ${name} has the type ${code}, which this release does not know`);
  return { id, name, type, viewColumn };
}
