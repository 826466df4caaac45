/** One piece of input after another, line by line: as expected if possible, otherwise by reading everything. */
import { bytesEqual, CARRIAGE_RETURN, HASH, NEWLINE, SPACE, TAB } from './bytes';
import { blockFor, Block, keepsOrder } from './blocks';
import { belongsToAnother, seedAt } from './collisions';
import { databaseAt, findMeasurement, Measurement } from './catalogue';
import { clearErrors, errorCount, recordError } from './errors';
import { expectedTextBytes, readExpected } from './expected-fields';
import { fail, failLimit } from './failure';
import { inputAt, inputEnd, inputIsLast, lineEndMax } from './input';
import {
  ERROR_INVALID_TIMESTAMP,
  ERROR_LINE_TOO_LONG,
  ERROR_MISSING_FIELDS,
  ERROR_SERIES_COLLISION,
  ERROR_TOO_MANY_LINES,
  ERROR_UNTERMINATED_STRING,
  LIMIT_LINE_BYTES,
  OUTCOME_ACCEPTED,
  OUTCOME_CONSUMED,
  OUTCOME_ERRORS,
  OUTCOME_LINE,
  OUTCOME_REJECTED,
  STATUS_CUT,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_NEW_SERIES,
  STATUS_SKIP,
  STATUS_UNKNOWN_FIELDS,
} from './layout';
import { limit } from './limits';
import { hasTypesDefined, readFields, valueCount, valueFieldsAt } from './line-values';
import { Partition, partitionAt, partitionOf, partitionWithRows } from './partitions';
import { commitRow, isFull, outcomeAt, setFull, writeRow } from './rows';
import { countNewlines, keyEnd, newlineAt, newlineOrEnd, skipSpaces } from './scan';
import {
  addSeries,
  addSpelling,
  dropSeries,
  findSeries,
  findSpelling,
  noSpelling,
  refusedMeasurement,
  Series,
  seriesCacheHasRoom,
  Spelling,
} from './series-cache';
import { canonicalAt, canonicalLength, canonicalMeasurement, canonicalMeasurementLength, readSeriesKey } from './series-key';
import { hasKeyAtHand, setKeyAtHand } from './canonical-keys';
import { admitsNewSeries, clearNewSeries, listNewSeries, refusesSeries } from './new-series';
import { learnShape, Shape, shapeOf } from './shapes';
import { findStatementEnd, forgetOpenStrings, openUntil, STATEMENT_CUT, STATEMENT_ENDS, STATEMENT_TOO_LONG, statementStop } from './statement-end';
import { sipHash24 } from '../siphash';
import { lineTime, readShortTime, readTime, timeEnd, useDefaultTime } from './timestamps';
import { clearUnknownFields, dropUnknownLine, hasRoomForUnknownLine, keepUnknownLine, mayDefineUnknownFields, unknownFieldsOfLine } from './unknown-fields';

/** The line is dealt with; the next one starts at `cursor`. */
const NEXT_LINE: i32 = -1;

/** Bits of the hash that are kept: all, unless a test wants collisions. */
let idMask: u64 = u64.MAX_VALUE;

let database: u32 = 0;
/** Whether lines are only searched for fields that nobody defined. */
let isSearch: bool = false;
let cursor: usize = 0;
let lineNumber: u32 = 0;
/** Lines behind this one are rejected, whatever they are. */
let lineNumberMax: u32 = u32.MAX_VALUE;
let accepted: u32 = 0;
let rejected: u32 = 0;

/** Spelling of the series of the line before. */
let previous: Spelling = changetype<Spelling>(0);

export function startLines(mask: u64): void {
  idMask = mask;
  previous = noSpelling;
}

export function setLinesMax(max: u32): void {
  lineNumberMax = max;
}

/**
 * Parses the piece of input.
 * @param firstLine number of its first line
 * @returns a STATUS_, the rest being in the outcome
 */
export function parseLines(databaseNumber: u32, firstLine: u32, errorsMax: u32): i32 {
  isSearch = false;
  cursor = inputAt;
  clearUnknownFields();
  forgetOpenStrings();
  return run(databaseNumber, firstLine, errorsMax);
}

/** Collects the unknown fields of the lines of the piece from `offset` on, where parsing stopped, and nothing else. */
export function searchLines(databaseNumber: u32, offset: u32): void {
  isSearch = true;
  clearUnknownFields();
  cursor = inputAt + offset;
  run(databaseNumber, lineNumber, 0);
}

