/**
 * Series by their spelling. A line usually starts with bytes that were seen before: then nothing of its series key is parsed,
 * sorted or hashed again. Two records in one region, which fills from both ends:
 *
 *     ┌──────────────────────────────── region ────────────────────────────────┐
 *     │ series | spelling, its bytes | series | spelling … →    ← … key | key   │
 *
 * What every line touches lies together at the front, in the order in which series came, which is the order in which they
 * will come again; canonical keys, needed only for announcements and collisions, stand at the back. When the region or the
 * number of series is exhausted everything is dropped (then a new generation starts); no partition has rows at that moment, so
 * nothing refers to what is dropped.
 */
import { bytesEqual, hashBytes } from './bytes';
import { Measurement } from './catalogue';
import { HashTable, tableAt } from './hash-table';
import { LIMIT_LINE_BYTES, LIMIT_SERIES, LIMIT_SERIES_BYTES, LIMIT_SERIES_KEY_BYTES } from './layout';
import { limit } from './limits';
import { reserve } from './memory';

/**
 *     0    8             16           24    28          32     36            40        44
 *     ├ id ┼ newestBlock ┼ newestTime ┼ key ┼ keyLength ┼ tags ┼ measurement ┼ marks ┤
 *       u64  u64           i64          u32 …
 *     44          48            52          56          60           64
 *     ├ marksEpoch ┼ confirmedIn ┼ announcedIn ┼ partition ┼ ········ ┤
 */
@unmanaged
export class Series {
  id: u64;
  /** The highest sequence of a block that holds a row of it; below the partition's first sequence: no open block does. */
  newestBlock: u64;
  /** The greatest time of its rows in open blocks. */
  newestTime: i64;
  /** Canonical key. */
  key: usize;
  keyLength: u32;
  /** Where in the key the tags start. */
  tags: u32;
  measurement: Measurement;
  /** The open blocks that announce it (announcements.ts), if `marksEpoch` is the partition's. */
  marks: usize;
  marksEpoch: u32;
  /** The announcement rounds (announcements.ts) in which its key was known to be stored, and was first announced. */
  confirmedIn: u32;
  announcedIn: u32;
  partition: u32;
}
const SERIES_BYTES: usize = 64;

/**
 * One way to write a series' key, with the space behind it; the bytes stand behind the record:
 *
 *     0        4      8       12       16         20       24      28   32
 *     ├ series ┼ next ┼ shape ┼ length ┼ database ┼ tag ┼ ······ ┼ text …
 *       u32 …
 */
@unmanaged
export class Spelling {
  series: Series;
  /** The spelling that stood in the line after this one's, last time. */
  next: Spelling;
  /** The shape of its last line. */
  shape: usize;
  length: u32;
  database: u32;
  unused0: u32;
  unused1: u32;
  unused2: u32;

  // @ts-ignore: decorator
  @inline
  get text(): usize {
    return changetype<usize>(this) + SPELLING_BYTES;
  }
}
const SPELLING_BYTES: usize = 32;

const spellings: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));
const seriesById: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));

let regionStart: usize = 0;
let regionEnd: usize = 0;
/** Free room between what is at the front and the keys at the back. */
let front: usize = 0;
let back: usize = 0;

/** A spelling that no line has: stands before the first line, so that there always is one before. */
export let noSpelling: Spelling = changetype<Spelling>(0);

/** Measurement of series whose id belongs to another: no shape has it, so their lines are never as expected. */
export let refusedMeasurement: Measurement = changetype<Measurement>(0);

export let cacheResets: u32 = 0;

export function reserveSeriesCache(): void {
  const bytes = limit(LIMIT_SERIES_BYTES);
  spellings.reserveSlots(limit(LIMIT_SERIES));
  seriesById.reserveSlots(limit(LIMIT_SERIES));
  noSpelling = changetype<Spelling>(reserve(SPELLING_BYTES));
  noSpelling.next = noSpelling;
  noSpelling.database = u32.MAX_VALUE;
  refusedMeasurement = changetype<Measurement>(reserve(offsetof<Measurement>()));
  regionStart = reserve(bytes);
  regionEnd = regionStart + bytes;
  front = regionStart;
  back = regionEnd;
}

