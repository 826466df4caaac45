/**
 * Correctly rounded decimal to binary64. Three ways, the cheapest that can decide:
 *
 * 1. Up to 15 digits and a power of ten up to 22: both are exact doubles, so one multiplication or division rounds correctly
 *    (William Clinger, "How to Read Floating Point Numbers Accurately", 1990).
 * 2. The product with a 128-bit approximation of the power (Daniel Lemire, "Number Parsing at a Gigabyte per Second", 2021;
 *    Noble Mushtak and Daniel Lemire, "Fast Number Parsing Without Fallback", 2023).
 * 3. More than 19 digits whose rest could change the rounding: whole numbers of any length (long-decimal.ts).
 */
import { MINUS, PLUS, POINT, ZERO } from './bytes';
import { POWER_MAX, POWER_MIN, POWERS_OF_FIVE } from './generated/powers-of-five';
import { roundLongDecimal } from './long-decimal';
import { digitCount, digitsNumber, digitValues, isDigit, nonDigits, powerOfTen, READ_INVALID, READ_OK, READ_OUT_OF_RANGE } from './number';

/** 10 to the power 0 to 22, as doubles exact. */
const EXACT_POWERS: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]);
const EXACT_POWER_MAX: i32 = 22;
const EXACT_INTEGER_MAX: u64 = 1 << 53;

/** A uint64 holds any 19 digits. */
const SIGNIFICANT_DIGITS_MAX: u32 = 19;
/** Longer exponents are cut: no line has as many digits as would bring such a number back into range. */
const EXPONENT_MAX: i32 = 100_000_000;

const MANTISSA_BITS: i32 = 52;
const EXPONENT_BIAS: i32 = 1023;
const EXPONENT_INFINITE: i32 = 0x7ff;

/**
 * Reads a float of up to 7 characters without a sign and what ends it, all in one word, as most are: the point is squeezed out of
 * the digits. (Two words, one for each side of the point, would be two loads that wait for each other.)
 * @param target where the binary64 goes
 * @returns the byte behind it, or 0 when it is written otherwise
 */
// @ts-ignore: decorator
@inline
export function readShortFloat(at: usize, target: usize): usize {
  const values = digitValues(at);
  const others = nonDigits(values);
  const whole = ctz(others) & ~7;
  if (load<u8>(at + <usize>(whole >> 3)) != POINT) return readWhole(at, target, values, <u32>(whole >> 3));
  const beyond = others & (others - 1);
  if (beyond == 0 || whole == 0) return 0;
  const length = <u32>(ctz(beyond) >> 3);
  const wholeMask = ((<u64>1) << whole) - 1;
  const number = digitsNumber((values & wholeMask) | ((values >> 8) & ~wholeMask), length - 1);
  const fraction = <usize>(length - 1) - <usize>(whole >> 3);
  store<f64>(target, <f64>(<i64>number) / load<f64>(EXACT_POWERS + (fraction << 3)));
  return at + length;
}

/** A float without a point. */
// @ts-ignore: decorator
@inline
function readWhole(at: usize, target: usize, values: u64, count: u32): usize {
  if (count - 1 > 6) return 0;
  store<f64>(target, <f64>(<i64>digitsNumber(values, count)));
  return at + count;
}

/**
 * Reads a float of up to 7 digits before and up to 7 behind the point.
 * @param target where the binary64 goes
 * @returns the byte behind it, or 0 when it is written otherwise
 */
export function readSplitFloat(at: usize, target: usize): usize {
  const negative = load<u8>(at) == MINUS;
  at += <usize>negative;
  const values = digitValues(at);
  const count = digitCount(values);
  const fractionValues = digitValues(at + count + 1);
  const fraction = digitCount(fractionValues);
  if (count - 1 > 6 || fraction - 1 > 6 || load<u8>(at + count) != POINT) return 0;
  const number = digitsNumber(values, count) * powerOfTen(fraction) + digitsNumber(fractionValues, fraction);
  const value = <f64>(<i64>number) / load<f64>(EXACT_POWERS + ((<usize>fraction) << 3));
  store<f64>(target, negative ? -value : value);
  return at + count + 1 + fraction;
}