function run(databaseNumber: u32, firstLine: u32, errorsMax: u32): i32 {
  database = databaseNumber;
  lineNumber = firstLine;
  accepted = 0;
  rejected = 0;
  clearErrors(errorsMax);
  let status = NEXT_LINE;
  while (status == NEXT_LINE) {
    if (cursor >= inputEnd) status = STATUS_DONE;
    else if (lineNumber > lineNumberMax) status = rejectSurplus(cursor);
    else status = cursor < openUntil ? nextLineAfterOpen(cursor) : nextLine(cursor);
  }
  store<u32>(outcomeAt, <u32>(min(cursor, inputEnd) - inputAt), OUTCOME_CONSUMED);
  store<u32>(outcomeAt, lineNumber, OUTCOME_LINE);
  store<u32>(outcomeAt, accepted, OUTCOME_ACCEPTED);
  store<u32>(outcomeAt, rejected, OUTCOME_REJECTED);
  store<u32>(outcomeAt, errorCount, OUTCOME_ERRORS);
  return status;
}

function rejectSurplus(start: usize): i32 {
  const status = skipBlank(start);
  if (status != READ_ON) return status;
  failLimit(ERROR_TOO_MANY_LINES, 0, 0, lineNumberMax, 0);
  return reject(cursor);
}

/** Behind an unterminated string a statement is read only when it ends: reading many in vain would take hours. */
function nextLineAfterOpen(start: usize): i32 {
  const status = skipBlank(start);
  if (status != READ_ON) return status;
  const ends = findStatementEnd(cursor, inputEnd, inputIsLast, limit(LIMIT_LINE_BYTES)) == STATEMENT_ENDS;
  return ends ? nextLine(cursor) : reject(cursor);
}

function nextLine(start: usize): i32 {
  let spelling = previous.next;
  let keyStop: usize = 0;
  if (spelling.database == database && bytesEqual(spelling.text, start, spelling.length)) {
    keyStop = start + spelling.length - 1;
  } else {
    if (load<u8>(start) <= SPACE || load<u8>(start) == HASH) {
      const status = skipBlank(start);
      if (status != READ_ON) return status;
      start = cursor;
    }
    keyStop = keyEnd(start);
    spelling = findSpelling(start, <u32>(keyStop - start) + 1, database);
    if (changetype<usize>(spelling) != 0) previous.next = spelling;
  }
  if (changetype<usize>(spelling) == 0) return readNewSeries(start, keyStop);
  previous = spelling;
  const status = isSearch ? NOT_EXPECTED : readAsExpected(start, keyStop, spelling);
  return status != NOT_EXPECTED ? status : readAnyway(start, keyStop, spelling, spelling.series.measurement);
}

/** Something other than a blank or a comment starts at `cursor`. */
const READ_ON: i32 = -2;

/** Skips what is no statement: blanks, an empty line, a comment. */
function skipBlank(start: usize): i32 {
  for (let at = start; ; at++) {
    cursor = at;
    if (at >= inputEnd) return STATUS_DONE;
    const byte = load<u8>(at);
    if (byte == SPACE || byte == TAB) continue;
    if (byte == NEWLINE) return finishLine(at, 1);
    if (byte == CARRIAGE_RETURN && load<u8>(at, 1) == NEWLINE) {
      // Cut between the two, the piece doesn't tell what follows.
      if (at + 1 > lineEndMax) return STATUS_CUT;
      continue;
    }
    return byte == HASH ? skipComment(at) : READ_ON;
  }
}

function skipComment(at: usize): i32 {
  const stop = newlineOrEnd(at, inputEnd);
  if (stop == inputEnd) {
    cursor = inputEnd;
    return inputIsLast ? STATUS_DONE : STATUS_SKIP;
  }
  return finishLine(stop, 1);
}

/** The line ends at `newline`. */
// @ts-ignore: decorator
@inline
function finishLine(newline: usize, lines: u32): i32 {
  cursor = newline + 1;
  lineNumber += lines;
  return NEXT_LINE;
}

/** The line is not as expected; nothing of it is kept. */
const NOT_EXPECTED: i32 = -3;

