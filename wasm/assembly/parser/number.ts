/**
 * Decimal digits, eight at a time: a word of text is turned into a number by three multiplications (the "SWAR" method that
 * Johnny Lee and Daniel Lemire described), and where the digits end is the first byte that is none.
 */
import { CARRIAGE_RETURN, MINUS, NEWLINE, SPACE, ZERO } from './bytes';

/** i */
export const SUFFIX_INTEGER: u32 = 0x69;
/** u */
export const SUFFIX_UNSIGNED: u32 = 0x75;

const I64_MAX: u64 = 0x7fffffffffffffff;
/** A uint64 has at most 20 digits; 19 always fit. */
const DIGITS_FITTING: u32 = 19;

/** Digits to their values; every byte that was no digit has a value above 9. */
// @ts-ignore: decorator
@inline
export function digitValues(at: usize): u64 {
  return load<u64>(at) ^ 0x3030303030303030;
}

/**
 * The high bit of every byte that is no digit. (Adding 0x76 carries into it for 10 and above. Only a byte above ASCII carries
 * further, so what stands before such a byte is right.)
 */
// @ts-ignore: decorator
@inline
export function nonDigits(values: u64): u64 {
  return ((values + 0x7676767676767676) | values) & 0x8080808080808080;
}

/** How many digits the word starts with, 0 to 8. */
// @ts-ignore: decorator
@inline
export function digitCount(values: u64): u32 {
  return <u32>(ctz(nonDigits(values)) >> 3);
}

/** The number that the first `count` (1 to 8) digits write. */
// @ts-ignore: decorator
@inline
export function digitsNumber(values: u64, count: u32): u64 {
  // Shifted up, so that zeros stand before the digits.
  let number = values << (64 - count * 8);
  number = (number * 10 + (number >> 8)) & 0x00ff00ff00ff00ff;
  number = (number * 100 + (number >> 16)) & 0x0000ffff0000ffff;
  return (number * 10000 + (number >> 32)) & 0xffffffff;
}

/** 10 to the power 0 to 19. */
const POWERS_OF_TEN: usize = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
  10000000000000000000,
]);

// @ts-ignore: decorator
@inline
export function powerOfTen(exponent: u32): u64 {
  return load<u64>(POWERS_OF_TEN + ((<usize>exponent) << 3));
}

/** What `readDigits` read. */
export let digitsRead: u64 = 0;
/** Whether it was more than a uint64 can hold. */
export let digitsOverflowed: bool = false;

/**
 * Reads digits, as many as there are, into `digitsRead`.
 * @returns the first byte that is none, which is `at` when there is no digit
 */
export function readDigits(at: usize): usize {
  while (load<u8>(at) == ZERO && isDigit(at + 1)) at++;
  const start = at;
  let number: u64 = 0;
  digitsOverflowed = false;
  while (true) {
    const values = digitValues(at);
    const count = digitCount(values);
    if (count == 0) break;
    const group = digitsNumber(values, count);
    const total = <u32>(at - start) + count;
    if (total > DIGITS_FITTING) {
      digitsOverflowed = digitsOverflowed || total > DIGITS_FITTING + 1 || !fitsAppended(number, group, count);
    }
    number = number * powerOfTen(count) + group;
    at += count;
    if (count < 8) break;
  }
  digitsRead = number;
  return at;
}

/** Whether `number` with `count` digits more, which write `group`, is a uint64. */
function fitsAppended(number: u64, group: u64, count: u32): bool {
  const power = powerOfTen(count);
  return number < u64.MAX_VALUE / power || (number == u64.MAX_VALUE / power && group <= u64.MAX_VALUE % power);
}

// @ts-ignore: decorator
@inline
export function isDigit(at: usize): bool {
  return <u32>load<u8>(at) - ZERO < 10;
}

/**
 * Reads an integer of up to 7 digits without a sign, and its suffix, as nearly all are. (A sign handled here, by adding it to the
 * address, would make every field wait for one load more.)
 * @param target where the int64 goes
 * @returns the byte behind it, or 0 when it is written otherwise
 */
// @ts-ignore: decorator
@inline
export function readShortInteger(at: usize, target: usize): usize {
  const values = digitValues(at);
  const count = digitCount(values);
  if (count - 1 > 6 || load<u8>(at + count) != SUFFIX_INTEGER) return 0;
  store<u64>(target, digitsNumber(values, count));
  return at + count + 1;
}

/**
 * Reads a timestamp without a sign.
 * @param max the greatest that doesn't overflow nanoseconds once multiplied
 * @returns the byte behind it, the number being in `digitsRead`; or 0 when there is none, or it is greater
 */
// @ts-ignore: decorator
@inline
export function readShortTimestamp(at: usize, max: u64): usize {
  const values = digitValues(at);
  const count = digitCount(values);
  if (count < 8) {
    if (count == 0) return 0;
    digitsRead = digitsNumber(values, count);
    return digitsRead > max ? 0 : at + count;
  }
  const moreValues = digitValues(at + 8);
  const more = digitCount(moreValues);
  let number = digitsNumber(values, 8);
  if (more > 0) number = number * powerOfTen(more) + digitsNumber(moreValues, more);
  at += 8 + more;
  if (more == 8) {
    const lastValues = digitValues(at);
    const last = digitCount(lastValues);
    if (last > 3) return 0;
    if (last > 0) number = number * powerOfTen(last) + digitsNumber(lastValues, last);
    at += last;
  }
  digitsRead = number;
  return number > max ? 0 : at;
}

/** What became of a value or a timestamp that was read. */
export const READ_OK: i32 = 0;
export const READ_INVALID: i32 = 1;
export const READ_OUT_OF_RANGE: i32 = 2;

/** Result of the readers below: the int64, or the uint64 bit for bit. */
export let integerRead: i64 = 0;

/** Reads a token that is to be digits and perhaps a minus, as an int64. */
export function readInteger(start: usize, end: usize): i32 {
  const negative = load<u8>(start) == MINUS;
  const first = start + <usize>negative;
  if (!isDigit(first) || readDigits(first) != end) return READ_INVALID;
  const limit = negative ? I64_MAX + 1 : I64_MAX;
  if (digitsOverflowed || digitsRead > limit) return READ_OUT_OF_RANGE;
  integerRead = negative ? -(<i64>digitsRead) : <i64>digitsRead;
  return READ_OK;
}

/** Reads a token that is to be digits, as a uint64. */
export function readUnsigned(start: usize, end: usize): i32 {
  if (!isDigit(start) || readDigits(start) != end) return READ_INVALID;
  if (digitsOverflowed) return READ_OUT_OF_RANGE;
  integerRead = <i64>digitsRead;
  return READ_OK;
}
