import type { UnitName } from '../../model/panel-spec.ts';
import { formatTicks, formatTime, formatTimeTicks, formatValue } from '../format.ts';
import { UNIT_SIZES, type UnitSize, type UnitSizes } from './units.ts';

/** Of values in a unit with several sizes: more would be in a smaller one. */
const SCALED_DIGITS = 4;
/** Of units with one size, from 1 on: more would say more than most measurements know. */
const PLAIN_DECIMALS = 2;
/** Below 1. */
const PLAIN_DIGITS = 3;
/** Of a value at a glance that has no unit. */
const GLANCE_DIGITS = 5;
/** More of them than this are told without a rest, as "5 min 12 s" has one. */
const WITH_REST_MAX = 1000;
/** Further from 1970, JavaScript knows no dates. */
const DATE_MAX_MS = 8.64e15;
/** Dates are told with their year: nothing is of the same year as this. */
const ANOTHER_YEAR_MS = Date.UTC(1, 0);
const DAY_S = 86_400;
/** Ticks further apart are dates with years. */
const YEARS_S = 25 * DAY_S;
/** All ticks of an axis are told in the largest size of which the largest tick is so many. */
const SIZE_COUNT_MIN = 10;
const DECIMALS_MAX = 9;
/** How far rounding may move a tick, in distances from one to the next. */
const TICK_ERROR_MAX = 1 / 20;

/** A value with its unit, short enough for a cell: "1.43 GiB", "5 min 12 s", "73.48 %". */
export function formatQuantity(value: number, unit: UnitName): string {
  if (unit === 'none' || !Number.isFinite(value)) return formatValue(value);
  if (unit === 'date') return formatDate(value);
  const sizes = UNIT_SIZES[unit];
  if (value === 0) return `0${sizes.zeroSuffix}`;
  return (value < 0 ? '-' : '') + formatPositive(Math.abs(value), sizes);
}

/** The same with no more digits than are read from afar, whatever the unit. */
export function formatGlance(value: number, unit: UnitName): string {
  if (unit !== 'none' || Number.isInteger(value) || !Number.isFinite(value)) {
    return formatQuantity(value, unit);
  }
  const isShort = Math.abs(value) < 10 ** GLANCE_DIGITS;
  return formatValue(isShort ? Number(value.toPrecision(GLANCE_DIGITS)) : Math.round(value));
}

function formatDate(epochS: number): string {
  const timeMs = epochS * 1000;
  return Math.abs(timeMs) > DATE_MAX_MS ? formatValue(epochS) : formatTime(timeMs, ANOTHER_YEAR_MS);
}

function formatPositive(value: number, { sizes }: UnitSizes): string {
  const index = sizes.findLastIndex(({ factor }) => value >= factor);
  const size = (sizes[index] ?? sizes[0]) as UnitSize;
  const next = index < 0 ? undefined : sizes[index + 1];
  const { rest } = size;
  const rounded = rest
    ? Math.round(value / rest.factor) * rest.factor
    : roundCount(value / size.factor, sizes) * size.factor;
  // What is rounded up to the next size is told in that.
  if (next && rounded >= next.factor) return `1${next.suffix}`;
  if (rest && value < size.factor * WITH_REST_MAX) return formatWithRest(value, size, rest);
  return formatValue(roundCount(value / size.factor, sizes)) + size.suffix;
}

function roundCount(count: number, sizes: readonly UnitSize[]): number {
  if (sizes.length > 1) return Number(count.toPrecision(SCALED_DIGITS));
  if (count < 1) return Number(count.toPrecision(PLAIN_DIGITS));
  // 99.996 % are not 100 %: what is missing keeps two digits.
  const missing = 100 - count;
  const decimals = missing > 0 && missing < 1 ? 1 + Math.ceil(-Math.log10(missing)) : 0;
  return Number(count.toFixed(Math.min(DECIMALS_MAX, Math.max(PLAIN_DECIMALS, decimals))));
}

function formatWithRest(value: number, size: UnitSize, rest: UnitSize): string {
  const restsPerCount = Math.round(size.factor / rest.factor);
  const rests = Math.round(value / rest.factor);
  const left = rests % restsPerCount;
  const whole = `${Math.floor(rests / restsPerCount)}${size.suffix}`;
  return left === 0 ? whole : `${whole} ${left}${rest.suffix}`;
}

/** The values at the ticks of an axis, all in one size, and with the decimals that tell them apart. */
export function formatQuantityTicks(
  values: readonly number[],
  increment: number,
  unit: UnitName,
): string[] {
  if (unit === 'none') return formatTicks(values, increment);
  if (unit === 'date') return formatDateTicks(values, increment);
  const { sizes, zeroSuffix } = UNIT_SIZES[unit];
  const { factor, suffix } = sizeOfTicks(values, sizes);
  const counts = values.map((value) => value / factor);
  const decimals = decimalsOf(counts, increment / factor);
  const texts =
    decimals === undefined
      ? formatTicks(counts, increment / factor)
      : counts.map((count) => count.toFixed(decimals));
  return texts.map((text, index) => (values[index] === 0 ? `0${zeroSuffix}` : text + suffix));
}

function formatDateTicks(values: readonly number[], increment: number): string[] {
  if (increment < 1 || values.some((value) => Math.abs(value * 1000) > DATE_MAX_MS)) {
    return formatTicks(values, increment);
  }
  if (increment < YEARS_S) {
    return formatTimeTicks(
      values.map((value) => value * 1000),
      increment * 1000,
    );
  }
  return values.map((value) => formatDate(value).split(',')[0] ?? '');
}

function sizeOfTicks(values: readonly number[], sizes: readonly UnitSize[]): UnitSize {
  const largest = Math.max(...values.map(Math.abs));
  const fits = ({ factor }: UnitSize) =>
    largest >= factor * SIZE_COUNT_MIN ||
    (largest >= factor && values.every((value) => Number.isInteger(value / factor)));
  return (sizes.findLast(fits) ?? sizes[0]) as UnitSize;
}

/** The fewest that tell the ticks; undefined: an exponent must. */
function decimalsOf(counts: readonly number[], increment: number): number | undefined {
  const largest = Math.max(...counts.map(Math.abs));
  if (largest >= 1e9) return undefined;
  for (let decimals = 0; decimals <= DECIMALS_MAX; decimals++) {
    const isExact = (count: number) =>
      Math.abs(Number(count.toFixed(decimals)) - count) <= increment * TICK_ERROR_MAX;
    if (counts.every(isExact)) return decimals;
  }
  return undefined;
}