/** Reads a line of a known series by the shape that is to be expected. */
// @ts-ignore: decorator
@inline
function readAsExpected(start: usize, keyStop: usize, spelling: Spelling): i32 {
  const series = spelling.series;
  const shape = changetype<Shape>(spelling.shape).successor;
  if (shape.measurement != series.measurement) return NOT_EXPECTED;
  const partition = partitionAt(series.partition);
  let block = changetype<Block>(shape.openBlock(series.partition, partition));
  if (changetype<usize>(block) == 0 || block.rows == block.capacity) {
    block = blockFor(shape, series.partition);
    if (changetype<usize>(block) == 0) return NOT_EXPECTED;
  }
  const newline = readExpected(keyStop + 1, shape, block);
  if (newline == 0 || newline > lineEndMax || newline - start > limit(LIMIT_LINE_BYTES)) return NOT_EXPECTED;
  if (!keepsOrder(series, block, partition, lineTime)) return NOT_EXPECTED;
  if (!commitRow(series, block, partition, lineTime, expectedTextBytes)) return NOT_EXPECTED;
  spelling.shape = changetype<usize>(shape);
  accepted++;
  finishLine(newline, 1);
  return statusAfterRow(series.partition, partition);
}

// @ts-ignore: decorator
@inline
function statusAfterRow(number: u32, partition: Partition): i32 {
  if (!isFull(partition)) return NEXT_LINE;
  setFull(number);
  return STATUS_FULL;
}

/** Reads a line whose series key was never seen, up to `keyStop`. */
function readNewSeries(start: usize, keyStop: usize): i32 {
  if (!readSeriesKey(start, keyStop, databaseAt(database))) return reject(start);
  const measurement = findMeasurement(database, canonicalAt + canonicalMeasurement, canonicalMeasurementLength);
  const isDefined = changetype<usize>(measurement) != 0;
  if (isSearch || !isDefined || load<u8>(keyStop) == NEWLINE) {
    return readAnyway(start, keyStop, changetype<Spelling>(0), measurement);
  }
  const id = sipHash24(seedAt, canonicalAt, canonicalLength) & idMask;
  const known = findSeries(id);
  if ((known != null && !hasKeyAtHand(known)) || belongsToAnother(id, canonicalAt, canonicalLength)) {
    fail(ERROR_SERIES_COLLISION, start, keyStop);
    return reject(start);
  }
  if (!seriesCacheHasRoom()) return makeRoomForSeries(start);
  if (known == null && !admitsNewSeries(id)) {
    if (refusesSeries(id, start, keyStop)) return reject(start);
    cursor = start;
    return STATUS_NEW_SERIES;
  }
  const series = known != null ? known : addSeries(id, partitionOf(id), measurement);
  const spelling = addSpelling(start, <u32>(keyStop - start) + 1, database, series);
  setKeyAtHand(series);
  previous.next = spelling;
  previous = spelling;
  const status = readAsExpected(start, keyStop, spelling);
  return status != NOT_EXPECTED ? status : readAnyway(start, keyStop, spelling, measurement);
}

/** Lists series that the cache does not hold, of the lines of the piece from `offset` on, and does nothing else. */
export function searchSeries(databaseNumber: u32, offset: u32): void {
  database = databaseNumber;
  cursor = inputAt + offset;
  clearNewSeries();
  while (cursor < inputEnd) {
    const status = skipBlank(cursor);
    if (status == NEXT_LINE) continue;
    if (status != READ_ON) return;
    const keyStop = keyEnd(cursor);
    const length = <u32>(keyStop - cursor) + 1;
    if (changetype<usize>(findSpelling(cursor, length, database)) == 0 && readSeriesKey(cursor, keyStop, databaseAt(database))) {
      const id = sipHash24(seedAt, canonicalAt, canonicalLength) & idMask;
      if (findSeries(id) == null && !listNewSeries(id)) return;
    }
    if (findStatementEnd(cursor, inputEnd, inputIsLast, limit(LIMIT_LINE_BYTES)) != STATEMENT_ENDS) return;
    cursor = statementStop + 1;
  }
}

/** Drops the series, as soon as no partition has rows: blocks refer to them. */
function makeRoomForSeries(start: usize): i32 {
  cursor = start;
  const number = partitionWithRows();
  if (number >= 0) {
    setFull(number);
    return STATUS_FULL;
  }
  dropSeries();
  previous = noSpelling;
  return NEXT_LINE;
}