/**
 * Reads a float of up to 7 digits before and 8 to 16 behind the point, 19 in all: computed values as programs print them.
 * @param target where the binary64 goes
 * @returns the byte behind it, or 0 when it is written otherwise
 */
export function readMiddleFloat(at: usize, target: usize): usize {
  const negative = load<u8>(at) == MINUS;
  at += <usize>negative;
  const values = digitValues(at);
  const count = digitCount(values);
  if (count - 1 > 6 || load<u8>(at + count) != POINT) return 0;
  at += count + 1;
  const fractionValues = digitValues(at);
  const restValues = digitValues(at + 8);
  const rest = digitCount(restValues);
  if (digitCount(fractionValues) < 8 || count + 8 + rest > SIGNIFICANT_DIGITS_MAX || isDigit(at + 8 + rest)) return 0;
  let digits = digitsNumber(values, count) * 100_000_000 + digitsNumber(fractionValues, 8);
  if (rest > 0) digits = digits * powerOfTen(rest) + digitsNumber(restValues, rest);
  const value = toBinary(digits, -8 - <i32>rest);
  store<f64>(target, negative ? -value : value);
  return at + 8 + rest;
}

/** Results of `readFloat`: the value, and the byte behind it. */
export let floatRead: f64 = 0;
export let floatEnd: usize = 0;

/** The digits read so far: the first 19 of them as a number, and what became of the others. */
let number: u64 = 0;
let significant: u32 = 0;
let skipped: u32 = 0;
let skippedNonZero: bool = false;

/** Reads a decimal number, with or without point and exponent. */
export function readFloat(start: usize): i32 {
  const negative = load<u8>(start) == MINUS;
  const wholeStart = start + <usize>negative;
  number = 0;
  significant = 0;
  skipped = 0;
  skippedNonZero = false;
  let at = takeDigits(wholeStart);
  let digits = <u32>(at - wholeStart);
  let exponent = <i32>skipped;
  if (load<u8>(at) == POINT) {
    const fractionStart = at + 1;
    skipped = 0;
    at = takeDigits(fractionStart);
    const fraction = <u32>(at - fractionStart);
    digits += fraction;
    exponent -= <i32>(fraction - skipped);
  }
  if (digits == 0) return READ_INVALID;
  const digitsEnd = at;
  exponentRead = 0;
  if ((load<u8>(at) | 0x20) == 0x65) {
    at = readExponent(at + 1);
    if (at == 0) return READ_INVALID;
    exponent += exponentRead;
  }
  floatEnd = at;
  let value = toBinary(number, exponent);
  // What was skipped lies between this number and the next: when both round to the same, so does the true value.
  if (skippedNonZero && value != toBinary(number + 1, exponent)) {
    value = roundLongDecimal(wholeStart, digitsEnd, exponentRead, value);
  }
  floatRead = negative ? -value : value;
  return value == Infinity ? READ_OUT_OF_RANGE : READ_OK;
}

/** Takes digits into `number`, as long as they fit, and skips the others. @returns the first byte that is none */
function takeDigits(at: usize): usize {
  while (true) {
    const values = digitValues(at);
    const count = digitCount(values);
    if (count == 0) return at;
    if (significant + count > SIGNIFICANT_DIGITS_MAX) return takeSingleDigits(at);
    // Zeros at the front are none of the significant digits, of which all 19 are needed to tell two neighbours apart.
    significant += number != 0 ? count : count - min(count, <u32>(ctz(values) >> 3));
    number = number * powerOfTen(count) + digitsNumber(values, count);
    at += count;
    if (count < 8) return at;
  }
}

function takeSingleDigits(at: usize): usize {
  for (; isDigit(at); at++) {
    const digit = <u64>load<u8>(at) - ZERO;
    if (significant < SIGNIFICANT_DIGITS_MAX) {
      number = number * 10 + digit;
      significant++;
    } else {
      skipped++;
      if (digit != 0) skippedNonZero = true;
    }
  }
  return at;
}

