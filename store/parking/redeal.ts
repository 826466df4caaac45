import { decodeBatch, encodeBatch, type Logger, partitionOfSeries } from '@overseer/shared';
import { selectRows, viewOf } from '../block-rows.ts';
import type { Database } from '../postgres.ts';
import { insertParked, parkedBlock } from './parked-rows.ts';

/**
 * Deals what is parked to the partitions that there are now: a stream that was made anew may have more or fewer. To be called before
 * partitions are owned.
 */
export async function redealParked(
  database: Database,
  partitions: number,
  log: Logger,
): Promise<void> {
  const isStale = async () => {
    const [row] = await database`
      SELECT FROM overseer.parked WHERE partitions <> ${partitions} LIMIT 1`;
    return row !== undefined;
  };
  if (!(await isStale())) return;
  await database.begin(async (transaction) => {
    // One store does it.
    await transaction`LOCK TABLE overseer.parked IN SHARE ROW EXCLUSIVE MODE`;
    const stale = await transaction`
      SELECT id FROM overseer.parked WHERE partitions <> ${partitions} ORDER BY id`;
    for (const { id } of stale) {
      const [row] = await transaction`DELETE FROM overseer.parked WHERE id = ${id} RETURNING *`;
      if (!row) continue;
      const parked = parkedBlock(row);
      for (const [partition, payload] of dealt(parked.payload, partitions)) {
        const of = { partition, partitions, stream: parked.stream };
        await insertParked(transaction, of, [{ ...parked, payload }]);
      }
    }
    log.info({ blocks: stale.length, partitions }, 'dealt what is parked to other partitions');
  });
}

/** The rows of a batch of one block by their partition, each as a batch of its own. */
function* dealt(
  payload: Uint8Array,
  partitions: number,
): Generator<[partition: number, payload: Uint8Array]> {
  const { installation, blocks } = decodeBatch(payload);
  for (const block of blocks) {
    const ids = viewOf(block.series);
    const rows = Array.from({ length: block.rows }, (_, row) => row);
    const byPartition = Map.groupBy(rows, (row) =>
      partitionOfSeries(ids.getBigUint64(row * 8, true), partitions),
    );
    for (const [partition, of] of byPartition) {
      // Series were registered when the block was parked.
      const own = { ...selectRows(block, of), announced: undefined };
      yield [partition, encodeBatch({ installation, blocks: [own] })];
    }
  }
}
