import { type Bus, POINTS_STREAM, pointsSubject } from '@overseer/shared';

/** Up to where a partition is stored, in the stream that is there. */
export interface PartitionPosition {
  readonly partition: number;
  readonly sequence: number;
}

/** The first of these partitions that has a message behind its position, `upto` or before. */
export async function findBehind(
  bus: Bus,
  positions: readonly PartitionPosition[],
  upto: number,
): Promise<PartitionPosition | undefined> {
  for (const position of positions) {
    const { partition, sequence } = position;
    if (sequence >= upto) continue;
    const next = await bus.nextSequence(POINTS_STREAM, pointsSubject(partition), sequence + 1);
    if (next !== undefined && next <= upto) return position;
  }
  return undefined;
}
