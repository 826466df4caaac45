/** Results of SQL as text. */
import { formatColumns } from './terminal/columns.ts';

export interface ResultTable {
  /** The kind of statement: SELECT, INSERT, and so on. */
  readonly command: string;
  /** Rows returned or changed; null for statements that do neither. */
  readonly count: number | null;
  /** None for statements that return no rows. */
  readonly columns: readonly { readonly name: string; readonly typeId: number }[];
  /** Values as PostgreSQL prints them. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Identifiers of PostgreSQL's types, from its catalogue pg_type. */
const BOOLEAN = 16;
const INT8 = 20;
const INT2 = 21;
const INT4 = 23;
const JSON_TYPE = 114;
const FLOAT4 = 700;
const FLOAT8 = 701;
const NUMERIC = 1700;
const JSONB = 3802;

const NUMBER_TYPES: readonly number[] = [INT2, INT4, INT8, FLOAT4, FLOAT8, NUMERIC];

/** Columns under their names, numbers to the right, and the number of rows below. */
export function formatTable(result: ResultTable): string {
  const { columns, rows } = result;
  if (columns.length === 0) return `${[result.command, result.count ?? []].flat().join(' ')}\n`;
  const cells = rows.map((row) => row.map((value) => (value === null ? 'NULL' : onOneLine(value))));
  const headings = columns.map(({ name, typeId }) => ({
    name,
    isNumber: NUMBER_TYPES.includes(typeId),
  }));
  const lines = [
    ...formatColumns(headings, cells),
    `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`,
  ];
  return `${lines.join('\n')}\n`;
}

/** An array of objects, one a line; of statements that return no rows, an object. */
export function formatJson({ command, count, columns, rows }: ResultTable): string {
  if (columns.length === 0) return `${JSON.stringify({ command, count })}\n`;
  const objects = rows.map((row) => {
    const members = columns.map(
      ({ name, typeId }, index) =>
        `${JSON.stringify(name)}:${jsonValue(row[index] ?? null, typeId)}`,
    );
    return `{${members.join(',')}}`;
  });
  return `[${objects.join(',\n')}]\n`;
}

/** A line break or tab within a value would break the table. */
function onOneLine(text: string): string {
  return text.replace(/[\n\r\t]/g, (character) => JSON.stringify(character).slice(1, -1));
}

/** bigint and numeric stay strings: most readers of JSON would round them. So do NaN and the infinities. */
function jsonValue(value: string | null, typeId: number): string {
  if (value === null) return 'null';
  if (typeId === BOOLEAN) return value === 't' ? 'true' : 'false';
  if (typeId === JSON_TYPE || typeId === JSONB) return value;
  const isExactNumber = [INT2, INT4, FLOAT4, FLOAT8].includes(typeId);
  return isExactNumber && Number.isFinite(Number(value)) ? value : JSON.stringify(value);
}
