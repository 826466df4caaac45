import { describe, expect, test } from 'bun:test';
import { UNIT_NAMES, type UnitName } from '../../model/panel-spec.ts';
import { formatGlance, formatQuantity, formatQuantityTicks } from './quantity.ts';
import { suggestUnit } from './suggest-unit.ts';
import { linearTicks, logTicks } from './ticks.ts';

const format = (unit: UnitName, ...values: number[]) =>
  values.map((value) => formatQuantity(value, unit));

describe('values with units', () => {
  test('bytes - are counted in powers of 1024', () => {
    expect(format('bytes', 0, 512, 1536, 1.5 * 1024 ** 3, -2048, 1_048_575.9)).toEqual([
      ...['0 B', '512 B', '1.5 KiB', '1.5 GiB', '-2 KiB', '1 MiB'],
    ]);
    expect(format('bytes/s', 3 * 1024 ** 2)).toEqual(['3 MiB/s']);
  });

  test('bits and counts per second - are counted in powers of 1000', () => {
    expect(format('bits/s', 1e9, 1.5e6, 12)).toEqual(['1 Gbit/s', '1.5 Mbit/s', '12 bit/s']);
    expect(format('per second', 12_345, 0.25, 0)).toEqual(['12.35k/s', '0.25/s', '0/s']);
  });

  test('durations - are told as people say them', () => {
    expect(format('seconds', 0, 0.25, 12.5, 312, 3600, 3599.9, 90_000, 2e-7, -65)).toEqual([
      ...['0 s', '250 ms', '12.5 s', '5 min 12 s', '1 h', '1 h', '1 d 1 h', '200 ns', '-1 min 5 s'],
    ]);
    expect(format('milliseconds', 0, 0.5, 1500, 90_000)).toEqual([
      ...['0 s', '500 µs', '1.5 s', '1 min 30 s'],
    ]);
  });

  test('shares - are told in percent', () => {
    expect(format('share', 0.5, -0.123456, 12)).toEqual(['50 %', '-12.35 %', '1200 %']);
    expect(format('percent', 73.48123, 5.6053, 0.012345)).toEqual([
      ...['73.48 %', '5.61 %', '0.0123 %'],
    ]);
    expect(format('share', 0.99996, 0.9999999, 0.995)).toEqual([
      ...['99.996 %', '99.99999 %', '99.5 %'],
    ]);
    expect(format('celsius', 21.5, -3)).toEqual(['21.5 °C', '-3 °C']);
  });

  test('at a glance - have few digits, and whole numbers all of them', () => {
    const glance = (value: number) => formatGlance(value, 'none');
    expect([5.605312345, 12_345.678, 1_234_567.8, 1_234_567, 0.00012345678].map(glance)).toEqual([
      ...['5.6053', '12346', '1234568', '1234567', '0.00012346'],
    ]);
    expect(formatGlance(5.6053, 'percent')).toBe('5.61 %');
  });

  test('dates - have their year', () => {
    const noon = new Date(2026, 0, 5, 12).getTime() / 1000;
    expect(format('date', noon)).toEqual(['5 Jan 2026, 12:00:00']);
  });

  test('tiny, huge and none at all - are told by every unit', () => {
    for (const unit of UNIT_NAMES) {
      for (const value of [5e-324, 1e-30, 1e30, Number.MAX_VALUE, -1e300]) {
        expect(formatQuantity(value, unit).length, `${value} ${unit}`).toBeLessThan(32);
        expect(formatQuantity(value, unit), `${value} ${unit}`).not.toMatch(/NaN|undefined|Inval/);
      }
      expect(format(unit, Number.NaN, 1 / 0, -1 / 0)).toEqual(['NaN', '+Inf', '-Inf']);
    }
  });
});

describe('ticks with units', () => {
  const texts = (min: number, max: number, unit: UnitName, countMax = 6) => {
    const { values, increment } = linearTicks(min, max, countMax, unit);
    return formatQuantityTicks(values, increment, unit);
  };

  test('each unit - has its own round numbers', () => {
    expect(texts(0, 100, 'percent')).toEqual(['0 %', '20 %', '40 %', '60 %', '80 %', '100 %']);
    expect(texts(0, 0.1, 'share')).toEqual(['0 %', '2 %', '4 %', '6 %', '8 %', '10 %']);
    expect(texts(0, 1024 ** 3, 'bytes')).toEqual([
      ...['0 B', '256 MiB', '512 MiB', '768 MiB', '1024 MiB'],
    ]);
    expect(texts(0, 3600, 'seconds', 5)).toEqual(['0 s', '15 min', '30 min', '45 min', '60 min']);
    expect(texts(0, 0.02, 'seconds', 5)).toEqual(['0 s', '5 ms', '10 ms', '15 ms', '20 ms']);
  });

  test('of any axis - are distinct, inside and not too many', () => {
    const axes = [
      ...[0, 1e-9, 1, 999, 1e6, 1e12].flatMap((min) =>
        [1e-6, 0.003, 1, 17, 86_400, 1e9, 1e15].map((length) => [min, min + length] as const),
      ),
      [-5, 5],
      [-1e300, 1e300],
      [0, 5e-324],
      [1_767_225_600, 1_767_229_200],
    ] as const;
    for (const unit of UNIT_NAMES) {
      for (const [min, max] of axes) {
        const { values } = linearTicks(min, max, 6, unit);
        const told = texts(min, max, unit);
        const what = `${min} to ${max} ${unit}: ${told.join(', ')}`;
        expect(
          values.every((value) => value >= min && value <= max * (1 + 1e-12)),
          what,
        ).toBe(true);
        expect(values.length, what).toBeLessThanOrEqual(8);
        expect(new Set(told).size, what).toBe(told.length);
      }
    }
  });

  test('on a logarithmic scale - are powers, thinned out where there are many', () => {
    expect(logTicks(1, 1000, 12, 'none').values).toEqual([
      1, 2, 5, 10, 20, 50, 100, 200, 500, 1000,
    ]);
    expect(logTicks(0.5, 2e6, 4, 'none').values).toEqual([1, 100, 10_000, 1_000_000]);
    expect(logTicks(1, 1024, 6, 'bytes').values).toEqual([1, 4, 16, 64, 256, 1024]);
    expect(
      logTicks(0.01, 100_000, 20, 'seconds').values.map((s) => formatQuantity(s, 'seconds')),
    ).toEqual(['10 ms', '100 ms', '1 s', '10 s', '1 min', '10 min', '1 h', '10 h', '1 d']);
    expect(logTicks(20, 30, 6, 'none').values).toEqual([20, 22, 24, 26, 28, 30]);
  });
});

describe('a suggested unit', () => {
  test('names - tell it', () => {
    const suggestions: Readonly<Record<string, UnitName>> = {
      cpu_usage_idle: 'percent',
      'mem_used{host="a"}': 'bytes',
      'sum(rate(net_bytes_recv[5m]))': 'bytes/s',
      'rate(http_requests_total[1m])': 'per second',
      http_request_duration_seconds: 'seconds',
      'rate(process_cpu_seconds_total[5m])': 'share',
      process_start_time_seconds: 'date',
      'count(mem_used)': 'none',
      up: 'none',
    };
    const found = Object.keys(suggestions).map((expr) => [expr, suggestUnit(expr)]);
    expect(Object.fromEntries(found)).toEqual(suggestions);
  });
});
