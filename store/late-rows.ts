import { inStatement } from '@overseer/shared/tracing';
import type { RowEncoder } from '@overseer/wasm';
import { columnName, type Table } from './catalogue.ts';
import { copyIn } from './copy-in.ts';
import { copyTarget, countRows, encodeRows, fieldsOf } from './copy-rows.ts';
import type { BlockRows, Times } from './plan.ts';
import type { Transaction } from './postgres.ts';
import { splitTime, timeLiteral } from './time-literal.ts';

/** So many partitions are worth an index on the staging table: each takes its rows from there. */
const INDEXED_PARTITIONS_MIN = 8;

/**
 * Rows that may exist already: into a staging table, duplicates among them collapsed, then one MERGE a time partition, bounded by the times
 * of its rows: one for all would read everything from the oldest to the newest. Field sets are merged; of two writes of one field the
 * later wins.
 * @param times bounds of the rows in each partition, which don't overlap; all rows are within them
 */
export async function mergeLate(
  transaction: Transaction,
  encoder: RowEncoder,
  table: Table,
  late: readonly BlockRows[],
  times: readonly Times[],
): Promise<void> {
  const { columns, target } = copyTarget(table, late);
  const fields = fieldsOf(table, late).map(columnName);
  const key = columns.filter((column) => !fields.includes(column));
  const staging = `late_m${table.id}`;
  await transaction.unsafe(`
    CREATE TEMP TABLE ${staging} ON COMMIT DROP AS
    SELECT ${columns.join(', ')}, 0::bigint AS ordinal FROM ${table.name} WITH NO DATA`);
  const rows = encodeRows(encoder, late, (block) => [
    ...target(block),
    { kind: 'ordinal', type: 'int8' },
  ]);
  const into = `${staging} (${columns.join(', ')}, ordinal)`;
  await copyIn(transaction, into, rows, countRows(late));
  if (times.length >= INDEXED_PARTITIONS_MIN) {
    await transaction.unsafe(`CREATE INDEX ON ${staging} (time)`);
  }
  // Nobody else would: without it PostgreSQL takes few rows for many, and reads a partition instead of asking its index.
  await transaction.unsafe(`ANALYZE ${staging} (${key.join(', ')})`);
  const [found] = await transaction.unsafe(`
    SELECT EXISTS (SELECT FROM ${staging} GROUP BY ${key.join(', ')} HAVING count(*) > 1) AS duplicates`);
  const source = found?.duplicates ? collapsed : plain;
  for (const bounds of times) {
    const rowsOfBounds = source(staging, key, fields, bounds);
    const merge = mergeStatement(table.name, rowsOfBounds, key, fields, bounds);
    await inStatement({ operation: 'MERGE', table: table.name }, async (span) => {
      const { count } = await transaction.unsafe(merge);
      span?.setAttribute('overseer.rows', count);
    });
  }
  await transaction.unsafe(`DROP TABLE ${staging}`);
}

type Source = (
  staging: string,
  key: readonly string[],
  fields: readonly string[],
  times: Times,
) => string;

/** Two thirds of the time of a MERGE go into collapsing ten fields: most groups of rows have no duplicates. */
const plain: Source = (staging, key, fields, times) =>
  `SELECT ${[...key, ...fields].join(', ')} FROM ${staging} WHERE time ${between(times)}`;

const collapsed: Source = (staging, key, fields, times) => {
  const last = (field: string) =>
    `(array_agg(${field} ORDER BY ordinal DESC) FILTER (WHERE ${field} IS NOT NULL))[1] AS ${field}`;
  return `
    SELECT ${[...key, ...fields.map(last)].join(', ')} FROM ${staging}
    WHERE time ${between(times)} GROUP BY ${key.join(', ')}`;
};

function mergeStatement(
  table: string,
  source: string,
  key: readonly string[],
  fields: readonly string[],
  times: Times,
): string {
  const on = key.map((column) => `p.${column} = l.${column}`).join(' AND ');
  const set = fields.map((field) => `${field} = coalesce(l.${field}, p.${field})`);
  const all = [...key, ...fields];
  return `
    MERGE INTO ${table} p USING (${source}) l
    ON ${on} AND p.time ${between(times)}
    WHEN MATCHED THEN UPDATE SET ${set.join(', ')}
    WHEN NOT MATCHED THEN INSERT (${all.join(', ')}) VALUES (${all.map((column) => `l.${column}`).join(', ')})`;
}

/** Between the microseconds that hold these times. */
const between = ({ minNs, maxNs }: Times) =>
  `BETWEEN ${timeLiteral(splitTime(minNs)[0])} AND ${timeLiteral(splitTime(maxNs)[0])}`;