export function seriesCount(): u32 {
  return seriesById.count;
}

export function seriesBytes(): u32 {
  return <u32>(front - regionStart + (regionEnd - back));
}

/** Whether one more series, as long as they may be, finds room. */
export function seriesCacheHasRoom(): bool {
  const bytes = SERIES_BYTES + SPELLING_BYTES + limit(LIMIT_LINE_BYTES) + limit(LIMIT_SERIES_KEY_BYTES) + 64;
  return spellings.count < limit(LIMIT_SERIES) && back - front >= bytes;
}

/** Forgets every series. */
export function dropSeries(): void {
  spellings.clear();
  seriesById.clear();
  front = regionStart;
  back = regionEnd;
  noSpelling.next = noSpelling;
  cacheResets++;
}

/** Hash of a spelling, the key of the table. */
let spellingHash: u64 = 0;
let spellingSlot: usize = 0;

/** The spelling whose bytes (with the space) stand at `at`, or null; then `addSpelling` may add it. */
export function findSpelling(at: usize, length: u32, database: u32): Spelling {
  spellingHash = hashBytes(at, length, database);
  spellingSlot = spellings.first(spellingHash);
  while (true) {
    const found = changetype<Spelling>(spellings.address(spellingSlot));
    if (changetype<usize>(found) == 0) return found;
    if (found.length == length && found.database == database && bytesEqual(found.text, at, length)) return found;
    spellingSlot = spellings.next(spellingSlot, spellingHash);
  }
}

/** Adds the spelling that was just looked for in vain. There must be room. */
export function addSpelling(at: usize, length: u32, database: u32, series: Series): Spelling {
  const spelling = changetype<Spelling>(front);
  front += aligned(SPELLING_BYTES + length);
  spelling.series = series;
  spelling.next = noSpelling;
  spelling.shape = series.measurement.shape;
  spelling.length = length;
  spelling.database = database;
  memory.copy(spelling.text, at, length);
  spellings.put(spellingSlot, spellingHash, changetype<usize>(spelling));
  return spelling;
}

/** The series with this id, or null. */
export function seriesOf(id: u64): Series | null {
  const hash = idHash(id);
  let slot = seriesById.first(hash);
  while (seriesById.address(slot) != 0) {
    const found = changetype<Series>(seriesById.address(slot));
    if (found.id == id) return found;
    slot = seriesById.next(slot, hash);
  }
  return null;
}

/** Ids are hashes already, but with few bits when a test wants collisions. */
// @ts-ignore: decorator
@inline
function idHash(id: u64): u64 {
  return rotl<u64>(id * 0x9e3779b97f4a7c15, 32);
}

let seriesSlot: usize = 0;
let seriesHash: u64 = 0;

/** Another key has the id: two series that can't be told apart. */
export const SERIES_COLLISION: usize = 1;

/** The series with this id and key, null (then `addSeries` may add it), or SERIES_COLLISION. */
export function findSeries(id: u64, key: usize, keyLength: u32): usize {
  seriesHash = idHash(id);
  seriesSlot = seriesById.first(seriesHash);
  while (true) {
    const found = changetype<Series>(seriesById.address(seriesSlot));
    if (changetype<usize>(found) == 0) return 0;
    if (found.id == id) {
      const isSame = found.keyLength == keyLength && bytesEqual(found.key, key, keyLength);
      return isSame ? changetype<usize>(found) : SERIES_COLLISION;
    }
    seriesSlot = seriesById.next(seriesSlot, seriesHash);
  }
}

/** Adds the series that was just looked for in vain. There must be room. */
export function addSeries(id: u64, key: usize, keyLength: u32, tags: u32, measurement: Measurement): Series {
  const series = changetype<Series>(front);
  front += SERIES_BYTES;
  back -= aligned(keyLength);
  memory.fill(changetype<usize>(series), 0, SERIES_BYTES);
  memory.copy(back, key, keyLength);
  series.id = id;
  series.key = back;
  series.keyLength = keyLength;
  series.tags = tags;
  series.measurement = measurement;
  seriesById.put(seriesSlot, seriesHash, changetype<usize>(series));
  return series;
}

// @ts-ignore: decorator
@inline
function aligned(bytes: usize): usize {
  return (bytes + 15) & ~15;
}
