/**
 * Index of the series by id: open addressing with linear probing over slots that point to dense entries.
 *
 *     slot   31        24 23             0
 *            ├ fingerprint ┼ entry number ┤     0: empty
 *
 * The fingerprint, 8 further bits of the hash, spares nearly every visit to an entry of another series. Entries are apart from
 * the slots, so that they stay where they are and in the order of their coming when the slots are doubled, and so that
 * rows in that same order find each entry behind the one before (see classify.ts).
 */
import {
  ENTRY_BYTES,
  ENTRY_CHECK,
  ENTRY_COUNTED,
  ENTRY_ID,
  ENTRY_NEWEST,
  ENTRY_TABLE,
  ENTRY_TO_COUNT_BITS,
  SERIES_ADDED,
  SERIES_COLLISION,
  SERIES_FULL,
  SERIES_KNOWN,
} from './layout';
import { countsAt, ensureMemory, entriesAt, slotsAt } from './memory';

/** 2^64 divided by the golden ratio: spreads ids over the slots also when only few of their bits vary. */
const HASH_MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
const NUMBER_MASK: u32 = 0x00ff_ffff;
const FINGERPRINT_MASK: u32 = 0xff00_0000;
const SLOT_BITS_MIN: u32 = 10;
/** Memory for this many is there from the start: an index that stays small never makes the memory grow. */
const SERIES_INITIAL: u32 = 65_536;

/** Behind the last entry. Entry 0 is none, so that a slot of 0 is empty. */
let entriesEnd: usize = 0;
let seriesMax: u32 = 0;
let slotBits: u32 = 0;

/** Bytes that the slots of this many series take. */
export function slotsBytesFor(series: u32): usize {
  return (<usize>4) << slotBitsFor(series);
}

/** Bytes that the counts of this many series take. */
export function countsBytesFor(series: u32): usize {
  return (1 + <usize>series) * 4;
}

/** Bytes that entries take from the start. */
export function entriesBytesFor(series: u32): usize {
  return (1 + <usize>min(series, SERIES_INITIAL)) * ENTRY_BYTES;
}

/** Starts with an empty index for at most `max` series. */
export function resetIndex(max: u32): void {
  seriesMax = max;
  entriesEnd = firstEntry();
  resizeSlots(SLOT_BITS_MIN);
}

export function seriesCount(): u32 {
  return <u32>((entriesEnd - firstEntry()) / ENTRY_BYTES);
}

/** Bytes of entries, counts and slots in use. */
export function indexBytes(): usize {
  const entriesBytes = entriesEnd - entriesAt;
  return entriesBytes + (entriesBytes >> ENTRY_TO_COUNT_BITS) + ((<usize>4) << slotBits);
}

/** Where the rows of an entry's series are counted. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function countOf(entry: usize): usize {
  return countsAt + ((entry - entriesAt) >> ENTRY_TO_COUNT_BITS);
}

/** Address of the first entry, if there is one. */
export function firstEntry(): usize {
  return entriesAt + ENTRY_BYTES;
}

/** Address behind the last entry. */
export function entriesLimit(): usize {
  return entriesEnd;
}

/** Address of the entry of a series, 0 when the index doesn't have it. */
export function findEntry(id: u64): usize {
  const hash = id * HASH_MULTIPLIER;
  const fingerprint = <u32>hash & FINGERPRINT_MASK;
  const mask = (1 << slotBits) - 1;
  let slot = <u32>(hash >> (64 - slotBits));
  while (true) {
    const word = load<u32>(slotsAt + slot * 4);
    if (word == 0) return 0;
    if ((word & FINGERPRINT_MASK) == fingerprint) {
      const entry = entriesAt + <usize>(word & NUMBER_MASK) * ENTRY_BYTES;
      if (load<u64>(entry, ENTRY_ID) == id) return entry;
    }
    slot = (slot + 1) & mask;
  }
}

