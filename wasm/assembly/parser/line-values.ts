/**
 * The fields of a line whatever they are, collected before anything is written: names looked up, values checked, a later value
 * of a field taking the place of an earlier one.
 */
import { COMMA, EQUALS, MINUS, NEWLINE, QUOTE, SPACE } from './bytes';
import { Field, findField, Measurement } from './catalogue';
import { fail, failLimit } from './failure';
import { floatEnd, floatRead, readFloat } from './float';
import { inputEnd } from './input';
import {
  ERROR_INVALID_UTF8,
  ERROR_INVALID_VALUE,
  ERROR_MISSING_FIELD_KEY,
  ERROR_MISSING_FIELD_VALUE,
  ERROR_NAME_TOO_LONG,
  ERROR_NUL,
  ERROR_NUMBER_OUT_OF_RANGE,
  ERROR_STRING_TOO_LONG,
  ERROR_TOO_MANY_FIELDS,
  ERROR_TYPE_CONFLICT,
  ERROR_UNTERMINATED_STRING,
  LIMIT_FIELDS,
  LIMIT_NAME_BYTES,
  LIMIT_STRING_BYTES,
  TYPE_BOOLEAN,
  TYPE_FLOAT,
  TYPE_INTEGER,
  TYPE_STRING,
  TYPE_UNSIGNED,
} from './layout';
import { limit } from './limits';
import { reserve } from './memory';
import { integerRead, READ_INVALID, READ_OUT_OF_RANGE, readInteger, readUnsigned, SUFFIX_INTEGER, SUFFIX_UNSIGNED } from './number';
import { nameEnd, tokenEnd } from './scan';
import { dropCopies, lengthUnescaped, unescaped } from './series-key';
import { measureString, stringLength } from './strings';
import { noteUnknownField, unknownFieldsOfLine } from './unknown-fields';
import { isUtf8, nulOrEnd } from './utf8';

/**
 * A value of the line at hand; fields stand in an array of their own, as shapes.ts wants them:
 *
 *     0        8      12          16         20           24
 *     ├ number ┼ type ┼ textStart ┼ textEnd  ┼ textLength ┤
 *       u64      u32    u32         u32        u32
 *
 * `number` holds any value but a string bit for bit; a string is what stands between `textStart` and `textEnd`, `textLength`
 * bytes without its escapes.
 */
@unmanaged
export class LineValue {
  number: u64;
  type: u32;
  textStart: usize;
  textEnd: usize;
  textLength: u32;
}
const VALUE_BYTES: usize = 24;

let valuesAt: usize = 0;
/** Addresses (u32) of the fields of the values. */
export let valueFieldsAt: usize = 0;
export let valueCount: u32 = 0;

export function reserveLineValues(): void {
  valuesAt = reserve(<usize>(limit(LIMIT_FIELDS) + 1) * VALUE_BYTES);
  valueFieldsAt = reserve(<usize>(limit(LIMIT_FIELDS) + 1) << 2);
}

// @ts-ignore: decorator
@inline
export function valueAt(index: u32): LineValue {
  return changetype<LineValue>(valuesAt + (<usize>index) * VALUE_BYTES);
}

/** The field of a value. */
// @ts-ignore: decorator
@inline
export function fieldOf(index: u32): Field {
  return changetype<Field>(load<usize>(valueFieldsAt + ((<usize>index) << 2)));
}

/** The value read last. */
let value: LineValue = changetype<LineValue>(memory.data(24, 8));
let valueEnd: usize = 0;

/**
 * Reads the fields from `at` on.
 * @param measurement null when it is not defined; its unescaped name is given in any case
 * @returns what follows them: a space, a newline, or a carriage return before it; 0 when something is wrong
 */
export function readFields(at: usize, measurement: Measurement, name: usize, nameLength: u32): usize {
  dropCopies();
  valueCount = 0;
  conflictStart = 0;
  while (true) {
    const keyStop = nameEnd(at);
    if (keyStop == at) return <usize>fail(ERROR_MISSING_FIELD_KEY, at, at);
    if (load<u8>(keyStop) != EQUALS) return <usize>fail(ERROR_MISSING_FIELD_VALUE, at, keyStop);
    const key = readName(at, keyStop);
    if (key == 0) return 0;
    const keyLength = lengthUnescaped();
    if (!readValue(at, keyStop)) return 0;
    const field = changetype<usize>(measurement) == 0 ? changetype<Field>(0) : findField(measurement, key, keyLength);
    let type: u32;
    if (changetype<usize>(field) != 0) {
      type = field.type;
      keepValue(field);
    } else {
      type = noteUnknownField(measurement, name, nameLength, key, keyLength, value.type);
    }
    if (type != value.type && conflictStart == 0) noteConflict(at, keyStop, type);
    const fieldsMax = limit(LIMIT_FIELDS);
    if (valueCount + unknownFieldsOfLine() > fieldsMax) {
      return <usize>failLimit(ERROR_TOO_MANY_FIELDS, at, keyStop, fieldsMax, 0);
    }
    if (load<u8>(valueEnd) != COMMA) return valueEnd;
    at = valueEnd + 1;
  }
}

