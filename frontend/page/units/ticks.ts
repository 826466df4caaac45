import type { UnitName } from '../../model/panel-spec.ts';
import { UNIT_SIZES } from './units.ts';

/** Where the ticks of a value axis are, in ascending order. */
export interface Ticks {
  readonly values: readonly number[];
  /** From one to the next; 0: they are not equally far apart. */
  readonly increment: number;
}

const DECIMAL_STEPS = [1, 2, 2.5, 5, 10];
const SECOND_STEPS = [
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3600),
];
const DAY_S = 86_400;
/** Steps of times on a logarithmic scale, where decades alone would be of no use: 1 s, 10 s, 1 min, 10 min … */
const SECOND_DECADES = [1, 10, 60, 600, 3600, 36_000, DAY_S];
/** So many decades have room for 2 and 5 in between when there is room for so many ticks. */
const TICKS_PER_DECADE = 3;
/** Ticks closer together than this part of their values can't be told apart. */
const PRECISION = 1e-12;

/** Ticks at even distances, of numbers that people of that unit find round. @param countMax at the most, at least 2 */
export function linearTicks(min: number, max: number, countMax: number, unit: UnitName): Ticks {
  const needed = max / countMax - min / countMax || Number.MIN_VALUE;
  const increment = roundIncrement(needed, unit);
  const first = Math.ceil(min / increment);
  const count = Math.floor(max / increment) - first + 1;
  const isPrecise = increment > Math.max(Math.abs(min), Math.abs(max)) * PRECISION;
  if (!isPrecise || !(count > 0)) {
    return { values: [min], increment: Math.abs(min) || 1 };
  }
  const values = Array.from({ length: count }, (_, index) => multiple(first + index, increment));
  return { values, increment };
}

/** Without the noise of binary fractions: 3 times 0.1 is 0.3. */
function multiple(count: number, increment: number): number {
  return Number((count * increment).toPrecision(15));
}

/** The smallest round number that is no smaller. */
function roundIncrement(needed: number, unit: UnitName): number {
  const kind = kindOf(unit);
  if (kind === 'binary' && needed > 1) return 2 ** Math.ceil(Math.log2(needed));
  if (kind === 'time') {
    const second = secondOf(unit);
    const seconds = needed / second;
    const step = seconds <= 1 ? undefined : SECOND_STEPS.find((candidate) => candidate >= seconds);
    if (step !== undefined) return step * second;
    if (seconds > 1) return roundDecimal(seconds / DAY_S) * DAY_S * second;
  }
  return roundDecimal(needed);
}

function roundDecimal(needed: number): number {
  const power = 10 ** Math.floor(Math.log10(needed));
  const step = DECIMAL_STEPS.find((candidate) => candidate * power >= needed) ?? 10;
  return Number((step * power).toPrecision(3));
}

/** Ticks on a logarithmic scale. @param min and max: above zero */
export function logTicks(min: number, max: number, countMax: number, unit: UnitName): Ticks {
  const candidates = logCandidates(min, max, countMax, unit);
  const inside = candidates.filter((value) => value >= min && value <= max);
  if (inside.length < 2) {
    const { values, increment } = linearTicks(min, max, countMax, unit);
    return { values: values.filter((value) => value > 0), increment };
  }
  const stride = Math.ceil(inside.length / countMax);
  return { values: inside.filter((_, index) => index % stride === 0), increment: 0 };
}

function logCandidates(min: number, max: number, countMax: number, unit: UnitName): number[] {
  const kind = kindOf(unit);
  if (kind === 'binary' && min >= 1) return powers(2, min, max);
  const decades = powers(10, min, max);
  if (kind === 'time') {
    const second = secondOf(unit);
    const below = decades.filter((value) => value < second);
    const days = powers(10, second * DAY_S, max)
      .map((_, power) => DAY_S * second * 10 ** (power + 1))
      .filter((value) => value <= max);
    return [...below, ...SECOND_DECADES.map((seconds) => seconds * second), ...days];
  }
  const hasRoom = decades.length * TICKS_PER_DECADE <= countMax + TICKS_PER_DECADE;
  const between = hasRoom ? [1, 2, 5] : [1];
  return decades.flatMap((decade) => between.map((factor) => multiple(factor, decade)));
}

/** Those of the base from one below min to one above max. */
function powers(base: number, min: number, max: number): number[] {
  const exponentOf = (value: number) => Math.log(value) / Math.log(base);
  const [from, to] = [Math.floor(exponentOf(min)), Math.ceil(exponentOf(max))];
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => base ** (from + index));
}

function kindOf(unit: UnitName): 'decimal' | 'binary' | 'time' {
  if (unit === 'date') return 'time';
  return unit === 'none' ? 'decimal' : UNIT_SIZES[unit].ticks;
}

function secondOf(unit: UnitName): number {
  return unit === 'milliseconds' ? 1000 : 1;
}
