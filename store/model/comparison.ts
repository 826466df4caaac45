import { columnName, readTables, type Table } from '../catalogue.ts';
import type { Database } from '../postgres.ts';
import { identifier } from '../postgres.ts';
import {
  type ExpectedRow,
  type ExpectedRows,
  type ExpectedTable,
  tableKey,
  tagsText,
} from './expected-rows.ts';
import { textOf } from './values.ts';

const DIFFERENCES_SHOWN_MAX = 5;
const EMPTY: ExpectedTable = new Map();

/**
 * Compares every row of every measurement, through the views that users read, with what must be there.
 * @returns a description of each difference, the first few of each measurement; none when all is well
 */
export async function findDifferences(
  database: Database,
  expected: ExpectedRows,
): Promise<string[]> {
  const tables = new Map((await readTables(database)).map((table) => [tableKey(table), table]));
  const wanted = new Map(expected.tables);
  const differences: string[] = [];
  for (const key of new Set([...wanted.keys(), ...tables.keys()])) {
    const table = tables.get(key);
    if (table) differences.push(...(await compareTable(database, table, wanted.get(key) ?? EMPTY)));
    else differences.push(`${key} is not in the catalogue`);
  }
  return differences;
}

async function compareTable(
  database: Database,
  table: Table,
  expected: ExpectedTable,
): Promise<string[]> {
  const stored = await readRows(database, table);
  const differences: string[] = [];
  const missing = new Set(expected.keys());
  const seen = new Set<string>();
  for (const { key, fields } of stored) {
    const row = expected.get(key);
    missing.delete(key);
    if (seen.has(key)) differences.push(`${tableKey(table)} ${key} is there twice${describe(row)}`);
    else if (!row)
      differences.push(`${tableKey(table)} ${key} was never written: ${textOfFields(fields)}`);
    else if (!isSame(fields, row.fields)) {
      differences.push(
        `${tableKey(table)} ${key} is ${textOfFields(fields)}, not ${textOfFields(row.fields)}${describe(row)}`,
      );
    }
    seen.add(key);
  }
  for (const key of missing) {
    differences.push(`${tableKey(table)} ${key} is missing${describe(expected.get(key))}`);
  }
  const rest = differences.length - DIFFERENCES_SHOWN_MAX;
  return rest > 0
    ? [...differences.slice(0, DIFFERENCES_SHOWN_MAX), `${tableKey(table)}: and ${rest} more`]
    : differences;
}

interface StoredRow {
  readonly key: string;
  /** Without those that are NULL. */
  readonly fields: ReadonlyMap<string, string>;
}

async function readRows(database: Database, table: Table): Promise<StoredRow[]> {
  const fields = [...table.fields.values()];
  const columns = fields.map(
    (field) => `, ${identifier(field.viewColumn)} AS ${columnName(field)}`,
  );
  const rows = await database.unsafe(`
    SELECT (extract(epoch FROM time) * 1000000)::bigint AS us, tags, ${table.hasNs ? 'ns' : '0'} AS ns${columns.join('')}
    FROM ${table.view}`);
  return rows.map((row) => ({
    // A row of a series that is not registered has no tags.
    key: `${row.tags === null ? 'without tags' : tagsText(row.tags)} ${row.us * 1000n + BigInt(row.ns)}`,
    fields: new Map(
      fields
        .filter((field) => row[columnName(field)] !== null)
        .map((field) => [field.name, textOf(row[columnName(field)])]),
    ),
  }));
}

function isSame(
  stored: ReadonlyMap<string, string>,
  expected: ReadonlyMap<string, string>,
): boolean {
  if (stored.size !== expected.size) return false;
  for (const [name, text] of expected) if (stored.get(name) !== text) return false;
  return true;
}

const textOfFields = (fields: ReadonlyMap<string, string>) =>
  [...fields]
    .map(([name, text]) => `${name}=${text.slice(0, 40)}`)
    .toSorted()
    .join(' ');

/** What wrote the row since the last check, a line each. */
function describe(row: ExpectedRow | undefined): string {
  if (!row) return '';
  return row.writes
    .map(({ origin, fields }) => {
      return `\n    ${origin.operation}, message ${origin.sequence}, block ${origin.block}: ${fields.slice(0, 200)}`;
    })
    .join('');
}