/** Adds a series unless it is there. @returns SERIES_ADDED, SERIES_KNOWN, SERIES_COLLISION or SERIES_FULL */
export function addSeries(id: u64, check: u64, table: u32, newest: i64): u32 {
  const known = findEntry(id);
  if (known != 0) return load<u64>(known, ENTRY_CHECK) == check ? SERIES_KNOWN : SERIES_COLLISION;
  const count = seriesCount();
  if (count >= seriesMax || !ensureMemory(entriesEnd + ENTRY_BYTES)) return SERIES_FULL;
  const bits = slotBitsFor(count + 1);
  if (bits > slotBits) resizeSlots(bits);
  const entry = entriesEnd;
  entriesEnd += ENTRY_BYTES;
  store<u64>(entry, id, ENTRY_ID);
  store<u64>(entry, check, ENTRY_CHECK);
  store<i64>(entry, newest, ENTRY_NEWEST);
  store<u32>(entry, table, ENTRY_TABLE);
  store<u32>(entry, 0, ENTRY_COUNTED);
  store<u32>(countOf(entry), 0);
  fillSlot(entry);
  return SERIES_ADDED;
}

/** How many of the ids, 8 bytes each at `ids`, the index doesn't have. */
export function unknownSeriesCount(ids: usize, count: u32): u32 {
  let unknown: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (findEntry(load<u64>(ids + i * 8)) == 0) unknown++;
  }
  return unknown;
}

/** Removes the series whose ids are `first` to `last`, both inclusive. @returns how many there were */
export function removeSeries(first: u64, last: u64): u32 {
  const before = seriesCount();
  let kept = firstEntry();
  for (let entry = kept; entry < entriesEnd; entry += ENTRY_BYTES) {
    const id = load<u64>(entry, ENTRY_ID);
    if (id >= first && id <= last) continue;
    if (kept != entry) moveEntry(kept, entry);
    kept += ENTRY_BYTES;
  }
  entriesEnd = kept;
  resizeSlots(slotBitsFor(seriesCount()));
  return before - seriesCount();
}

/** Removes the series of the tables in a rising list of `count` numbers at `tables`. @returns how many there were */
export function removeSeriesOfTables(tables: usize, count: u32): u32 {
  const before = seriesCount();
  let kept = firstEntry();
  for (let entry = kept; entry < entriesEnd; entry += ENTRY_BYTES) {
    if (isListed(tables, count, load<u32>(entry, ENTRY_TABLE))) continue;
    if (kept != entry) moveEntry(kept, entry);
    kept += ENTRY_BYTES;
  }
  entriesEnd = kept;
  resizeSlots(slotBitsFor(seriesCount()));
  return before - seriesCount();
}

function moveEntry(to: usize, from: usize): void {
  memory.copy(to, from, ENTRY_BYTES);
  store<u32>(countOf(to), load<u32>(countOf(from)));
}

/** Whether a rising list has the number. */
function isListed(list: usize, count: u32, number: u32): bool {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = load<u32>(list + middle * 4);
    if (found == number) return true;
    if (found < number) low = middle + 1;
    else high = middle;
  }
  return false;
}

/**
 * Adds series whose columns lie in memory: `ids`, `checks`, `newests` (8 bytes each) and `tables` (4 bytes each).
 * Writes to `statuses` (1 byte each) what became of each. @returns how many were added
 */
export function addSeriesColumns(
  ids: usize,
  checks: usize,
  newests: usize,
  tables: usize,
  count: u32,
  statuses: usize,
): u32 {
  let added: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const status = addSeries(
      load<u64>(ids + i * 8),
      load<u64>(checks + i * 8),
      load<u32>(tables + i * 4),
      load<i64>(newests + i * 8),
    );
    store<u8>(statuses + i, status);
    if (status == SERIES_ADDED) added++;
  }
  return added;
}

/** As many slots that at most three quarters of them are filled, a power of two. */
function slotBitsFor(series: u32): u32 {
  let bits = SLOT_BITS_MIN;
  while (<u64>series * 4 > (<u64>3) << bits) bits++;
  return bits;
}

function fillSlot(entry: usize): void {
  const hash = load<u64>(entry, ENTRY_ID) * HASH_MULTIPLIER;
  const mask = (1 << slotBits) - 1;
  let slot = <u32>(hash >> (64 - slotBits));
  while (load<u32>(slotsAt + slot * 4) != 0) slot = (slot + 1) & mask;
  const number = <u32>((entry - entriesAt) / ENTRY_BYTES);
  store<u32>(slotsAt + slot * 4, (<u32>hash & FINGERPRINT_MASK) | number);
}

/** Slots are filled anew from the entries, so they grow in their place, without a second copy. */
function resizeSlots(bits: u32): void {
  slotBits = bits;
  memory.fill(slotsAt, 0, (<usize>4) << bits);
  for (let entry = firstEntry(); entry < entriesEnd; entry += ENTRY_BYTES) {
    fillSlot(entry);
  }
}
