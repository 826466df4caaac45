/**
 * Keys of series that the store may not know yet: every block carries those of its own series, each once, until ingress says
 * that a batch with it is stored.
 */
import { Block } from './blocks';
import { copyShort } from './bytes';
import { makeKey } from './canonical-keys';
import { ENCODED_ANNOUNCEMENT_BYTES } from './layout';
import { allocateIn, Partition } from './partitions';
import { Series } from './series-cache';
import { canonicalAt, canonicalLength, canonicalTags } from './series-key';

/**
 * A block that announces the series; marks stand in the arena of the partition, with the block:
 *
 *     0          8      16
 *     ├ sequence ┼ next ┤ u64, u32
 */
@unmanaged
class Mark {
  sequence: u64;
  next: usize;
}

const ANNOUNCEMENTS_FIRST: u32 = 16;
const KEYS_FIRST_BYTES: u32 = 1024;
/** Keys are copied 16 bytes at a time. */
const COPY_SLACK_BYTES: u32 = 16;

/** Raised when all confirmations are void: then no series is confirmed or announced in the present round. */
let round: u32 = 1;

// @ts-ignore: decorator
@inline
export function isConfirmed(series: Series): bool {
  return series.confirmedIn == round;
}

/** The key of the series is stored: no block needs to carry it. */
export function confirmSeries(series: Series): void {
  series.confirmedIn = round;
}

/** The batch that first announced the series is lost: the next one that announces it counts as the first. */
export function retractSeries(series: Series): void {
  series.announcedIn = 0;
}

/** The store may know no series. */
export function startRound(): void {
  round++;
}

/**
 * Announces the series in the block, unless the block does already.
 * @returns false when there is no memory
 */
export function announce(series: Series, block: Block, partition: Partition): bool {
  if (series.marksEpoch != partition.epoch) {
    series.marksEpoch = partition.epoch;
    series.marks = 0;
  }
  for (let at = series.marks; at != 0; at = changetype<Mark>(at).next) {
    if (changetype<Mark>(at).sequence == block.sequence) return true;
  }
  makeKey(series);
  const length = canonicalLength - canonicalTags;
  if (block.announcements == block.announcementsMax && !growAnnouncements(block, partition)) return false;
  if (block.keysMax - block.keysUsed < length + COPY_SLACK_BYTES && !growKeys(block, partition, length)) return false;
  const mark = changetype<Mark>(allocateIn(partition, offsetof<Mark>()));
  if (changetype<usize>(mark) == 0) return false;
  mark.sequence = block.sequence;
  mark.next = series.marks;
  series.marks = changetype<usize>(mark);
  append(series, block, length);
  partition.bytes += ENCODED_ANNOUNCEMENT_BYTES + length;
  return true;
}

function append(series: Series, block: Block, length: u32): void {
  const index = <usize>(block.announcements++);
  copyShort(block.announcedKeys + block.keysUsed, canonicalAt + canonicalTags, length);
  block.keysUsed += length;
  store<u64>(block.announcedIds + (index << 3), series.id);
  store<u32>(block.announcedEnds + (index << 2), block.keysUsed);
  if (series.announcedIn != round) {
    series.announcedIn = round;
    store<u32>(block.announcedFresh + (<usize>(block.freshCount++) << 2), <u32>changetype<usize>(series));
  }
}

function growAnnouncements(block: Block, partition: Partition): bool {
  const count = block.announcements;
  const room = max<u32>(count * 2, ANNOUNCEMENTS_FIRST);
  const ids = allocateIn(partition, room << 3);
  const ends = allocateIn(partition, room << 2);
  const fresh = allocateIn(partition, room << 2);
  if (ids == 0 || ends == 0 || fresh == 0) return false;
  memory.copy(ids, block.announcedIds, count << 3);
  memory.copy(ends, block.announcedEnds, count << 2);
  memory.copy(fresh, block.announcedFresh, block.freshCount << 2);
  block.announcedIds = ids;
  block.announcedEnds = ends;
  block.announcedFresh = fresh;
  block.announcementsMax = room;
  return true;
}

function growKeys(block: Block, partition: Partition, length: u32): bool {
  const bytes = max<u32>(max<u32>(block.keysMax * 2, KEYS_FIRST_BYTES), block.keysUsed + length + COPY_SLACK_BYTES);
  const keys = allocateIn(partition, bytes);
  if (keys == 0) return false;
  memory.copy(keys, block.announcedKeys, block.keysUsed);
  block.announcedKeys = keys;
  block.keysMax = bytes;
  return true;
}
