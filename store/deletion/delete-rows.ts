import { type NsRange, timeConditions } from '../administration/time-condition.ts';
import type { Table } from '../catalogue.ts';
import { type Database, isTableMissing } from '../postgres.ts';

/**
 * Deletes rows of one time partition, in a transaction of its own.
 * @param range    within the partition
 * @param condition SQL, of the rows' series; undefined: all
 * @returns rows
 */
export async function deleteRows(
  database: Database,
  table: Table,
  range: NsRange,
  condition: string | undefined,
): Promise<number> {
  const conditions = [...timeConditions(table, range), ...(condition ? [condition] : [])];
  try {
    const result = await database.unsafe(
      `DELETE FROM ${table.name} WHERE ${conditions.join(' AND ')}`,
    );
    return result.count;
  } catch (error) {
    // Dropped meanwhile, and its rows with it.
    if (isTableMissing(error)) return 0;
    throw error;
  }
}
