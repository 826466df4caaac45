/**
 * The rest of a line behind its series key when it is as expected: the fields of a shape in their order, values in their usual
 * form, a timestamp, a newline. Values go straight to the next row of the block. Anything unexpected gives 0, and the line is
 * read again from the start of its fields by line-values.ts; so nothing here has to tell what is wrong.
 */
import { bytesEqual, COMMA, MINUS, QUOTE, SPACE } from './bytes';
import { Block, columnAt, setTextEnd, textUsed } from './blocks';
import { floatEnd, floatRead, readFloat, readMiddleFloat, readShortFloat, readSplitFloat } from './float';
import { COLUMN_TEXT, COLUMN_TEXT_MAX, COLUMN_VALUES, LIMIT_STRING_BYTES, TYPE_BOOLEAN, TYPE_FLOAT, TYPE_INTEGER, TYPE_STRING } from './layout';
import { limit } from './limits';
import { digitsOverflowed, digitsRead, integerRead, READ_OK, readDigits, readInteger, readShortInteger, readUnsigned, SUFFIX_INTEGER, SUFFIX_UNSIGNED } from './number';
import { EXPECTED_BYTES, EXPECTED_COLUMN, EXPECTED_LENGTH, EXPECTED_MASK, EXPECTED_TEXT, EXPECTED_TYPE, Shape } from './shapes';
import { tokenEnd } from './scan';
import { copyShortString } from './strings';
import { readShortTime } from './timestamps';

/** Bytes of strings in the line read last. */
export let expectedTextBytes: u32 = 0;

/** @returns the newline, the time being in `lineTime`; or 0 */
export function readExpected(at: usize, shape: Shape, block: Block): usize {
  const row = block.rows;
  const columns = block.columns;
  let field = shape.fields;
  const end = field + <usize>shape.fieldCount * EXPECTED_BYTES;
  expectedTextBytes = 0;
  while (true) {
    const length = load<u32>(field, EXPECTED_LENGTH);
    const same = i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(field)));
    const mask = load<i32>(field, EXPECTED_MASK);
    if ((same & mask) != mask) return 0;
    if (length > 16 && !bytesEqual(at + 16, load<usize>(field, EXPECTED_TEXT) + 16, length - 16)) return 0;
    const column = columns + ((<usize>load<u16>(field, EXPECTED_COLUMN)) << 4);
    at = readExpectedValue(at + length, load<u8>(field, EXPECTED_TYPE), column, row);
    if (at == 0) return 0;
    field += EXPECTED_BYTES;
    if (field == end) return readShortTime(at);
    if (load<u8>(at++) != COMMA) return 0;
  }
}

/** Reads a value into a column at `row`. @returns the byte behind it, or 0 */
// @ts-ignore: decorator
@inline
function readExpectedValue(at: usize, type: u32, column: usize, row: u32): usize {
  const values = load<usize>(column, COLUMN_VALUES);
  const target = values + ((<usize>row) << 3);
  if (type == TYPE_INTEGER) {
    const after = readShortInteger(at, target);
    return after != 0 ? after : readLongInteger(at, target);
  }
  if (type == TYPE_FLOAT) {
    const after = readShortFloat(at, target);
    return after != 0 && isValueEnd(after) ? after : readAnyFloat(at, target);
  }
  if (type == TYPE_BOOLEAN) return readShortBoolean(at, values + row);
  return type == TYPE_STRING ? readString(at, column, row) : readUnsignedTo(at, target);
}

function readLongInteger(at: usize, target: usize): usize {
  if (load<u8>(at) == MINUS) {
    const after = readShortInteger(at + 1, target);
    if (after != 0) {
      store<i64>(target, -load<i64>(target));
      return after;
    }
  }
  const end = tokenEnd(at) - 1;
  if (end <= at || load<u8>(end) != SUFFIX_INTEGER || readInteger(at, end) != READ_OK) return 0;
  store<i64>(target, integerRead);
  return end + 1;
}

function readUnsignedTo(at: usize, target: usize): usize {
  const end = readDigits(at);
  if (end == at || digitsOverflowed || load<u8>(end) != SUFFIX_UNSIGNED) return 0;
  store<u64>(target, digitsRead);
  return end + 1;
}

// @ts-ignore: decorator
@inline
function isValueEnd(at: usize): bool {
  const byte = load<u8>(at);
  return byte == COMMA || byte <= SPACE;
}

function readAnyFloat(at: usize, target: usize): usize {
  let after = readSplitFloat(at, target);
  if (after == 0) after = readMiddleFloat(at, target);
  if (after != 0 && isValueEnd(after)) return after;
  if (readFloat(at) != READ_OK) return 0;
  store<f64>(target, floatRead);
  return floatEnd;
}

/** A boolean of one letter, or `true` or `false`. */
function readShortBoolean(at: usize, target: usize): usize {
  const word = load<u32>(at);
  const letter = word | 0x20;
  const isTrue = (letter & 0xff) == 0x74;
  if (!isTrue && (letter & 0xff) != 0x66) return 0;
  store<u8>(target, <u8>isTrue);
  const next = (word >> 8) & 0xff;
  if (next == COMMA || next <= SPACE) return at + 1;
  if (word == 0x65757274) return at + 4;
  return word == 0x736c6166 && load<u8>(at, 4) == 0x65 ? at + 5 : 0;
}

function readString(at: usize, column: usize, row: u32): usize {
  if (load<u8>(at) != QUOTE) return 0;
  const text = load<usize>(column, COLUMN_TEXT);
  const used = textUsed(column, row);
  const target = text + used;
  const close = copyShortString(at + 1, target, text + load<u32>(column, COLUMN_TEXT_MAX));
  if (close == 0) return 0;
  const length = <u32>(close - at - 1);
  if (length > limit(LIMIT_STRING_BYTES)) return 0;
  setTextEnd(column, row, used + length);
  expectedTextBytes += length;
  return close + 1;
}
