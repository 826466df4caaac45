import { afterEach, describe, expect, test } from 'bun:test';
import { formatAge, formatTicks, formatTime, formatTimeTicks, formatValue } from './format.ts';
import { BROWSER_TIME_ZONE, timeZone } from './time/time-zone.ts';

describe('values', () => {
  test('measured ones - are whole, noise of binary fractions is not', () => {
    expect([0.1 + 0.2, 21.5, -73.4812, 1e21, 12_345_678].map(formatValue)).toEqual([
      ...['0.3', '21.5', '-73.4812', '1e+21', '12345678'],
    ]);
  });

  test('whole ones - are told entirely, as far as there is room', () => {
    expect([123_456_789_012, -999_999_999_999_999, 2 ** 64].map(formatValue)).toEqual([
      ...['123456789012', '-999999999999999', '1.844674407e+19'],
    ]);
  });

  test('very large and very small ones - are told with exponents', () => {
    const some = [Number.MAX_VALUE, 0.000002907700123456, 1.5e-7, -1e300];
    expect(some.map(formatValue)).toEqual([
      ...['1.797693135e+308', '2.907700123e-6', '1.5e-7', '-1e+300'],
    ]);
  });

  test('those that are no numbers - are told as Prometheus does', () => {
    expect([Number.NaN, 1 / 0, -1 / 0].map(formatValue)).toEqual(['NaN', '+Inf', '-Inf']);
  });
});

describe('ticks of values', () => {
  test('one axis - has one suffix, and the decimals it needs', () => {
    expect(formatTicks([0, 50e6, 100e6], 50e6)).toEqual(['0', '50M', '100M']);
    expect(formatTicks([0, 0.25, 0.5], 0.25)).toEqual(['0', '0.25', '0.50']);
  });

  test('very large and very small ones - have exponents', () => {
    expect(formatTicks([0, 1e-9], 1e-9)).toEqual(['0', '1e-9']);
    expect(formatTicks([1e18], 1e18)).toEqual(['1e+18']);
    expect(formatTicks([5e-324], 5e-324)).toEqual(['5e-324']);
  });

  test('exponents - have the decimals that tell ticks apart', () => {
    expect(formatTicks([1e17, 1.01e17], 1e15)).toEqual(['1.00e+17', '1.01e+17']);
    expect(formatTicks([7.5e18, 1e19, 1.25e19], 2.5e18)).toEqual([
      ...['7.50e+18', '1.00e+19', '1.25e+19'],
    ]);
  });
});

describe('ages', () => {
  test('young ones - are now, older ones in the unit that people would use', () => {
    expect([-5, 9_999, 12_500, 300_000, 7_200_000, 400_000_000].map(formatAge)).toEqual([
      ...['now', 'now', '12 s', '5 min', '2 h', '4 d'],
    ]);
  });
});

describe('times', () => {
  const noon = new Date(2026, 0, 5, 12, 0, 7).getTime();
  const midnight = new Date(2026, 0, 5).getTime();

  afterEach(() => {
    timeZone.value = BROWSER_TIME_ZONE;
  });

  test('today - is told without its day', () => {
    expect(formatTime(noon, noon)).toBe('12:00:07');
    expect(formatTime(noon, noon + 86_400_000)).toBe('5 Jan, 12:00:07');
  });

  test('ticks - have seconds only when they need them, and the day at midnight', () => {
    expect(formatTimeTicks([noon], 1000)).toEqual(['12:00:07']);
    expect(formatTimeTicks([midnight, noon], 3_600_000)).toEqual(['5 Jan', '12:00']);
  });

  test('another year - is told with it', () => {
    expect(formatTime(noon, noon + 400 * 86_400_000)).toBe('5 Jan 2026, 12:00:07');
  });

  test('another zone - is the one that all are told in', () => {
    const timeMs = Date.UTC(2026, 0, 5, 22, 0, 7);
    timeZone.value = 'UTC';
    expect(formatTime(timeMs, timeMs)).toBe('22:00:07');
    timeZone.value = 'Asia/Kolkata';
    expect(formatTime(timeMs, timeMs)).toBe('03:30:07');
    expect(formatTimeTicks([Date.UTC(2026, 0, 5, 18, 30)], 3_600_000)).toEqual(['6 Jan']);
  });
});
