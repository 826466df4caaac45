import {
  ANNOUNCEMENTS_KEY,
  type Bucket,
  type Bus,
  decodeWatermark,
  encodeAnnouncements,
  type Logger,
  MessageError,
  POINTS_STREAM,
  type StreamState,
  watermarkKey,
} from '@overseer/shared';
import type { Claim } from './lease-table.ts';
import type { StoreMetrics } from './metrics.ts';
import type { Database } from './postgres.ts';
import { FencedError } from './transaction.ts';

export interface PositionParts {
  readonly bus: Bus;
  readonly control: Bucket;
  readonly database: Database;
  readonly metrics: StoreMetrics;
  readonly log: Logger;
  readonly claim: Claim;
}

/**
 * Where a partition goes on in this stream: at its position, unless the stream is another one or has lost its end. Says so when PostgreSQL
 * is older than what was stored already, and when the stream no longer has what it lacks.
 * @throws FencedError when another process owns the partition
 */
export async function findPosition(parts: PositionParts, points: StreamState): Promise<number> {
  const { database, log, claim } = parts;
  const { partition, epoch } = claim;
  const [row] = await database`
    SELECT stream, seq FROM overseer.progress WHERE partition = ${partition} AND epoch = ${epoch}`;
  if (!row) throw fenced(claim);
  const position = Number(row.seq);
  const isSame = row.stream === points.created;
  if (isSame && position <= points.lastSequence) {
    await checkRestored(parts, points, position);
    return position;
  }
  if (isSame) {
    log.error(
      { position, lastSequence: points.lastSequence },
      'the stream has lost messages that were stored: it was not synced to disk, or restored; reading on from its end',
    );
  } else if (row.stream !== '') {
    const streams = { before: row.stream, now: points.created };
    log.warn(streams, 'the stream was made anew: reading from its start');
  }
  const start = isSame ? points.lastSequence : 0;
  const reset = await database`
    UPDATE overseer.progress SET stream = ${points.created}, seq = ${start}
    WHERE partition = ${partition} AND epoch = ${epoch}`;
  if (reset.count !== 1) throw fenced(claim);
  return start;
}

const fenced = ({ partition, epoch }: Claim) =>
  new FencedError(`partition ${partition} is not at epoch ${epoch}`);

/**
 * A watermark is published after the commit. If it is ahead of the position, PostgreSQL was restored to an older point, or lost commits.
 * Ingress then counts series as registered which are not.
 */
async function checkRestored(
  parts: PositionParts,
  points: StreamState,
  position: number,
): Promise<void> {
  const { control, log } = parts;
  const stored = await storedBefore(parts, points);
  if (stored <= position) return;
  await control.put(ANNOUNCEMENTS_KEY, encodeAnnouncements(crypto.randomUUID()));
  log.warn(
    { position, storedBefore: stored },
    'PostgreSQL is older than what was stored: it was restored, or lost commits; storing again what came since from the stream',
  );
  if (points.firstSequence > position + 1) await tellGap(parts, points, position, stored);
}

/** The last sequence of this stream that a store has said to be committed. */
async function storedBefore(
  { control, claim, log }: PositionParts,
  { created }: StreamState,
): Promise<number> {
  const entry = await control.get(watermarkKey(claim.partition));
  if (!entry?.value) return 0;
  try {
    const { stream, sequence } = decodeWatermark(entry.value);
    return stream === created ? sequence : 0;
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    log.warn({ err: error }, 'a watermark can’t be read: another will take its place');
    return 0;
  }
}

/** What was purged since the position is lost if it was of this partition: sequences are those of all partitions together. */
async function tellGap(
  { bus, database, metrics, log, claim }: PositionParts,
  { firstSequence, lastSequence }: StreamState,
  position: number,
  stored: number,
): Promise<void> {
  metrics.storing.gap();
  const [row] = await database`
    SELECT max(written_at) AS at FROM overseer.newest WHERE partition = ${claim.partition}`;
  const first =
    firstSequence <= lastSequence
      ? await bus.nextMessage(POINTS_STREAM, 'points.*', firstSequence)
      : undefined;
  const gap = {
    fromSequence: position + 1,
    toSequence: firstSequence - 1,
    // Of acknowledgement, not of the points' own timestamps.
    from: row?.at instanceof Date ? row.at.toISOString() : undefined,
    to: new Date(first?.storedAtMs ?? Date.now()).toISOString(),
  };
  const isCertain = stored < firstSequence;
  log.error(
    gap,
    isCertain
      ? 'points that were stored after the restored backup are missing: REPLAY_TAIL did not reach back to it'
      : 'points that were stored after the restored backup may be missing: REPLAY_TAIL did not reach back to it',
  );
}
