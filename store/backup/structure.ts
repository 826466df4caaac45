import { identifier, type Transaction } from '../postgres.ts';

/**
 * What a backup has besides rows: the tables of points as they are, so that a restore makes them without knowing how the release that made
 * them would; and what lies around them.
 */
export interface Structure {
  readonly sequences: readonly Sequence[];
  /** Of the databases; quoted where needed. */
  readonly schemas: readonly string[];
  readonly tables: readonly PointsTable[];
  readonly views: readonly View[];
}

export interface Sequence {
  /** Qualified, quoted. */
  readonly name: string;
  readonly value: string;
  readonly isCalled: boolean;
}

/** A measurement's table. Names are qualified and quoted. */
export interface PointsTable {
  readonly name: string;
  readonly columns: readonly PointsColumn[];
  /** Statements. */
  readonly indexes: readonly string[];
  readonly partitions: readonly PointsPartition[];
}

export interface PointsColumn {
  /** Quoted. */
  readonly name: string;
  /** Type, NOT NULL and DEFAULT, as CREATE TABLE has them. */
  readonly definition: string;
}

export interface PointsPartition {
  readonly name: string;
  /** `FOR VALUES …` */
  readonly bound: string;
  /** Storage parameters, if it has some. */
  readonly options: string;
  /** Statements of the indexes that it has for itself. */
  readonly indexes: readonly string[];
  /** On disk, without indexes. */
  readonly bytes: number;
}

export interface View {
  readonly name: string;
  readonly query: string;
}

/** A table of the catalogue. */
export interface CatalogueTable {
  /** Qualified, quoted. */
  readonly name: string;
  readonly columns: readonly string[];
}

/** Of this server and moment, not of the data: what was applied, and who is there. */
const TABLES_LEFT_OUT = ['migrations', 'stores', 'unfinished_restore'];
/** Transactions of the server that the backup is of mean nothing on another; what is restored gets that of the restore. */
const COLUMNS_LEFT_OUT = ['series.registered_in'];

/** Tables of the catalogue, each behind those that it refers to. */
export async function readCatalogueTables(transaction: Transaction): Promise<CatalogueTable[]> {
  const rows = await transaction`
    SELECT c.relname AS name,
      (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      ) AS columns,
      coalesce((SELECT json_agg(f.relname) FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
        WHERE k.conrelid = c.oid AND k.contype = 'f' AND f.oid <> c.oid), '[]') AS needs
    FROM pg_class c
    WHERE c.relnamespace = 'overseer'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p'
    ORDER BY c.relname`;
  const waiting = rows.filter(({ name }) => !TABLES_LEFT_OUT.includes(name));
  const placed = new Set<string>();
  const tables: CatalogueTable[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ needs }) => needs.every((need: string) => placed.has(need)));
    if (next < 0) throw new Error('tables of the catalogue refer to each other in a circle');
    const [row] = waiting.splice(next, 1);
    placed.add(row?.name);
    tables.push({
      name: `overseer.${identifier(row?.name)}`,
      columns: row?.columns
        .filter((column: string) => !COLUMNS_LEFT_OUT.includes(`${row.name}.${column}`))
        .map(identifier),
    });
  }
  return tables;
}

/** Everything that the catalogue knows of; what lies in these schemas besides is not Overseer's. */
export async function readStructure(transaction: Transaction): Promise<Structure> {
  const schemas = await transaction`
    SELECT quote_ident(schema_name) AS name FROM overseer.databases ORDER BY id`;
  return {
    sequences: await readSequences(transaction),
    schemas: schemas.map(({ name }) => String(name)),
    tables: await readTables(transaction),
    views: await readViews(transaction),
  };
}

async function readSequences(transaction: Transaction): Promise<Sequence[]> {
  const names = await transaction`
    SELECT oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'overseer'::regnamespace AND relkind = 'S' ORDER BY oid`;
  const sequences: Sequence[] = [];
  for (const { name } of names) {
    const [row] = await transaction.unsafe(
      `SELECT last_value::text AS value, is_called FROM ${name}`,
    );
    sequences.push({ name, value: row?.value, isCalled: row?.is_called });
  }
  return sequences;
}

async function readTables(transaction: Transaction): Promise<PointsTable[]> {
  const rows = await transaction`
    SELECT c.oid, c.oid::regclass::text AS name,
      (SELECT json_agg(json_build_object(
          'name', quote_ident(a.attname),
          'definition', concat_ws(' ', format_type(a.atttypid, a.atttypmod),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid))
        ) ORDER BY a.attnum)
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
      coalesce((SELECT json_agg(pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid)
        FROM pg_index i WHERE i.indrelid = c.oid), '[]') AS indexes
    FROM overseer.measurements m
    JOIN pg_class c ON c.relnamespace = 'points'::regnamespace AND c.relname = 'm' || m.id
    ORDER BY m.id`;
  const partitionsOf = await readPartitions(transaction);
  return rows.map(({ oid, name, columns, indexes }) => ({
    ...{ name, columns, indexes },
    partitions: partitionsOf.get(oid) ?? [],
  }));
}

/** By the table's oid. One that is being detached is not read any more, and left out here too. */
async function readPartitions(transaction: Transaction): Promise<Map<number, PointsPartition[]>> {
  const rows = await transaction`
    SELECT h.inhparent AS parent, c.oid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bound,
      coalesce(array_to_string(c.reloptions, ', '), '') AS options, pg_table_size(c.oid)::float8 AS bytes,
      coalesce((SELECT json_agg(pg_get_indexdef(i.indexrelid) ORDER BY i.indexrelid) FROM pg_index i
        WHERE i.indrelid = c.oid AND i.indisvalid
          AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = i.indexrelid)), '[]') AS indexes
    FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
    WHERE c.relnamespace = 'points'::regnamespace AND c.relkind = 'r' AND NOT h.inhdetachpending
    ORDER BY h.inhparent, c.relname`;
  const partitionsOf = new Map<number, PointsPartition[]>();
  for (const { parent, name, bound, options, bytes, indexes } of rows) {
    const partitions = partitionsOf.get(parent) ?? [];
    partitions.push({ name, bound, options, bytes: bytes ?? 0, indexes });
    partitionsOf.set(parent, partitions);
  }
  return partitionsOf;
}

async function readViews(transaction: Transaction): Promise<View[]> {
  const rows = await transaction`
    SELECT c.oid::regclass::text AS name, pg_get_viewdef(c.oid) AS query
    FROM overseer.measurements m JOIN overseer.databases d ON d.id = m.database_id
    JOIN pg_namespace n ON n.nspname = d.schema_name
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.view_name AND c.relkind = 'v'
    ORDER BY m.id`;
  return rows.map(({ name, query }) => ({ name, query }));
}
