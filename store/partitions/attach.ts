import type { Table } from '../catalogue.ts';
import type { Transaction } from '../postgres.ts';
import { type TimeRange, timestamp } from './time-range.ts';

/**
 * A partition that is being filled gains nothing by being vacuumed for its inserts, again and again, each time from its first page: the
 * workers took a quarter of a core while rows came in at full speed. Rewritten rows are still vacuumed away.
 */
const STORAGE = 'autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_scale_factor = 1';

/** The index of a sealed partition. */
export const seriesIndexName = (partition: string) => `${partition}_series_time`;

/**
 * The statement's end that says on what and how.
 * @param hasNs whether the table has the column for nanoseconds
 */
export const seriesIndex = (partition: string, hasNs: boolean) =>
  `${seriesIndexName(partition)} ON points.${partition} (${hasNs ? 'series, time, ns' : 'series, time'})`;

/**
 * Made apart and attached: PARTITION OF would lock the whole table against readers and writers.
 * @param indexed whether it has its index from the start
 */
export async function attachPartition(
  transaction: Transaction,
  table: Table,
  range: TimeRange,
  indexed: boolean,
): Promise<void> {
  const name = `m${table.id}_${range.fromS}`.replace('-', 'n');
  const index = indexed ? `CREATE INDEX ${seriesIndex(name, table.hasNs)};` : '';
  await transaction
    .unsafe(`
      CREATE TABLE points.${name} (LIKE ${table.name} INCLUDING DEFAULTS INCLUDING STORAGE)
        WITH (${STORAGE});
      ${index}
      ALTER TABLE ${table.name} ATTACH PARTITION points.${name}
        FOR VALUES FROM (${timestamp(range.fromS)}) TO (${timestamp(range.toS)})`)
    .simple();
  await transaction`
    INSERT INTO overseer.partitions (measurement_id, name, from_s, to_s)
    VALUES (${table.id}, ${name}, ${range.fromS}, ${range.toS})`;
}