/** @returns the address of the unescaped name of a field, its length being in lengthUnescaped(), or 0 when it is not valid */
function readName(start: usize, end: usize): usize {
  const nul = nulOrEnd(start, end);
  if (nul != end) return <usize>fail(ERROR_NUL, start, end);
  if (!isUtf8(start, end)) return <usize>fail(ERROR_INVALID_UTF8, start, end);
  const name = unescaped(start, end, true);
  const nameMax = limit(LIMIT_NAME_BYTES);
  if (lengthUnescaped() <= nameMax) return name;
  return <usize>failLimit(ERROR_NAME_TOO_LONG, start, end, nameMax, lengthUnescaped());
}

/** The first field of the line at hand whose value is of another type than the field; 0 when there is none. */
let conflictStart: usize = 0;
let conflictEnd: usize = 0;
let conflictDefined: u32 = 0;
let conflictFound: u32 = 0;

function noteConflict(start: usize, end: usize, defined: u32): void {
  conflictStart = start;
  conflictEnd = end;
  conflictDefined = defined;
  conflictFound = value.type;
}

/**
 * Whether all values of the line are of their fields' types; else the failure is recorded. Asked last: what else is wrong with a
 * line must not depend on what happens to be defined.
 */
export function hasTypesDefined(): bool {
  if (conflictStart == 0) return true;
  return failLimit(ERROR_TYPE_CONFLICT, conflictStart, conflictEnd, conflictDefined, conflictFound);
}

/** Puts the value where the field's is to be. There is room for one more than the limit of fields. */
function keepValue(field: Field): void {
  const isThere = field.slot < valueCount && fieldOf(field.slot) == field;
  if (!isThere) {
    field.slot = valueCount++;
    store<u32>(valueFieldsAt + ((<usize>field.slot) << 2), <u32>changetype<usize>(field));
  }
  memory.copy(changetype<usize>(valueAt(field.slot)), changetype<usize>(value), VALUE_BYTES);
}

/** Reads the value behind the equals sign at `equals` into `value`. `keyStart` is where the field starts. */
function readValue(keyStart: usize, equals: usize): bool {
  const start = equals + 1;
  if (load<u8>(start) == QUOTE) return readString(start);
  const end = tokenEnd(start);
  valueEnd = end;
  if (end == start) return fail(ERROR_MISSING_FIELD_VALUE, keyStart, equals);
  const last = <u32>load<u8>(end - 1);
  const result = last == SUFFIX_INTEGER || last == SUFFIX_UNSIGNED ? readSuffixed(start, end - 1, last) : readPlain(start, end);
  if (result == READ_INVALID) return fail(ERROR_INVALID_VALUE, start, end);
  if (result == READ_OUT_OF_RANGE) return failLimit(ERROR_NUMBER_OUT_OF_RANGE, start, end, value.type, 0);
  return true;
}

function readSuffixed(start: usize, end: usize, suffix: u32): i32 {
  value.type = suffix == SUFFIX_INTEGER ? TYPE_INTEGER : TYPE_UNSIGNED;
  const result = suffix == SUFFIX_INTEGER ? readInteger(start, end) : readUnsigned(start, end);
  value.number = <u64>integerRead;
  return result;
}

/** A float or a boolean. */
function readPlain(start: usize, end: usize): i32 {
  const boolean = readBoolean(start, <u32>(end - start));
  if (boolean >= 0) {
    value.type = TYPE_BOOLEAN;
    value.number = boolean;
    return 0;
  }
  value.type = TYPE_FLOAT;
  const result = readFloat(start);
  value.number = reinterpret<u64>(floatRead);
  return result != READ_INVALID && floatEnd != end ? READ_INVALID : result;
}

/** @returns 1 or 0, or -1 when it is none of the spellings of a boolean */
function readBoolean(start: usize, length: u32): i32 {
  const word = load<u32>(start);
  const first = word & 0xff;
  if (length == 1) {
    if ((first | 0x20) == 0x74) return 1;
    return (first | 0x20) == 0x66 ? 0 : -1;
  }
  // true, True, TRUE
  if (length == 4) return word == 0x65757274 || word == 0x65757254 || word == 0x45555254 ? 1 : -1;
  if (length != 5) return -1;
  const lastByte = <u32>load<u8>(start, 4);
  // false, False, FALSE
  const lower = (word == 0x736c6166 || word == 0x736c6146) && lastByte == 0x65;
  return lower || (word == 0x534c4146 && lastByte == 0x45) ? 0 : -1;
}

/** Reads the string whose opening quote is at `start`. */
function readString(start: usize): bool {
  const close = measureString(start + 1, inputEnd);
  if (close == inputEnd) return fail(ERROR_UNTERMINATED_STRING, start, close);
  const end = tokenEnd(close + 1);
  valueEnd = end;
  if (end != close + 1) return fail(ERROR_INVALID_VALUE, start, end);
  value.type = TYPE_STRING;
  value.textStart = start + 1;
  value.textEnd = close;
  value.textLength = stringLength;
  const stringMax = limit(LIMIT_STRING_BYTES);
  if (stringLength > stringMax) return failLimit(ERROR_STRING_TOO_LONG, start, end, stringMax, stringLength);
  const nul = nulOrEnd(start, end);
  if (nul != end) return fail(ERROR_NUL, start, end);
  return isUtf8(start, end) || fail(ERROR_INVALID_UTF8, start, end);
}
