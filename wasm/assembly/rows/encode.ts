/**
 * Rows of a block as PostgreSQL binary COPY rows.
 *
 * Rows whose length is the same for all of the block (no string, no unsigned) are written column by column, some rows at a time,
 * so that the choice of what to write is made once a column and not once a value. The others are written row by row.
 */
import {
  BOOLEAN_FIELD,
  EIGHT_BYTES_FIELD,
  eightBytesFrame,
  NANOSECONDS_FIELD,
  NULL_FIELD,
  ORDINAL_INT4_FIELD,
  storeBoolean,
  storeHigh,
  storeLow,
  storeNanoseconds,
  storeNull,
  storeOrdinalInt4,
  storeTime,
  TIME_FIELD,
} from './fields';
import {
  COLUMN_BYTES,
  COLUMN_KIND,
  COLUMN_TEXT,
  COLUMN_VALUES,
  KIND_BOOLEAN,
  KIND_EIGHT_BYTES,
  KIND_NANOSECONDS,
  KIND_NULL,
  KIND_NUMERIC,
  KIND_ORDINAL_INT4,
  KIND_ORDINAL_INT8,
  KIND_TEXT,
  KIND_TIME,
} from './layout';
import { columnsAt, listsAt, outputAt, outputLimit } from './memory';
import { NUMERIC_FIELD_MAX, storeNumeric, storeText, TEXT_FIELD_MIN } from './varying-fields';

/** Rows of a tile: few enough that the rows being written stay in the first cache level. */
const TILE_ROWS: u32 = 64;

/** Next byte of the output. */
let outputEnd: usize = 0;

export function clearOutput(): void {
  outputEnd = outputAt;
}

export function outputLength(): usize {
  return outputEnd - outputAt;
}

/**
 * Appends rows of a block to the output, until the output is full.
 *
 * @param columnCount columns described at `columnsAt`; the first is the time
 * @param listed      whether the rows are those of the list at `listsAt`, else all of the block
 * @param from        where to start and
 * @param to          where to stop, excluded: positions in the list or rows
 * @param ordinalBase ordinal of the block's row 0
 * @returns the position to go on with, `to` when all is done
 */
export function encodeRows(
  columnCount: u32,
  listed: bool,
  from: u32,
  to: u32,
  ordinalBase: i64,
): u32 {
  const rowBytes = uniformRowBytes(columnCount);
  let position = from;
  while (position < to) {
    const row = listed ? load<u32>(listsAt + position * 4) : position;
    const run = listed ? runLength(position, to) : to - position;
    const done = rowBytes
      ? encodeUniform(columnCount, rowBytes, row, run, ordinalBase)
      : encodeVarying(columnCount, row, run, ordinalBase);
    position += done;
    if (done < run) break;
  }
  return position;
}

/** How many rows from this position of the list on follow each other in the block. */
function runLength(position: u32, to: u32): u32 {
  const first = load<u32>(listsAt + position * 4);
  let length: u32 = 1;
  while (position + length < to && load<u32>(listsAt + (position + length) * 4) == first + length) {
    length++;
  }
  return length;
}

/** Length of every row, 0 when they differ. */
function uniformRowBytes(columnCount: u32): usize {
  let bytes: usize = 0;
  for (
    let column = columnsAt;
    column < columnsAt + columnCount * COLUMN_BYTES;
    column += COLUMN_BYTES
  ) {
    const kind = load<u32>(column, COLUMN_KIND);
    if (kind == KIND_NUMERIC || kind == KIND_TEXT) return 0;
    bytes += fieldBytes(kind);
  }
  return bytes;
}

/** Length of a field, of a varying one the most without its text. */
function fieldBytes(kind: u32): usize {
  switch (kind) {
    case KIND_TIME:
      return TIME_FIELD;
    case KIND_NANOSECONDS:
      return NANOSECONDS_FIELD;
    case KIND_ORDINAL_INT4:
      return ORDINAL_INT4_FIELD;
    case KIND_NUMERIC:
      return NUMERIC_FIELD_MAX;
    case KIND_BOOLEAN:
      return BOOLEAN_FIELD;
    case KIND_TEXT:
      return TEXT_FIELD_MIN;
    case KIND_NULL:
      return NULL_FIELD;
    default:
      return EIGHT_BYTES_FIELD;
  }
}

/** Writes up to `count` rows of the same length. @returns how many fitted */
function encodeUniform(
  columnCount: u32,
  rowBytes: usize,
  first: u32,
  count: u32,
  ordinalBase: i64,
): u32 {
  const fitting = <u32>min(<usize>count, (outputLimit - outputEnd) / rowBytes);
  const frame = eightBytesFrame(columnCount);
  for (let done: u32 = 0; done < fitting; done += TILE_ROWS) {
    const rows = min(TILE_ROWS, fitting - done);
    encodeTile(columnCount, rowBytes, first + done, rows, ordinalBase, frame);
    outputEnd += <usize>rows * rowBytes;
  }
  return fitting;
}

