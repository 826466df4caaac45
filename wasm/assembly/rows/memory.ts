/**
 * The regions of linear memory, in this order; only the last one grows:
 *
 *     static data | columns | classified | seeds | key | lists | messages | output | slots | counts | entries →
 *
 * - `columns`: the target's columns, COLUMN_BYTES each
 * - `classified`: what `classify` found
 * - `seeds`: 16 bytes each, of series ids and of checks
 * - `key`: the canonical key to be hashed
 * - `lists`: three lists of u32, `listLength` each: the plain, the late and the unknown rows of the block classified last. Also
 *   holds what else is a number a row: the rows to encode, what became of announced series; and the busiest series of tables.
 * - `messages`: the messages being stored, one after the other
 * - `output`: COPY rows
 * - `slots`, `counts`, `entries`: the series index
 *
 * Untouched pages cost no memory, so slots and counts are laid out for the most series allowed.
 */
import { CLASSIFIED_BYTES, COLUMN_BYTES } from './layout';

const PAGE_BYTES: usize = 65536;
const SEEDS_BYTES: usize = 32;
const REGION_ALIGNMENT: usize = 64;
/** What a vector load or store may touch beyond the last byte of a region. */
const SLACK_BYTES: usize = 64;
/** Memory grows by an eighth at least: some engines copy all of it whenever it grows. */
const GROWTH_DIVISOR: i32 = 8;

export let columnsAt: usize = 0;
export let classifiedAt: usize = 0;
export let seedsAt: usize = 0;
export let keyAt: usize = 0;
export let listsAt: usize = 0;
export let messagesAt: usize = 0;
export let outputAt: usize = 0;
/** Rows are written up to here. */
export let outputLimit: usize = 0;
export let slotsAt: usize = 0;
/** Of entry 0, which is none. */
export let countsAt: usize = 0;
export let entriesAt: usize = 0;

/** Most rows, and announced series, of a block. */
export let listLength: u32 = 0;

/** Lays out the regions. @returns false when the host gives no such memory. */
export function layOutMemory(
  columnsMax: u32,
  lengthOfLists: u32,
  keyBytes: usize,
  messagesBytes: usize,
  outputBytes: usize,
  slotsBytes: usize,
  countsBytes: usize,
  entriesBytes: usize,
): bool {
  listLength = lengthOfLists;
  columnsAt = aligned(__heap_base);
  classifiedAt = aligned(columnsAt + columnsMax * COLUMN_BYTES);
  seedsAt = aligned(classifiedAt + CLASSIFIED_BYTES);
  keyAt = seedsAt + SEEDS_BYTES;
  listsAt = aligned(keyAt + keyBytes);
  messagesAt = aligned(listsAt + 3 * 4 * lengthOfLists);
  outputAt = aligned(messagesAt + messagesBytes + SLACK_BYTES);
  outputLimit = outputAt + outputBytes;
  slotsAt = aligned(outputLimit + SLACK_BYTES);
  countsAt = aligned(slotsAt + slotsBytes);
  entriesAt = aligned(countsAt + countsBytes);
  return ensureMemory(entriesAt + entriesBytes);
}

/** Makes the addresses below `end` usable. @returns false when the host gives no more memory. */
export function ensureMemory(end: usize): bool {
  const missing = <i64>end - ((<i64>memory.size()) << 16);
  if (missing <= 0) return true;
  const pages = <i32>((missing + PAGE_BYTES - 1) >> 16);
  return memory.grow(max(pages, memory.size() / GROWTH_DIVISOR)) >= 0 || memory.grow(pages) >= 0;
}

function aligned(address: usize): usize {
  return (address + REGION_ALIGNMENT - 1) & ~(REGION_ALIGNMENT - 1);
}
