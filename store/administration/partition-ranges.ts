import type { Table } from '../catalogue.ts';
import { NS_PER_S } from '../partitions/time-range.ts';
import type { Database } from '../postgres.ts';
import type { NsRange } from './time-condition.ts';

/** The time partitions of a table, cut to a range, oldest first. */
export async function partitionRanges(
  database: Database,
  table: Table,
  { startNs, endNs }: NsRange,
): Promise<NsRange[]> {
  const rows = await database`
    SELECT from_s, to_s FROM overseer.partitions WHERE measurement_id = ${table.id}
    ORDER BY from_s`;
  return rows.flatMap((row) => {
    const fromNs = BigInt(row.from_s) * NS_PER_S;
    const toNs = BigInt(row.to_s) * NS_PER_S;
    const range = {
      startNs: startNs !== undefined && startNs > fromNs ? startNs : fromNs,
      endNs: endNs !== undefined && endNs < toNs ? endNs : toNs,
    };
    return range.startNs < range.endNs ? [range] : [];
  });
}
