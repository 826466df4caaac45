import { copyIn } from './copy-in.ts';
import type { SeriesRow } from './plan.ts';
import { arrayLiteral, sqlState, type Transaction } from './postgres.ts';

/** Fewer are not worth the two statements of a savepoint. */
const COPY_FROM = 64;
const CHUNK_BYTES = 256 * 1024;
const UNIQUE_VIOLATION = '23505';
const COLUMNS = 'id, "check", measurement_id, tags';
/** Number of columns; id, check and measurement with their lengths; length and version of the tags. */
const HEAD_BYTES = 2 + 12 + 12 + 8 + 4 + 1;
const JSONB_VERSION = 1;

/**
 * Registers series in the transaction of their points. Nearly always all of them are new, because the owner of a partition knows those
 * that there are: then they are copied, in half the time. One that was deleted, or whose measurement was dropped, becomes the present
 * table's again, and new to whoever reads series. So does its id, should another key have it: nobody else's points are under it.
 */
export async function registerSeries(
  transaction: Transaction,
  series: readonly SeriesRow[],
): Promise<void> {
  if (series.length >= COPY_FROM && (await copied(transaction, series))) return;
  if (series.length > 0) await insertSeries(transaction, series);
}

/** Whether none of them was there. */
async function copied(transaction: Transaction, series: readonly SeriesRow[]): Promise<boolean> {
  try {
    await transaction.savepoint((savepoint) =>
      copyIn(savepoint, `overseer.series (${COLUMNS})`, seriesTuples(series)),
    );
    return true;
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    return false;
  }
}

async function insertSeries(transaction: Transaction, series: readonly SeriesRow[]): Promise<void> {
  await transaction`
    INSERT INTO overseer.series AS known (id, "check", measurement_id, tags)
    SELECT * FROM ${seriesColumns(transaction, series)}
    ON CONFLICT (id) DO UPDATE SET
      measurement_id = excluded.measurement_id, registered_in = DEFAULT,
      "check" = excluded."check", tags = excluded.tags
    WHERE known.measurement_id <> excluded.measurement_id AND (
      known."check" = excluded."check"
      OR NOT EXISTS (SELECT FROM overseer.measurements m WHERE m.id = known.measurement_id))`;
}

/** Keys that came with blocks from before a drop: later blocks may count on their being known. */
export async function registerTombstones(
  transaction: Transaction,
  series: readonly SeriesRow[],
): Promise<void> {
  if (series.length === 0) return;
  await transaction`
    INSERT INTO overseer.series (id, "check", measurement_id, tags)
    SELECT * FROM ${seriesColumns(transaction, series)}
    ON CONFLICT (id) DO NOTHING`;
}

function seriesColumns(transaction: Transaction, series: readonly SeriesRow[]) {
  return transaction`unnest(
    ${arrayLiteral(series.map((row) => row.id))}::text::bigint[], ${arrayLiteral(series.map((row) => row.check))}::text::bigint[],
    ${arrayLiteral(series.map((row) => row.tableId))}::text::int[], ${arrayLiteral(series.map((row) => row.tags))}::text::jsonb[])`;
}

/** Series as tuples of binary COPY, in chunks that are overwritten when the next one is asked for. */
export function* seriesTuples(series: readonly SeriesRow[]): Generator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let length = 0;
  // In the order of the index, whose pages are each visited once then.
  for (const row of series.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const bytesMax = HEAD_BYTES + 3 * row.tags.length;
    if (length > 0 && length + bytesMax > chunk.length) {
      yield chunk.subarray(0, length);
      length = 0;
    }
    if (bytesMax > chunk.length) chunk = Buffer.allocUnsafe(bytesMax);
    length = writeTuple(chunk, length, row);
  }
  yield chunk.subarray(0, length);
}

/** @returns the end of the tuple */
function writeTuple(chunk: Buffer, at: number, row: SeriesRow): number {
  const tagsAt = at + HEAD_BYTES;
  const tagsBytes = chunk.write(row.tags, tagsAt, 'utf8');
  at = chunk.writeInt16BE(4, at);
  at = chunk.writeBigInt64BE(row.id, chunk.writeInt32BE(8, at));
  at = chunk.writeBigInt64BE(row.check, chunk.writeInt32BE(8, at));
  at = chunk.writeInt32BE(row.tableId, chunk.writeInt32BE(4, at));
  at = chunk.writeInt32BE(1 + tagsBytes, at);
  chunk.writeInt8(JSONB_VERSION, at);
  return tagsAt + tagsBytes;
}