let exponentRead: i32 = 0;

/** @returns the byte behind the exponent whose sign or first digit is at `at`, or 0 when it has no digit */
function readExponent(at: usize): usize {
  const sign = load<u8>(at);
  if (sign == MINUS || sign == PLUS) at++;
  if (!isDigit(at)) return 0;
  let exponent = 0;
  for (; isDigit(at); at++) {
    if (exponent < EXPONENT_MAX) exponent = exponent * 10 + <i32>(load<u8>(at) - ZERO);
  }
  exponentRead = sign == MINUS ? -exponent : exponent;
  return at;
}

/** `number` · 10^`exponent`, correctly rounded; infinite when it is too great. */
function toBinary(number: u64, exponent: i32): f64 {
  if (number <= EXACT_INTEGER_MAX && abs(exponent) <= EXACT_POWER_MAX) {
    const power = load<f64>(EXACT_POWERS + ((<usize>abs(exponent)) << 3));
    return exponent < 0 ? <f64>number / power : <f64>number * power;
  }
  if (number == 0 || exponent < POWER_MIN) return 0;
  if (exponent > POWER_MAX) return Infinity;
  return roundProduct(number, exponent);
}

/** Low word of what `multiply` computed. */
let productLow: u64 = 0;

/** High word of the 128-bit product; the low one is in `productLow`. */
// @ts-ignore: decorator
@inline
function multiply(a: u64, b: u64): u64 {
  const highA = a >> 32;
  const lowA = a & 0xffffffff;
  const highB = b >> 32;
  const lowB = b & 0xffffffff;
  const low = lowA * lowB;
  const middle = highA * lowB + (low >> 32);
  const carried = lowA * highB + (middle & 0xffffffff);
  productLow = (carried << 32) | (low & 0xffffffff);
  return highA * highB + (middle >> 32) + (carried >> 32);
}

/** The second way. `number` is not 0, `exponent` from POWER_MIN to POWER_MAX. */
function roundProduct(number: u64, exponent: i32): f64 {
  const leading = clz(number);
  const normalized = number << leading;
  const entry = POWERS_OF_FIVE + ((<usize>(exponent - POWER_MIN)) << 4);
  let high = multiply(normalized, load<u64>(entry));
  let low = productLow;
  // The 9 bits below the ones that are kept decide the rounding; all ones, and the rest of the power may carry into them.
  if ((high & 0x1ff) == 0x1ff) {
    const correction = multiply(normalized, load<u64>(entry, 8));
    low += correction;
    if (low < correction) high++;
  }
  const upper = <i32>(high >> 63);
  let mantissa = high >> (upper + 9);
  // 217706 / 65536 approximates log2(10) well enough for every exponent in the table.
  let biased = ((217706 * exponent) >> 16) + 63 + upper - <i32>leading + EXPONENT_BIAS;
  if (biased <= 0) return subnormal(mantissa, biased);

  // Exactly between two doubles, which only small powers can bring about: to the even one.
  const halfway = low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1;
  if (halfway && (mantissa << (upper + 9)) == high) mantissa &= ~(<u64>1);
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >= <u64>1 << (MANTISSA_BITS + 1)) {
    mantissa = <u64>1 << MANTISSA_BITS;
    biased++;
  }
  if (biased >= EXPONENT_INFINITE) return Infinity;
  return reinterpret<f64>((mantissa & ~(<u64>1 << MANTISSA_BITS)) | ((<u64>biased) << MANTISSA_BITS));
}

/** A number below the normal ones: fewer bits are kept, the exponent field is 0 (or 1, when rounding makes it normal). */
function subnormal(mantissa: u64, biased: i32): f64 {
  if (biased <= -63) return 0;
  const kept = mantissa >> (1 - biased);
  return reinterpret<f64>((kept + (kept & 1)) >> 1);
}
