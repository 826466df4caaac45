/**
 * The series key of a line, "measurement,tag=value,tag=value": checked, and turned into the canonical key, which is
 * "database NUL measurement NUL tagKey NUL tagValue NUL …" unescaped and sorted (docs/contracts.md). Done once for every
 * spelling of a series; afterwards the cache knows it by its bytes.
 */
import { BACKSLASH, COMMA, compareBytes, copyShort, EQUALS, SPACE } from './bytes';
import { Database } from './catalogue';
import { fail, failLimit } from './failure';
import {
  ERROR_DUPLICATE_TAG,
  ERROR_INVALID_TAG_VALUE,
  ERROR_INVALID_UTF8,
  ERROR_MISSING_MEASUREMENT,
  ERROR_MISSING_TAG_KEY,
  ERROR_MISSING_TAG_VALUE,
  ERROR_NAME_TOO_LONG,
  ERROR_NUL,
  ERROR_SERIES_KEY_TOO_LONG,
  ERROR_TOO_MANY_TAGS,
  LIMIT_LINE_BYTES,
  LIMIT_NAME_BYTES,
  LIMIT_SERIES_KEY_BYTES,
  LIMIT_TAGS,
} from './layout';
import { limit } from './limits';
import { reserve } from './memory';
import { measurementEnd, nameEnd } from './scan';
import { isUtf8, nulOrEnd } from './utf8';

/**
 * A tag of the line; key and value are addresses in the input, or of their unescaped copies:
 *
 *     0        8     12          16      20            24         28       32
 *     ├ prefix ┼ key ┼ keyLength ┼ value ┼ valueLength ┼ rawStart ┼ rawEnd ┤
 *       u64      u32 …
 *
 * `prefix` is the first 8 bytes of the key as a big-endian number, so that most comparisons are one of numbers. `rawStart` to
 * `rawEnd` is the key as written.
 */
@unmanaged
class Tag {
  prefix: u64;
  key: usize;
  keyLength: u32;
  value: usize;
  valueLength: u32;
  rawStart: usize;
  rawEnd: usize;
}
const TAG_BYTES: u32 = 32;
/** Shell's sort of the tags: gaps after Ciura, as far as the limit of tags makes sense of them. */
const GAPS: usize = memory.data<u32>([301, 132, 57, 23, 10, 4, 1]);
const GAP_COUNT: u32 = 7;

let tagsAt: usize = 0;
let tagCount: u32 = 0;
/** Unescaped copies of names and values with backslashes. */
let copiesAt: usize = 0;
let copiesTop: usize = 0;

/** Counts the canonical keys that were made. */
export let canonicalNumber: u64 = 0;
/** The canonical key made last; the next one overwrites it. */
export let canonicalAt: usize = 0;
export let canonicalLength: u32 = 0;
/** Where in it the measurement starts. */
export let canonicalMeasurement: u32 = 0;
export let canonicalMeasurementLength: u32 = 0;
/** Where in it the tags start: at its end when there are none. */
export let canonicalTags: u32 = 0;

export function reserveSeriesKey(): void {
  tagsAt = reserve((limit(LIMIT_TAGS) + 1) * TAG_BYTES);
  copiesAt = reserve(limit(LIMIT_LINE_BYTES));
  canonicalAt = reserve(limit(LIMIT_SERIES_KEY_BYTES));
}

/**
 * Makes the canonical key of the series key from `start` to `end`, which is where keyEnd found its end.
 * @returns false when it is not valid: then the failure is recorded
 */
export function readSeriesKey(start: usize, end: usize, database: Database): bool {
  const measurementStop = measurementEnd(start);
  const isEasy = measurementStop != start && isPlain(start, end) && readPlainTags(measurementStop, end);
  if (!isEasy) return readAnyKey(start, measurementStop, end, database);
  return finishKey(start, measurementStop, end, database, start, <u32>(measurementStop - start));
}

/** Reads a key that has escapes or characters beyond ASCII, or that is not valid. */
function readAnyKey(start: usize, measurementStop: usize, end: usize, database: Database): bool {
  dropCopies();
  if (measurementStop == start) return fail(ERROR_MISSING_MEASUREMENT, start, end);
  if (!readTags(measurementStop, end)) return false;
  const nul = nulOrEnd(start, end);
  if (nul != end) return fail(ERROR_NUL, start, end);
  if (!isUtf8(start, end)) return fail(ERROR_INVALID_UTF8, start, end);

  const name = unescaped(start, measurementStop, false);
  return finishKey(start, measurementStop, end, database, name, unescapedLength);
}

