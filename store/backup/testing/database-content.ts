import { type Database, identifier } from '../../postgres.ts';

/** Tables whose rows are of a server and moment, and columns alike. */
const LEFT_OUT = ['migrations', 'stores', 'leases'];
const COLUMNS_LEFT_OUT: Readonly<Record<string, string>> = {
  series: 'registered_in',
  progress: 'epoch',
};

/** Every row of everything that Overseer has in a database, as text, sorted, by the name of its table or view. */
export async function databaseContent(database: Database): Promise<Record<string, string[]>> {
  const relations = await database`
    SELECT n.nspname AS schema, c.relname AS name FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (n.nspname IN ('overseer', 'points') OR n.nspname IN (SELECT schema_name FROM overseer.databases))
      AND c.relkind IN ('r', 'p', 'v') ORDER BY 1, 2`;
  const content: Record<string, string[]> = {};
  for (const { schema, name } of relations) {
    if (schema === 'overseer' && LEFT_OUT.includes(name)) continue;
    const leftOut = schema === 'overseer' ? (COLUMNS_LEFT_OUT[name] ?? '') : '';
    const rows = await database.unsafe(`
      SELECT (to_jsonb(t) - '${leftOut}')::text AS row
      FROM ${identifier(schema)}.${identifier(name)} t ORDER BY 1`);
    content[`${schema}.${name}`] = rows.map(({ row }) => row);
  }
  return content;
}

/** Columns, constraints, indexes, partitions and views, as PostgreSQL describes them, sorted. */
export async function databaseStructure(database: Database): Promise<string[]> {
  const rows = await database`
    SELECT concat_ws(' ', c.oid::regclass, c.relkind, c.reloptions::text, pg_get_expr(c.relpartbound, c.oid),
      pg_get_indexdef(i.indexrelid), i.indisvalid, pg_get_viewdef(c.oid)) AS line
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    WHERE (n.nspname IN ('overseer', 'points') OR n.nspname IN (SELECT schema_name FROM overseer.databases))
      AND c.relkind IN ('r', 'p', 'v', 'i', 'I', 'S')
    UNION ALL
    SELECT concat_ws(' ', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'points'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY 1`;
  return rows.map(({ line }) => line);
}
