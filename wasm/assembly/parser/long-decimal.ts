/**
 * Decimals that their first 19 digits don't decide: compared, exactly, with the point halfway between the two doubles that are
 * left (after William Clinger, "How to Read Floating Point Numbers Accurately", 1990). Both sides are made whole numbers first:
 *
 *     digits · 10^power  <>  (2 · mantissa + 1) · 2^exponent
 *
 * The powers of five go to the side where they multiply, and so does the difference of the powers of two.
 */
import { POINT, ZERO } from './bytes';

/**
 * A whole number without a sign:
 *
 *     0       4       8
 *     ├ count ┼ limbs ┤ u32 each, the lowest limb first
 *
 * The longest is half a subnormal times 5^1093: 2,593 bits. As both sides are nearly equal, the other is no longer.
 */
const LIMBS_MAX: usize = 96;
const BIG_BYTES: usize = 4 + LIMBS_MAX * 4;
const decimal: usize = memory.data(BIG_BYTES, 8);
const halfway: usize = memory.data(BIG_BYTES, 8);

/** No point halfway between doubles has more digits; of further ones it only counts whether there is any but 0. */
const DIGITS_MAX: u32 = 768;
/** As many digits are taken at once as a limb can hold. */
const GROUP_MAX: u32 = 100_000_000;
/** 5 to the power 0 to 13, which is the greatest in a limb. */
const POWERS_OF_FIVE: usize = memory.data<u32>([
  1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625, 1220703125,
]);
const POWER_MAX: i32 = 13;

const MANTISSA_BITS: i32 = 52;
const MANTISSA_MASK: u64 = 0x000fffffffffffff;
/** What the exponent field of a double must be for its mantissa to count whole ones. */
const EXPONENT_WHOLE: i32 = 1075;

/**
 * Rounds the decimal from `start` to `end`, digits with perhaps a point in them, times ten to the `power`.
 * @param lower the greatest double that is not greater
 * @returns it or the next, whichever is nearer; the even one when both are as near
 */
export function roundLongDecimal(start: usize, end: usize, power: i32, lower: f64): f64 {
  const bits = reinterpret<u64>(lower);
  const field = <i32>(bits >> MANTISSA_BITS);
  // Those below the normal ones have no bit more than is written, and the exponent of the least normal ones.
  const mantissa = (bits & MANTISSA_MASK) | (<u64>(field != 0) << MANTISSA_BITS);
  const exponent = max(field, 1) - EXPONENT_WHOLE - 1;
  power += readDecimal(start, end);
  setNumber(halfway, 2 * mantissa + 1);
  if (power > 0) multiplyByPowerOfFive(decimal, power);
  else multiplyByPowerOfFive(halfway, -power);
  if (power > exponent) shiftLeft(decimal, power - exponent);
  else shiftLeft(halfway, exponent - power);
  const order = compare(decimal, halfway);
  const isUp = order > 0 || (order == 0 && (bits & 1) != 0);
  return reinterpret<f64>(bits + <u64>isUp);
}

/** Reads the digits into `decimal`. @returns the power of ten that it is to be multiplied by */
function readDecimal(start: usize, end: usize): i32 {
  setNumber(decimal, 0);
  let power = 0;
  let digits: u32 = 0;
  let group: u32 = 0;
  let scale: u32 = 1;
  let isFraction = false;
  let isMore = false;
  for (let at = start; at < end; at++) {
    const byte = <u32>load<u8>(at);
    if (byte == POINT) {
      isFraction = true;
      continue;
    }
    const isTaken = digits < DIGITS_MAX;
    if (isTaken) {
      if (scale == GROUP_MAX) {
        multiplyAdd(decimal, scale, group);
        group = 0;
        scale = 1;
      }
      group = group * 10 + (byte - ZERO);
      scale *= 10;
      if (digits > 0 || byte != ZERO) digits++;
    } else if (byte != ZERO) {
      isMore = true;
    }
    power += <i32>!isTaken - <i32>isFraction;
  }
  multiplyAdd(decimal, scale, group);
  if (!isMore) return power;
  // Any digit behind those taken does: nothing halfway between doubles lies between them.
  multiplyAdd(decimal, 10, 1);
  return power - 1;
}

// @ts-ignore: decorator
@inline
function countOf(big: usize): u32 {
  return load<u32>(big);
}

// @ts-ignore: decorator
@inline
function limbAt(big: usize, index: u32): usize {
  return big + 4 + ((<usize>index) << 2);
}

function append(big: usize, limb: u32): void {
  const count = countOf(big);
  store<u32>(limbAt(big, count), limb);
  store<u32>(big, count + 1);
}

function setNumber(big: usize, number: u64): void {
  store<u32>(big, 0);
  for (; number != 0; number >>= 32) append(big, <u32>number);
}

/** big · factor + addend */
function multiplyAdd(big: usize, factor: u32, addend: u32): void {
  let carry = <u64>addend;
  for (let i: u32 = 0; i < countOf(big); i++) {
    carry += <u64>load<u32>(limbAt(big, i)) * factor;
    store<u32>(limbAt(big, i), <u32>carry);
    carry >>= 32;
  }
  if (carry != 0) append(big, <u32>carry);
}

function multiplyByPowerOfFive(big: usize, power: i32): void {
  for (; power > 0; power -= POWER_MAX) {
    multiplyAdd(big, load<u32>(POWERS_OF_FIVE + ((<usize>min(power, POWER_MAX)) << 2)), 0);
  }
}

function shiftLeft(big: usize, bits: u32): void {
  const limbs = bits >> 5;
  const count = countOf(big);
  memory.copy(limbAt(big, limbs), limbAt(big, 0), <usize>count << 2);
  memory.fill(limbAt(big, 0), 0, <usize>limbs << 2);
  store<u32>(big, count + limbs);
  multiplyAdd(big, <u32>1 << (bits & 31), 0);
}

/** @returns negative, 0 or positive */
function compare(a: usize, b: usize): i32 {
  if (countOf(a) != countOf(b)) return <i32>countOf(a) - <i32>countOf(b);
  for (let i = countOf(a); i > 0; i--) {
    const limbA = load<u32>(limbAt(a, i - 1));
    const limbB = load<u32>(limbAt(b, i - 1));
    if (limbA != limbB) return limbA < limbB ? -1 : 1;
  }
  return 0;
}
