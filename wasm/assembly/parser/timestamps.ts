/** Timestamps of lines, and what they mean: nanoseconds since 1970 by the precision of the request. */
import { bytesEqual, copyShort, NEWLINE, SPACE } from './bytes';
import { fail } from './failure';
import { ERROR_INVALID_TIMESTAMP, ERROR_TIMESTAMP_OUT_OF_RANGE, ERROR_TIMESTAMP_TOO_NEW, ERROR_TIMESTAMP_TOO_OLD } from './layout';
import { digitsRead, integerRead, readInteger, readShortTimestamp, READ_INVALID, READ_OUT_OF_RANGE } from './number';
import { tokenEnd } from './scan';

/** Precision that is told from each timestamp itself. */
const AUTOMATIC: i64 = 0;
/** Timestamps below these, in whatever unit, are seconds, milliseconds, microseconds (as InfluxDB 3 tells them). */
const AUTOMATIC_SECONDS: u64 = 5_000_000_000;
const AUTOMATIC_MILLISECONDS: u64 = 5_000_000_000_000;
const AUTOMATIC_MICROSECONDS: u64 = 5_000_000_000_000_000;

/**
 * The text of the timestamp read last, with its newline: lines of one moment follow each other, and a text that is expected is
 * compared, not read, so that the next line need not wait for where this one ends.
 */
const lastText: usize = memory.data(32, 16);
const LAST_TEXT_BYTES_MAX: usize = 32;
let lastLength: u32 = 0;
let lastTime: i64 = 0;

let unitNs: i64 = 1;
/** The greatest timestamp that the unit doesn't make overflow. */
let timestampMax: u64 = 0;
let defaultTime: i64 = 0;
/** The oldest and the newest time that a line may give. */
let timeMin: i64 = i64.MIN_VALUE;
let timeMax: i64 = i64.MAX_VALUE;

/** Time of the line read last, in nanoseconds. */
export let lineTime: i64 = 0;

/**
 * @param unit nanoseconds of a unit of the timestamps, or 0: automatic
 * @param now time of lines without a timestamp
 */
export function setPrecision(unit: i64, now: i64): void {
  unitNs = unit;
  timestampMax = unit == AUTOMATIC ? 0 : <u64>(i64.MAX_VALUE / unit);
  defaultTime = now;
  lastLength = 0;
}

/** The time of lines without a timestamp is within any bounds: it is not the client's. */
export function setTimeBounds(oldest: i64, newest: i64): void {
  timeMin = oldest;
  timeMax = newest;
  lastLength = 0;
}

/**
 * Reads what follows the fields when it is a space, digits and a newline, or a newline at once, as in nearly all lines.
 * @returns the newline, or 0
 */
// @ts-ignore: decorator
@inline
export function readShortTime(at: usize): usize {
  const byte = load<u8>(at);
  if (byte == SPACE) {
    if (lastLength != 0 && bytesEqual(at + 1, lastText, lastLength)) {
      lineTime = lastTime;
      return at + lastLength;
    }
    return readNewTime(at + 1);
  }
  lineTime = defaultTime;
  return byte == NEWLINE ? at : 0;
}

function readNewTime(at: usize): usize {
  const newline = readShortTimestamp(at, timestampMax);
  if (newline == 0 || load<u8>(newline) != NEWLINE) return 0;
  lineTime = <i64>digitsRead * unitNs;
  if (lineTime < timeMin || lineTime > timeMax) return 0;
  lastTime = lineTime;
  lastLength = <u32>(newline - at) + 1;
  copyShort(lastText, at, LAST_TEXT_BYTES_MAX);
  return newline;
}

/** Byte behind what `readTime` read. */
export let timeEnd: usize = 0;

/** Reads the timestamp at `at`, where some token starts. @returns false when it is none */
export function readTime(at: usize): bool {
  const end = tokenEnd(at);
  const result = readInteger(at, end);
  if (result == READ_INVALID) return fail(ERROR_INVALID_TIMESTAMP, at, end);
  if (result == READ_OUT_OF_RANGE || !scale(integerRead)) return fail(ERROR_TIMESTAMP_OUT_OF_RANGE, at, end);
  if (lineTime < timeMin) return fail(ERROR_TIMESTAMP_TOO_OLD, at, end);
  if (lineTime > timeMax) return fail(ERROR_TIMESTAMP_TOO_NEW, at, end);
  timeEnd = end;
  return true;
}

/** The line has no timestamp. */
export function useDefaultTime(): void {
  lineTime = defaultTime;
}

/** @returns false when nanoseconds overflow */
function scale(timestamp: i64): bool {
  const unit = unitNs == AUTOMATIC ? unitOf(timestamp) : unitNs;
  lineTime = timestamp * unit;
  return timestamp <= i64.MAX_VALUE / unit && timestamp >= i64.MIN_VALUE / unit;
}

function unitOf(timestamp: i64): i64 {
  const size = <u64>(timestamp < 0 ? -timestamp : timestamp);
  if (size < AUTOMATIC_SECONDS) return 1_000_000_000;
  if (size < AUTOMATIC_MILLISECONDS) return 1_000_000;
  return size < AUTOMATIC_MICROSECONDS ? 1000 : 1;
}
