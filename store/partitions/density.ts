import type { Transaction } from '../postgres.ts';
import type { Density } from './width.ts';

/** A partition that has been filled for less says little. */
const OBSERVED_MIN_S = 60;
/** How far back the partition before may end. */
const DISTANCE_MAX_S = 28 * 86_400;
/** The present partition, and the one before when it is too young. */
const LOOKED_AT = 2;

/**
 * How dense data lie before a time, by the sizes of files: that costs writers nothing, counts the rows of every store, and is known
 * after a restart.
 */
export async function densityBefore(
  transaction: Transaction,
  tableId: number,
  timeS: number,
  nowS: number,
): Promise<Density | undefined> {
  const rows = await transaction`
    SELECT from_s, to_s, extract(epoch FROM created_at)::float8 AS made_s,
      coalesce(pg_table_size(to_regclass('points.' || name)), 0)::float8 AS bytes
    FROM overseer.partitions
    WHERE measurement_id = ${tableId} AND to_s > ${timeS - DISTANCE_MAX_S}
      AND from_s <= ${Math.min(timeS, nowS)}
    ORDER BY from_s DESC LIMIT ${LOOKED_AT}`;
  for (const { from_s, to_s, made_s, bytes } of rows) {
    const [fromS, toS] = [Number(from_s), Number(to_s)];
    // What was made in the midst of its time is filled from then on; what was made later is history.
    const filledFromS = made_s > fromS && made_s < toS ? made_s : fromS;
    const observedS = Math.min(toS, nowS) - filledFromS;
    if (observedS >= Math.min(OBSERVED_MIN_S, toS - filledFromS)) {
      return { bytesPerS: bytes / Math.max(observedS, 1), widthS: toS - fromS };
    }
  }
  return undefined;
}
