/**
 * Series by their spelling. A line usually starts with bytes that were seen before: then nothing of its series key is parsed,
 * sorted or hashed again. Two records in a region that only fills:
 *
 *     ┌──────────────────────── region ────────────────────────┐
 *     │ series | spelling, its bytes | series | spelling … →    │
 *
 * They lie in the order in which series came, which is the order in which they will come again. Canonical keys are not kept:
 * announcements and collisions, which are rare, make them of the spelling again. When the region or the number of series is
 * exhausted everything is dropped (then a new generation starts); no partition has rows at that moment, so nothing refers to
 * what is dropped.
 */
import { bytesEqual, copyShort, hashBytes } from './bytes';
import { Measurement } from './catalogue';
import { HashTable, tableAt } from './hash-table';
import { LIMIT_LINE_BYTES, LIMIT_SERIES, LIMIT_SERIES_BYTES } from './layout';
import { limit } from './limits';
import { reserve } from './memory';

/**
 *     0    8             16           24         28            32      36           40            44            48
 *     ├ id ┼ newestBlock ┼ newestTime ┼ spelling ┼ measurement ┼ marks ┼ marksEpoch ┼ confirmedIn ┼ announcedIn ┤
 *       u64  u64           i64          u32 …
 *     48          52
 *     ├ partition ┼ ··· ┤
 */
@unmanaged
export class Series {
  id: u64;
  /** The highest sequence of a block that holds a row of it; below the partition's first sequence: no open block does. */
  newestBlock: u64;
  /** The greatest time of its rows in open blocks. */
  newestTime: i64;
  /** The first spelling of its key. */
  spelling: Spelling;
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
let regionTop: usize = 0;

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
  regionTop = regionStart;
}

export function seriesCount(): u32 {
  return seriesById.count;
}

export function seriesBytes(): u32 {
  return <u32>(regionTop - regionStart);
}

/** Whether one more series, as long as they may be, finds room. */
export function seriesCacheHasRoom(): bool {
  const bytes = SERIES_BYTES + SPELLING_BYTES + limit(LIMIT_LINE_BYTES);
  return spellings.count < limit(LIMIT_SERIES) && regionEnd - regionTop >= bytes;
}

/** Forgets every series. */
export function dropSeries(): void {
  spellings.clear();
  seriesById.clear();
  regionTop = regionStart;
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
  const spelling = changetype<Spelling>(regionTop);
  regionTop += (SPELLING_BYTES + length + 15) & ~15;
  spelling.series = series;
  if (series.spelling == noSpelling) series.spelling = spelling;
  spelling.next = noSpelling;
  spelling.shape = series.measurement.shape;
  spelling.length = length;
  spelling.database = database;
  copyShort(spelling.text, at, length);
  spellings.put(spellingSlot, spellingHash, changetype<usize>(spelling));
  return spelling;
}

let seriesSlot: usize = 0;
let seriesHash: u64 = 0;

/** The series with this id, or null; then `addSeries` may add it. */
export function findSeries(id: u64): Series | null {
  // Ids are hashes already, but with few bits when a test wants collisions.
  seriesHash = rotl<u64>(id * 0x9e3779b97f4a7c15, 32);
  seriesSlot = seriesById.first(seriesHash);
  while (seriesById.address(seriesSlot) != 0) {
    const found = changetype<Series>(seriesById.address(seriesSlot));
    if (found.id == id) return found;
    seriesSlot = seriesById.next(seriesSlot, seriesHash);
  }
  return null;
}

/** Adds the series that was just looked for in vain. There must be room; its first spelling is still to be added. */
export function addSeries(id: u64, partition: u32, measurement: Measurement): Series {
  const series = changetype<Series>(regionTop);
  regionTop += SERIES_BYTES;
  series.id = id;
  series.newestBlock = 0;
  series.newestTime = 0;
  series.spelling = noSpelling;
  series.measurement = measurement;
  series.marks = 0;
  series.marksEpoch = 0;
  series.confirmedIn = 0;
  series.announcedIn = 0;
  series.partition = partition;
  seriesById.put(seriesSlot, seriesHash, changetype<usize>(series));
  return series;
}
