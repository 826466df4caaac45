import { NO_ROWS_NS, type RowEncoder } from '@overseer/wasm';
import { copyOut } from './copy-out.ts';
import type { Database } from './postgres.ts';

/** Two int8 and one int4 with their lengths, behind the number of columns. */
const TUPLE_BYTES = 2 + 12 + 12 + 8;
const ID_AT = 2 + 4;
const CHECK_AT = ID_AT + 12;
const TABLE_AT = CHECK_AT + 12;

/**
 * Gives the index the series of one partition. Their newest times are not known singly: each gets the newest of its
 * measurement, an upper bound, so that a row is never taken for new that is not; it becomes exact with the first newer row.
 * The bound is over all partitions, because a series changes its partition when their number changes.
 * @returns the measurement's id of each series
 */
export async function loadSeries(
  database: Database,
  encoder: RowEncoder,
  partition: number,
  partitions: number,
): Promise<Uint32Array> {
  const floors = new Map<number, bigint>();
  const rows = await database`
    SELECT measurement_id, max(time_max_ns) AS time_max_ns FROM overseer.newest GROUP BY measurement_id`;
  for (const row of rows) floors.set(row.measurement_id, row.time_max_ns);
  const { first, last } = idRange(partition, partitions);
  const tuples = await copyOut(
    database,
    // Without those whose measurement was dropped, or that were deleted.
    `SELECT id, "check", measurement_id FROM overseer.series WHERE id BETWEEN ${first} AND ${last}
      AND measurement_id IN (SELECT id FROM overseer.measurements)`,
    encoder.index.seriesMax * TUPLE_BYTES,
  );
  const count = tuples.length / TUPLE_BYTES;
  const ids = new BigUint64Array(count);
  const checks = new BigUint64Array(count);
  const newestNs = new BigInt64Array(count);
  const tables = new Uint32Array(count);
  const view = new DataView(tuples.buffer, tuples.byteOffset, tuples.length);
  for (let i = 0; i < count; i++) {
    const at = i * TUPLE_BYTES;
    const table = view.getInt32(at + TABLE_AT);
    ids[i] = view.getBigUint64(at + ID_AT);
    checks[i] = view.getBigUint64(at + CHECK_AT);
    newestNs[i] = floors.get(table) ?? NO_ROWS_NS;
    tables[i] = table;
  }
  encoder.index.addAll({ ids, checks, newestNs, tables });
  return tables;
}

/** The signed ids whose highest bits, read unsigned, are the partition. */
function idRange(partition: number, partitions: number): { first: bigint; last: bigint } {
  const width = 2n ** 64n / BigInt(partitions);
  const first = width * BigInt(partition);
  const last = first + width - 1n;
  return partitions === 1
    ? { first: -(2n ** 63n), last: 2n ** 63n - 1n }
    : { first: BigInt.asIntN(64, first), last: BigInt.asIntN(64, last) };
}
