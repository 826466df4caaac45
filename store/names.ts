/** Names of views and their columns: the user's own, unless PostgreSQL or another one is in the way. */

/** NAMEDATALEN - 1 of a PostgreSQL built as usual. */
const IDENTIFIER_BYTES_MAX = 63;
const RESERVED_SCHEMAS = new Set(['overseer', 'points', 'public', 'information_schema']);
/** Columns that every view has of itself. */
export const VIEW_COLUMNS = ['time', 'tags', 'ns'] as const;

/** The schema for the views of a database. */
export function schemaName(database: string, taken: ReadonlySet<string>): string {
  const reserved = RESERVED_SCHEMAS.has(database) || database.startsWith('pg_');
  return freeName(reserved ? `db_${database}` : database, taken);
}

/** `wanted` cut to what an identifier holds, with a number when that is taken. */
export function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = cutToBytes(wanted, IDENTIFIER_BYTES_MAX);
  for (let number = 2; taken.has(name); number++) {
    const suffix = `_${number}`;
    name = cutToBytes(wanted, IDENTIFIER_BYTES_MAX - suffix.length) + suffix;
  }
  return name;
}

/** The longest start of `text` that has at most `bytes` bytes of UTF-8 and splits no character. */
function cutToBytes(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