/** Makes the canonical key of measurement and tags that were read, after checking their lengths. */
function finishKey(
  start: usize,
  measurementStop: usize,
  end: usize,
  database: Database,
  name: usize,
  nameLength: u32,
): bool {
  const nameMax = limit(LIMIT_NAME_BYTES);
  if (nameLength > nameMax) return failLimit(ERROR_NAME_TOO_LONG, start, measurementStop, nameMax, nameLength);
  let length = database.nameLength + 1 + nameLength;
  for (let i: u32 = 0; i < tagCount; i++) {
    const tag = tagAt(i);
    if (tag.keyLength > nameMax) {
      return failLimit(ERROR_NAME_TOO_LONG, tag.rawStart, tag.rawEnd, nameMax, tag.keyLength);
    }
    length += tag.keyLength + tag.valueLength + 2;
  }
  const keyMax = limit(LIMIT_SERIES_KEY_BYTES);
  if (length > keyMax) return failLimit(ERROR_SERIES_KEY_TOO_LONG, start, end, keyMax, length);
  if (!sortTags()) return false;
  writeCanonicalKey(database, name, nameLength);
  return true;
}

// @ts-ignore: decorator
@inline
function tagAt(index: u32): Tag {
  return changetype<Tag>(tagsAt + index * TAG_BYTES);
}

/** Whether there are only ASCII characters, no backslash and no NUL. */
function isPlain(start: usize, end: usize): bool {
  const backslashes = i8x16.splat(<i8>BACKSLASH);
  const ones = i8x16.splat(1);
  for (let at = start; at < end; at += 16) {
    const bytes = v128.load(at);
    // As signed numbers, NUL and the bytes above ASCII are below 1.
    let hits = i8x16.bitmask(v128.or(i8x16.lt_s(bytes, ones), i8x16.eq(bytes, backslashes)));
    if (end - at < 16) hits &= (1 << <i32>(end - at)) - 1;
    if (hits != 0) return false;
  }
  return true;
}

/**
 * Reads the tags of a plain key: every equals sign and comma counts, so 16 bytes are searched for all of them at once.
 * @returns false when something is not valid, which readTags then finds
 */
function readPlainTags(at: usize, end: usize): bool {
  const commas = i8x16.splat(<i8>COMMA);
  const equals = i8x16.splat(<i8>EQUALS);
  const tagsMax = limit(LIMIT_TAGS);
  tagCount = 0;
  if (at == end) return true;
  let keyStart = at + 1;
  let keyStop: usize = 0;
  for (at = keyStart; at < end; at += 16) {
    const bytes = v128.load(at);
    let hits = i8x16.bitmask(v128.or(i8x16.eq(bytes, commas), i8x16.eq(bytes, equals)));
    if (end - at < 16) hits &= (1 << <i32>(end - at)) - 1;
    for (; hits != 0; hits &= hits - 1) {
      const hit = at + ctz(hits);
      const isEquals = load<u8>(hit) == EQUALS;
      if (keyStop == 0) {
        if (!isEquals || hit == keyStart) return false;
        keyStop = hit;
      } else {
        if (isEquals || hit == keyStop + 1 || tagCount == tagsMax) return false;
        addPlainTag(keyStart, keyStop, hit);
        keyStart = hit + 1;
        keyStop = 0;
      }
    }
  }
  if (keyStop == 0 || end == keyStop + 1 || tagCount == tagsMax) return false;
  addPlainTag(keyStart, keyStop, end);
  return true;
}

// @ts-ignore: decorator
@inline
function addPlainTag(keyStart: usize, keyStop: usize, valueStop: usize): void {
  const tag = tagAt(tagCount++);
  tag.rawStart = keyStart;
  tag.rawEnd = keyStop;
  tag.key = keyStart;
  tag.keyLength = <u32>(keyStop - keyStart);
  tag.value = keyStop + 1;
  tag.valueLength = <u32>(valueStop - keyStop) - 1;
  tag.prefix = keyPrefix(tag.key, tag.keyLength);
}

/** Reads the tags from the comma (or the end) behind the measurement on. */
function readTags(at: usize, end: usize): bool {
  tagCount = 0;
  while (at != end) {
    const keyStart = at + 1;
    const keyStop = nameEnd(keyStart);
    if (keyStop == keyStart) return fail(ERROR_MISSING_TAG_KEY, keyStart, keyStart);
    if (load<u8>(keyStop) != EQUALS) return fail(ERROR_MISSING_TAG_VALUE, keyStart, keyStop);
    const valueStart = keyStop + 1;
    const valueStop = nameEnd(valueStart);
    if (load<u8>(valueStop) == EQUALS) return fail(ERROR_INVALID_TAG_VALUE, keyStart, keyStop);
    if (valueStop == valueStart) return fail(ERROR_MISSING_TAG_VALUE, keyStart, keyStop);
    if (tagCount == limit(LIMIT_TAGS)) return failLimit(ERROR_TOO_MANY_TAGS, keyStart, keyStop, tagCount, 0);
    const tag = tagAt(tagCount++);
    tag.rawStart = keyStart;
    tag.rawEnd = keyStop;
    tag.key = unescaped(keyStart, keyStop, true);
    tag.keyLength = unescapedLength;
    tag.value = unescaped(valueStart, valueStop, true);
    tag.valueLength = unescapedLength;
    tag.prefix = keyPrefix(tag.key, tag.keyLength);
    at = valueStop;
  }
  return true;
}

