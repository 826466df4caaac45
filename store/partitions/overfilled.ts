import type { Table } from '../catalogue.ts';
import { arrayLiteral, type Database, type Transaction } from '../postgres.ts';
import { type TimeRange, timestamp } from './time-range.ts';

/** A cut is ahead of now by this or more, and where the narrowest ranges begin: nobody should have written beyond it yet. */
const CUT_AHEAD_MIN_S = 300;
const CUT_ALIGNED_S = 300;
/** What ends soon anyway is left. */
const CUT_OFF_MIN_S = 900;

/** Which of the tables have a present partition that holds more than it should and goes on for long; in one question for all of them. */
export async function findOverfilled(
  database: Database,
  tableIds: Iterable<number>,
  nowS: number,
  bytesMax: number,
): Promise<Set<number>> {
  const rows = await database`
    SELECT measurement_id FROM overseer.partitions
    WHERE measurement_id = ANY(${arrayLiteral([...tableIds])}::text::int[]) AND NOT removing
      AND from_s <= ${nowS} AND to_s > ${nowS + CUT_OFF_MIN_S}
      AND pg_relation_size(to_regclass('points.' || name)) > ${bytesMax}`;
  return new Set(rows.map((row) => Number(row.measurement_id)));
}

/** Where to end the present partition of a table, if that holds more than it should and goes on for long. */
export async function findCut(
  transaction: Transaction,
  tableId: number,
  nowS: number,
  bytesMax: number,
): Promise<(TimeRange & { readonly name: string }) | undefined> {
  const [row] = await transaction`
    SELECT name, from_s, to_s, pg_relation_size(to_regclass('points.' || name))::float8 AS bytes
    FROM overseer.partitions
    WHERE measurement_id = ${tableId} AND NOT removing AND from_s <= ${nowS} AND to_s > ${nowS}`;
  if (!row || row.bytes <= bytesMax) return undefined;
  const cutS = Math.ceil((nowS + CUT_AHEAD_MIN_S) / CUT_ALIGNED_S) * CUT_ALIGNED_S;
  if (Number(row.to_s) - cutS < CUT_OFF_MIN_S) return undefined;
  return { name: row.name, fromS: Number(row.from_s), toS: cutS };
}

/**
 * Ends a partition sooner. PostgreSQL reads it once, to see that no row is beyond: writers wait for that, half a second a gigabyte.
 * @throws the error of PostgreSQL that `isPartitionMissing` knows when a row is
 */
export async function endSooner(
  transaction: Transaction,
  table: Table,
  { name, fromS, toS }: TimeRange & { readonly name: string },
): Promise<void> {
  await transaction
    .unsafe(`
      ALTER TABLE ${table.name} DETACH PARTITION points.${name};
      ALTER TABLE ${table.name} ATTACH PARTITION points.${name}
        FOR VALUES FROM (${timestamp(fromS)}) TO (${timestamp(toS)})`)
    .simple();
  await transaction`UPDATE overseer.partitions SET to_s = ${toS} WHERE name = ${name}`;
}
