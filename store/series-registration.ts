import { copyIn } from './copy-in.ts';
import { NEW_SERIES_COLUMNS, type NewSeries } from './new-series.ts';
import type { SeriesRow } from './plan.ts';
import { arrayLiteral, sqlState, type Transaction } from './postgres.ts';

/** Fewer are not worth the two statements of a savepoint. */
const COPY_FROM = 64;
const UNIQUE_VIOLATION = '23505';

/**
 * Registers series in the transaction of their points. Nearly always all of them are new, because the owner of a partition knows those
 * that there are: then they are copied, in half the time. One that was deleted, or whose measurement was dropped, becomes the present
 * table's again, and new to whoever reads series. So does its id, should another key have it: nobody else's points are under it.
 */
export async function registerSeries(transaction: Transaction, series: NewSeries): Promise<void> {
  if (series.size >= COPY_FROM && (await copied(transaction, series))) return;
  if (series.size > 0) await insertSeries(transaction, series.rows());
}

/** Whether none of them was there. */
async function copied(transaction: Transaction, series: NewSeries): Promise<boolean> {
  try {
    await transaction.savepoint((savepoint) =>
      copyIn(savepoint, `overseer.series (${NEW_SERIES_COLUMNS})`, series.chunks()),
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
      measurement_id = excluded.measurement_id, registered_in = DEFAULT, created_at = DEFAULT,
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
