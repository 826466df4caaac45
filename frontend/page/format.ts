import { perZone, timeZone } from './time/time-zone.ts';

/** How numbers, ages and times are written on the page. */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Nothing is older than this and still called "now": samples of ten seconds are common. */
const NOW_MS = 10 * SECOND_MS;

/** Enough to tell measured values apart, too few for the noise of binary fractions. */
const VALUE_DIGITS = 10;

/** Longer texts are cut where there is no room for them, and would be read as other values. */
const VALUE_LENGTH_MAX = 16;

/** A value as exactly as people want to see it: whole numbers entirely, others to 10 significant digits. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const plain = Number.isInteger(value)
    ? String(value)
    : String(Number(value.toPrecision(VALUE_DIGITS)));
  return plain.length <= VALUE_LENGTH_MAX ? plain : formatExponent(value, VALUE_DIGITS - 1);
}

/** Without the zeros at the end of the mantissa. */
function formatExponent(value: number, decimals: number): string {
  return value.toExponential(decimals).replace(/\.?0+e/, 'e');
}

const SUFFIXES: readonly (readonly [factor: number, suffix: string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** The values at the ticks of an axis, all with one suffix and as many decimals as `increment` needs. */
export function formatTicks(values: readonly number[], increment: number): string[] {
  const largest = Math.max(...values.map(Math.abs));
  if (largest > 0 && (largest >= 1e15 || largest < 1e-5)) {
    const decimals = decimalsOf(increment / 10 ** Math.floor(Math.log10(largest)));
    return values.map((value) => (value === 0 ? '0' : value.toExponential(decimals)));
  }
  const [factor, suffix] = SUFFIXES.find(([candidate]) => largest >= candidate * 10) ?? [1, ''];
  const decimals = decimalsOf(increment / factor);
  return values.map((value) =>
    value === 0 ? '0' : `${(value / factor).toFixed(decimals)}${suffix}`,
  );
}

function decimalsOf(increment: number): number {
  const text = String(Number(increment.toPrecision(6)));
  const exponent = /e-(\d+)$/.exec(text)?.[1];
  return exponent ? Number(exponent) : (text.split('.')[1]?.length ?? 0);
}

/** "now", "12 s", "5 min", "3 h", "4 d". Ages below zero are of samples from the future: "now". */
export function formatAge(ageMs: number): string {
  if (ageMs < NOW_MS) return 'now';
  if (ageMs < MINUTE_MS) return `${Math.floor(ageMs / SECOND_MS)} s`;
  if (ageMs < HOUR_MS) return `${Math.floor(ageMs / MINUTE_MS)} min`;
  if (ageMs < 2 * DAY_MS) return `${Math.floor(ageMs / HOUR_MS)} h`;
  return `${Math.floor(ageMs / DAY_MS)} d`;
}

const clockTime = timeFormat({ timeStyle: 'medium' });
const clockMinutes = timeFormat({ hour: '2-digit', minute: '2-digit' });
const dayOfMonth = timeFormat({ day: 'numeric', month: 'short' });
const dayOfYear = timeFormat({ day: 'numeric', month: 'short', year: 'numeric' });
const yearNumber = timeFormat({ year: 'numeric' });

/** Formats times in the zone of the page. */
function timeFormat(options: Intl.DateTimeFormatOptions): (timeMs: number) => string {
  const formatIn = perZone(
    (zone) => new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone }),
  );
  return (timeMs) => formatIn(timeZone.value).format(timeMs);
}

/** "14:03:07", with its day when that is not today. */
export function formatTime(timeMs: number, nowMs: number): string {
  const time = clockTime(timeMs);
  if (dayOfYear(timeMs) === dayOfYear(nowMs)) return time;
  const isThisYear = yearNumber(timeMs) === yearNumber(nowMs);
  return `${(isThisYear ? dayOfMonth : dayOfYear)(timeMs)}, ${time}`;
}

/** "14:03:07 – 14:05:00", with days where they are not today. */
export function formatSpan(fromMs: number, toMs: number, nowMs: number): string {
  const isOneDay = dayOfYear(fromMs) === dayOfYear(toMs);
  const end = isOneDay ? clockTime(toMs) : formatTime(toMs, nowMs);
  return `${formatTime(fromMs, nowMs)} – ${end}`;
}

/** The times at the ticks of an axis: seconds only when ticks are closer than minutes, the day at midnight. */
export function formatTimeTicks(timesMs: readonly number[], incrementMs: number): string[] {
  return timesMs.map((timeMs) => {
    const isMidnight = clockMinutes(timeMs) === '00:00';
    if (incrementMs >= DAY_MS || (isMidnight && incrementMs >= MINUTE_MS)) {
      return dayOfMonth(timeMs);
    }
    return (incrementMs < MINUTE_MS ? clockTime : clockMinutes)(timeMs);
  });
}

const counted = new Intl.NumberFormat('en-GB');

/** "1 series", "12,345 points". */
export function formatCount(count: number, one: string, many: string): string {
  return `${counted.format(count)} ${count === 1 ? one : many}`;
}
