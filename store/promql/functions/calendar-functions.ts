import type { RowFunction } from './function.ts';

const DAY_S = 86_400;
/** From March to February, so that the day that comes and goes is the last one; four hundred years repeat. */
const ERA_DAYS = 146_097;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;

/** Parts of times in UTC; without an argument of the step's own time. Times are seconds since 1970, whatever is below is cut off. */
export const CALENDAR_FUNCTIONS: readonly RowFunction[] = [
  ofTime('minute', (seconds) => Math.floor(modulo(seconds, 3600) / 60)),
  ofTime('hour', (seconds) => Math.floor(modulo(seconds, DAY_S) / 3600)),
  ofTime('day_of_week', (seconds) => modulo(daysOf(seconds) + 4, 7)),
  ofTime('day_of_month', (seconds) => {
    const dayOfYear = marchDayOf(seconds);
    return dayOfYear - firstDayOf(marchMonthOf(dayOfYear)) + 1;
  }),
  ofTime('day_of_year', (seconds) => daysOf(seconds) - daysBefore(yearOf(seconds)) + 1),
  ofTime('days_in_month', (seconds) => {
    const month = monthOf(seconds);
    if (Number.isNaN(month)) return month;
    if (month === 2) return isLeap(yearOf(seconds)) ? 29 : 28;
    return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  }),
  ofTime('month', monthOf),
  ofTime('year', yearOf),
];

function ofTime(name: string, part: (seconds: number) => number): RowFunction {
  return {
    kind: 'row',
    name,
    arguments: ['instant vector'],
    optionalCount: 1,
    isVariadic: false,
    returns: 'instant vector',
    kernel: ({ values, base }, stepCount) => {
      for (let at = base; at < base + stepCount; at++) {
        values[at] = part(Math.trunc(values[at] as number));
      }
    },
  };
}

/** As Hinnant does (chrono-Compatible Low-Level Date Algorithms, 2013). */
function daysOf(seconds: number): number {
  return Math.floor(seconds / DAY_S);
}

function marchDayOf(seconds: number): number {
  const dayOfEra = modulo(daysOf(seconds) + EPOCH_DAYS, ERA_DAYS);
  const year = yearOfEra(dayOfEra);
  return dayOfEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
}

function yearOfEra(dayOfEra: number): number {
  const leapDays =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  return Math.floor((dayOfEra - leapDays) / 365);
}

/** 0 is March. */
function marchMonthOf(marchDay: number): number {
  return Math.floor((5 * marchDay + 2) / 153);
}

function firstDayOf(marchMonth: number): number {
  return Math.floor((153 * marchMonth + 2) / 5);
}

function monthOf(seconds: number): number {
  const month = marchMonthOf(marchDayOf(seconds));
  return month < 10 ? month + 3 : month - 9;
}

function yearOf(seconds: number): number {
  const days = daysOf(seconds) + EPOCH_DAYS;
  const year = yearOfEra(modulo(days, ERA_DAYS)) + Math.floor(days / ERA_DAYS) * 400;
  return monthOf(seconds) <= 2 ? year + 1 : year;
}

/** From 1970-01-01 to the first day of a year. */
function daysBefore(year: number): number {
  const past = year - 1;
  return (
    past * 365 +
    Math.floor(past / 4) -
    Math.floor(past / 100) +
    Math.floor(past / 400) -
    (EPOCH_DAYS - 306)
  );
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Never negative. */
function modulo(value: number, by: number): number {
  return value - Math.floor(value / by) * by;
}