/**
 * Reads a line by looking at everything in it.
 * @param spelling of its series, null when that is not known
 * @param measurement null when it is not defined; then its name stands in the canonical key
 */
function readAnyway(start: usize, keyStop: usize, spelling: Spelling, measurement: Measurement): i32 {
  if (isSearch && !hasRoomForUnknownLine()) return STATUS_DONE;
  if (measurement == refusedMeasurement) {
    fail(ERROR_SERIES_COLLISION, start, keyStop);
    return reject(start);
  }
  const fieldsStart = skipSpaces(keyStop);
  if (newlineAt(fieldsStart) != 0) {
    fail(ERROR_MISSING_FIELDS, start, keyStop);
    return reject(start);
  }
  const isDefined = changetype<usize>(measurement) != 0;
  const name = isDefined ? measurement.name : canonicalAt + canonicalMeasurement;
  const nameLength = isDefined ? measurement.nameLength : canonicalMeasurementLength;
  const fieldsStop = readFields(fieldsStart, measurement, name, nameLength);
  if (fieldsStop == 0) return reject(start);
  const newline = readLineTime(skipSpaces(fieldsStop));
  if (newline == 0 || newline > lineEndMax || newline - start > limit(LIMIT_LINE_BYTES)) return reject(start);
  if (!hasTypesDefined()) return rejectForDefinitions(start);
  if (unknownFieldsOfLine() > 0) {
    if (!mayDefineUnknownFields(databaseAt(database), measurement)) return rejectForDefinitions(start);
    cursor = start;
    if (!isSearch) return STATUS_UNKNOWN_FIELDS;
  }
  const lines = 1 + countNewlines(start, newline);
  if (isSearch) {
    keepUnknownLine();
    return finishLine(newline, lines);
  }
  return keepLine(start, newline, lines, spelling, measurement);
}

/** Writes the row of a line that is valid and has no unknown fields. */
function keepLine(start: usize, newline: usize, lines: u32, spelling: Spelling, measurement: Measurement): i32 {
  const shape = shapeOf(measurement, valueFieldsAt, valueCount);
  const series = spelling.series;
  if (!writeRow(series, shape, lineTime)) {
    cursor = start;
    return STATUS_FULL;
  }
  learnShape(spelling, measurement, shape);
  accepted++;
  finishLine(newline, lines);
  return statusAfterRow(series.partition, partitionAt(series.partition));
}

/** Reads the timestamp, if one follows. @returns the newline behind it, or 0 when something is wrong */
function readLineTime(at: usize): usize {
  let newline = newlineAt(at);
  if (newline != 0) {
    useDefaultTime();
    return newline;
  }
  if (!readTime(at)) return 0;
  newline = newlineAt(skipSpaces(timeEnd));
  return newline != 0 ? newline : <usize>fail(ERROR_INVALID_TIMESTAMP, at, timeEnd);
}

/**
 * Rejects the statement at `start` for what is defined. A search ends at it when it has unknown fields: should later lines define
 * them before it is rejected, it might be so for another reason.
 */
function rejectForDefinitions(start: usize): i32 {
  if (!isSearch || unknownFieldsOfLine() == 0) return reject(start);
  dropUnknownLine();
  return STATUS_DONE;
}

/** Rejects the statement at `start` for the failure recorded last, unless it is only cut off. */
function reject(start: usize): i32 {
  dropUnknownLine();
  const lineMax = limit(LIMIT_LINE_BYTES);
  const verdict = findStatementEnd(start, inputEnd, inputIsLast, lineMax);
  if (verdict == STATEMENT_CUT) {
    cursor = start;
    return STATUS_CUT;
  }
  let end = statementStop;
  let stop = statementStop;
  if (verdict == STATEMENT_TOO_LONG) {
    failLimit(ERROR_LINE_TOO_LONG, 0, 0, lineMax, 0);
    end = start + lineMax;
    stop = newlineOrEnd(end, inputEnd);
  } else if (verdict != STATEMENT_ENDS) {
    fail(ERROR_UNTERMINATED_STRING, 0, 0);
    stop = newlineOrEnd(start, inputEnd);
    end = stop;
  }
  rejected++;
  recordError(lineNumber, start, end);
  const lines = countNewlines(start, stop);
  if (stop < inputEnd || inputIsLast) return finishLine(stop, lines + 1);
  cursor = inputEnd;
  lineNumber += lines;
  return STATUS_SKIP;
}
