import { partitionRanges } from '../administration/partition-ranges.ts';
import { readTables, type Table } from '../catalogue.ts';
import { arrayLiteral, type Database } from '../postgres.ts';
import { deleteRows } from './delete-rows.ts';

/**
 * Deletes what was written to series between the deletion of their rows and their own, unless they have come back since: nothing knows
 * of those rows any more. @returns rows
 */
export async function sweepSeries(database: Database, signal: AbortSignal): Promise<number> {
  const deleted = await database`
    SELECT series_of, json_agg(id) AS ids FROM overseer.dropped
    WHERE series_of IS NOT NULL AND settled_upto IS NULL GROUP BY series_of`;
  if (deleted.length === 0) return 0;
  const tables = new Map((await readTables(database)).map((table) => [table.id, table]));
  let rows = 0;
  for (const { series_of: tableId, ids } of deleted) {
    const table = tables.get(tableId);
    if (table) rows += await sweepTable(database, table, ids, signal);
    if (signal.aborted) break;
    await database`
      UPDATE overseer.dropped SET settled_upto = 0 WHERE id = ANY(${arrayLiteral(ids)}::text::bigint[])`;
  }
  return rows;
}

async function sweepTable(
  database: Database,
  table: Table,
  dropIds: readonly number[],
  signal: AbortSignal,
): Promise<number> {
  const marks = dropIds.map((id) => -id).join(', ');
  const condition = `series IN (SELECT id FROM overseer.series WHERE measurement_id IN (${marks}) AND measurement_id < 0)`;
  let rows = 0;
  for (const range of await partitionRanges(database, table, {})) {
    if (signal.aborted) break;
    rows += await deleteRows(database, table, range, condition);
  }
  return rows;
}