function encodeTile(
  columnCount: u32,
  rowBytes: usize,
  first: u32,
  rows: u32,
  ordinalBase: i64,
  frame: v128,
): void {
  let at = outputEnd;
  const end = columnsAt + columnCount * COLUMN_BYTES;
  for (let column = columnsAt; column < end; column += COLUMN_BYTES) {
    const kind = load<u32>(column, COLUMN_KIND);
    const values = load<u32>(column, COLUMN_VALUES);
    switch (kind) {
      case KIND_TIME:
        encodeTimes(at, rowBytes, values + first * 8, rows, frame);
        break;
      case KIND_NANOSECONDS:
        encodeNanoseconds(at, rowBytes, values + first * 8, rows);
        break;
      case KIND_ORDINAL_INT4:
        encodeOrdinalsInt4(at, rowBytes, ordinalBase + first, rows);
        break;
      case KIND_ORDINAL_INT8:
        encodeOrdinalsInt8(at, rowBytes, ordinalBase + first, rows, frame);
        break;
      case KIND_BOOLEAN:
        encodeBooleans(at, rowBytes, values + first, rows);
        break;
      case KIND_NULL:
        encodeNulls(at, rowBytes, rows);
        break;
      default:
        encodeEightBytes(at, rowBytes, values + first * 8, rows, frame);
    }
    at += fieldBytes(kind);
  }
}

function encodeEightBytes(at: usize, rowBytes: usize, values: usize, rows: u32, frame: v128): void {
  for (; rows >= 2; rows -= 2) {
    const two = v128.load(values);
    storeLow(at, two, frame);
    storeHigh(at + rowBytes, two, frame);
    at += 2 * rowBytes;
    values += 16;
  }
  if (rows) storeLow(at, v128.load64_zero(values), frame);
}

function encodeTimes(at: usize, rowBytes: usize, times: usize, rows: u32, frame: v128): void {
  for (; rows; rows--) {
    storeTime(at, load<i64>(times), frame);
    at += rowBytes;
    times += 8;
  }
}

function encodeNanoseconds(at: usize, rowBytes: usize, times: usize, rows: u32): void {
  for (; rows; rows--) {
    storeNanoseconds(at, load<i64>(times));
    at += rowBytes;
    times += 8;
  }
}

function encodeOrdinalsInt4(at: usize, rowBytes: usize, ordinal: i64, rows: u32): void {
  for (; rows; rows--) {
    storeOrdinalInt4(at, ordinal++);
    at += rowBytes;
  }
}

function encodeOrdinalsInt8(
  at: usize,
  rowBytes: usize,
  ordinal: i64,
  rows: u32,
  frame: v128,
): void {
  for (; rows; rows--) {
    storeLow(at, i64x2.splat(ordinal++), frame);
    at += rowBytes;
  }
}

function encodeBooleans(at: usize, rowBytes: usize, values: usize, rows: u32): void {
  for (; rows; rows--) {
    storeBoolean(at, load<u8>(values));
    at += rowBytes;
    values++;
  }
}

function encodeNulls(at: usize, rowBytes: usize, rows: u32): void {
  for (; rows; rows--) {
    storeNull(at);
    at += rowBytes;
  }
}

/** Writes up to `count` rows whose lengths differ. @returns how many fitted */
function encodeVarying(columnCount: u32, first: u32, count: u32, ordinalBase: i64): u32 {
  const frame = eightBytesFrame(columnCount);
  let bytesMax: usize = 0;
  const end = columnsAt + columnCount * COLUMN_BYTES;
  for (let column = columnsAt; column < end; column += COLUMN_BYTES) {
    bytesMax += fieldBytes(load<u32>(column, COLUMN_KIND));
  }
  for (let done: u32 = 0; done < count; done++) {
    const rowEnd = encodeRow(columnCount, bytesMax, first + done, ordinalBase, frame);
    if (!rowEnd) return done;
    outputEnd = rowEnd;
  }
  return count;
}

/**
 * Writes one row behind the output. `bytesMax` is what it may take at most besides its texts.
 * @returns the address behind it, 0 when it doesn't fit
 */
function encodeRow(
  columnCount: u32,
  bytesMax: usize,
  row: u32,
  ordinalBase: i64,
  frame: v128,
): usize {
  let at = outputEnd;
  let room = <isize>(outputLimit - outputEnd) - <isize>bytesMax;
  if (room < 0) return 0;
  const end = columnsAt + columnCount * COLUMN_BYTES;
  for (let column = columnsAt; column < end; column += COLUMN_BYTES) {
    const values = load<u32>(column, COLUMN_VALUES);
    switch (load<u32>(column, COLUMN_KIND)) {
      case KIND_TIME:
        storeTime(at, load<i64>(values + row * 8), frame);
        at += TIME_FIELD;
        break;
      case KIND_NANOSECONDS:
        storeNanoseconds(at, load<i64>(values + row * 8));
        at += NANOSECONDS_FIELD;
        break;
      case KIND_ORDINAL_INT4:
        storeOrdinalInt4(at, ordinalBase + row);
        at += ORDINAL_INT4_FIELD;
        break;
      case KIND_ORDINAL_INT8:
        storeLow(at, i64x2.splat(ordinalBase + row), frame);
        at += EIGHT_BYTES_FIELD;
        break;
      case KIND_NUMERIC:
        at = storeNumeric(at, load<u64>(values + row * 8));
        break;
      case KIND_BOOLEAN:
        storeBoolean(at, load<u8>(values + row));
        at += BOOLEAN_FIELD;
        break;
      case KIND_TEXT: {
        const start = row ? load<u32>(values + (row - 1) * 4) : 0;
        const length = load<u32>(values + row * 4) - start;
        room -= length;
        if (room < 0) return 0;
        at = storeText(at, load<u32>(column, COLUMN_TEXT) + start, length);
        break;
      }
      case KIND_NULL:
        storeNull(at);
        at += NULL_FIELD;
        break;
      default:
        storeLow(at, v128.load64_zero(values + row * 8), frame);
        at += EIGHT_BYTES_FIELD;
    }
  }
  return at;
}
