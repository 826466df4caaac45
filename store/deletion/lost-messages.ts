import { type Bus, POINTS_STREAM } from '@overseer/shared';
import type { Database } from '../postgres.ts';
import { readNewestDrop } from './drop-list.ts';

/**
 * Cuts drops to what the stream has: one that lost its end, because it was not synced to disk or was restored, gives the same sequences
 * to messages from after the drop.
 */
export async function cutToStream(database: Database, bus: Bus): Promise<void> {
  // Before the stream is asked: a drop that is recorded meanwhile may reach beyond what it says.
  const newest = await readNewestDrop(database);
  const points = await bus.stream(POINTS_STREAM);
  if (!points) return;
  await database`
    UPDATE overseer.dropped
    SET upto = least(upto, ${points.lastSequence}), settled_upto = least(settled_upto, ${points.lastSequence})
    WHERE id <= ${newest} AND stream = ${points.created}
      AND greatest(upto, settled_upto) > ${points.lastSequence}`;
}
