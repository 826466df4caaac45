import {
  type Batch,
  type Block,
  type Bus,
  BusSetupError,
  DEAD_STREAM,
  decodeBatch,
  encodeBatch,
  PARTITIONS_METADATA,
  POINTS_STREAM,
  partitionOfLetter,
  partitionOfSeries,
  pointsSubject,
  readLetter,
  replayHeaders,
  type StoredMessage,
} from '@overseer/shared';
import { selectRows, viewOf } from '../block-rows.ts';

/** One message that a letter becomes. */
interface Replay {
  readonly partition: number;
  readonly payload: Uint8Array;
}

/**
 * Puts a letter into POINTS again, as a new write that remembers how often it failed, and removes it once it is there. A crash between
 * the two leaves the letter: replayed again, its points overwrite themselves.
 * @throws StreamFullError, BusUnavailableError: the letter is still there
 */
export async function replayLetter(bus: Bus, letter: StoredMessage): Promise<void> {
  const points = await bus.stream(POINTS_STREAM);
  const dead = await bus.stream(DEAD_STREAM);
  if (!points || !dead) throw new BusSetupError('a stream is gone; the store makes it again');
  const partitions = Number(points.metadata[PARTITIONS_METADATA]);
  const history = replayHeaders(readLetter(letter.headers));
  for (const [index, { partition, payload }] of replaysOf(letter, partitions).entries()) {
    await bus.publish(pointsSubject(partition), payload, {
      ...history,
      // Two who replay the same letter at once write it once.
      'Nats-Msg-Id': `${dead.created}/${letter.sequence}/${index}`,
    });
  }
  await bus.deleteMessage(DEAD_STREAM, letter.sequence);
}

/** The letter as it is, if the stream still deals its rows to one partition; POINTS may have been made anew with another number of them. */
function replaysOf(letter: StoredMessage, partitions: number): Replay[] {
  const { payload } = letter;
  const batch = readable(payload);
  if (!batch) return [{ partition: partitionOfLetter(letter.subject) % partitions, payload }];
  const blocks = batch.blocks.flatMap((block) => dealt(block, partitions));
  const of = [...new Set(blocks.map(({ partition }) => partition))];
  if (of.length === 1) return of.map((partition) => ({ partition, payload }));
  return blocks.map(({ partition, block }) => ({
    partition,
    payload: encodeBatch({ ...batch, blocks: [block] }),
  }));
}

/** A letter may hold what never was a batch. */
function readable(payload: Uint8Array): Batch | undefined {
  try {
    return decodeBatch(payload);
  } catch {
    return undefined;
  }
}

/** The rows of a block, a block for each partition that has some. */
function dealt(block: Block, partitions: number): { partition: number; block: Block }[] {
  const series = viewOf(block.series);
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < block.rows; row++) {
    const partition = partitionOfSeries(series.getBigUint64(row * 8, true), partitions);
    const rows = rowsOf.get(partition) ?? [];
    rows.push(row);
    rowsOf.set(partition, rows);
  }
  if (rowsOf.size === 1) return [...rowsOf.keys()].map((partition) => ({ partition, block }));
  return [...rowsOf].map(([partition, rows]) => ({ partition, block: selectRows(block, rows) }));
}