/** The first 8 bytes, zeros behind a shorter key: keys hold no NUL, so a shorter one orders first. */
// @ts-ignore: decorator
@inline
function keyPrefix(key: usize, length: u32): u64 {
  const prefix = bswap<u64>(load<u64>(key));
  return length >= 8 ? prefix : prefix & ~(<u64>-1 >> (length * 8));
}

/** A line has room for the copies of all its names. */
export function dropCopies(): void {
  copiesTop = copiesAt;
}

let unescapedLength: u32 = 0;

/**
 * Address of the name without its escapes, its length being in `unescapedLength`: in the input when it has none.
 * @param inTag whether a backslash also escapes an equals sign
 */
export function unescaped(start: usize, end: usize, inTag: bool): usize {
  unescapedLength = <u32>(end - start);
  const first = backslashOrEnd(start, end);
  if (first == end) return start;
  const copy = copiesTop;
  unescapedLength = unescapeTo(copy, start, end, inTag);
  copiesTop += unescapedLength;
  return copy;
}

/** Length of what `unescaped` returned last. */
export function lengthUnescaped(): u32 {
  return unescapedLength;
}

/** Writes a name without its escapes to `target`. @returns its length */
export function unescapeTo(target: usize, start: usize, end: usize, inTag: bool): u32 {
  let to = target;
  for (let at = start; at < end; at++) {
    if (load<u8>(at) == BACKSLASH && at + 1 < end && isEscapable(load<u8>(at, 1), inTag)) at++;
    store<u8>(to++, load<u8>(at));
  }
  return <u32>(to - target);
}

function isEscapable(byte: u32, inTag: bool): bool {
  return byte == COMMA || byte == SPACE || (inTag && byte == EQUALS);
}

function backslashOrEnd(start: usize, end: usize): usize {
  const backslashes = i8x16.splat(0x5c);
  for (let at = start; at < end; at += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(at), backslashes));
    if (hits != 0) return min(at + ctz(hits), end);
  }
  return end;
}

/** Sorts the tags by the bytes of their keys. @returns false when a key occurs twice */
function sortTags(): bool {
  for (let i: u32 = 0; i < GAP_COUNT; i++) {
    const gap = load<u32>(GAPS + (<usize>i << 2));
    for (let j = gap; j < tagCount; j++) sinkTag(j, gap);
  }
  for (let i: u32 = 1; i < tagCount; i++) {
    const tag = tagAt(i);
    if (compareTags(tagAt(i - 1), tag) == 0) return fail(ERROR_DUPLICATE_TAG, tag.rawStart, tag.rawEnd);
  }
  return true;
}

/** Moves the tag at `index` down in steps of `gap` until it is in order. */
function sinkTag(index: u32, gap: u32): void {
  while (index >= gap && compareTags(tagAt(index - gap), tagAt(index)) > 0) {
    swapTags(changetype<usize>(tagAt(index - gap)), changetype<usize>(tagAt(index)));
    index -= gap;
  }
}

function swapTags(a: usize, b: usize): void {
  const low = v128.load(a);
  const high = v128.load(a, 16);
  v128.store(a, v128.load(b));
  v128.store(a, v128.load(b, 16), 16);
  v128.store(b, low);
  v128.store(b, high, 16);
}

// @ts-ignore: decorator
@inline
function compareTags(a: Tag, b: Tag): i32 {
  if (a.prefix != b.prefix) return a.prefix < b.prefix ? -1 : 1;
  return compareBytes(a.key, a.keyLength, b.key, b.keyLength);
}

function writeCanonicalKey(database: Database, name: usize, nameLength: u32): void {
  let to = canonicalAt;
  copyShort(to, database.name, database.nameLength);
  to += database.nameLength;
  store<u8>(to++, 0);
  canonicalMeasurement = <u32>(to - canonicalAt);
  canonicalMeasurementLength = nameLength;
  copyShort(to, name, nameLength);
  to += nameLength;
  for (let i: u32 = 0; i < tagCount; i++) {
    const tag = tagAt(i);
    store<u8>(to++, 0);
    if (i == 0) canonicalTags = <u32>(to - canonicalAt);
    copyShort(to, tag.key, tag.keyLength);
    to += tag.keyLength;
    store<u8>(to++, 0);
    copyShort(to, tag.value, tag.valueLength);
    to += tag.valueLength;
  }
  canonicalLength = <u32>(to - canonicalAt);
  if (tagCount == 0) canonicalTags = canonicalLength;
  canonicalNumber++;
}
