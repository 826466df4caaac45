import { describe, expect, test } from 'bun:test';
import { type AxisOptions, valueAxis } from './value-axis.ts';

const axis = (options: Partial<AxisOptions>) =>
  valueAxis({ scale: 'linear', unit: 'none', min: null, max: null, ...options });

describe('the value axis', () => {
  test('without ends of its own - has room around the values', () => {
    const [low, high] = axis({}).range([100, 200]);
    expect(low).toBeLessThan(100);
    expect(high).toBeGreaterThan(200);
    expect(axis({}).range(undefined)).toEqual([0, 1]);
  });

  test('fixed ends - hold, whatever the values are', () => {
    expect(axis({ min: 0, max: 100 }).range([40, 60])).toEqual([0, 100]);
    expect(axis({ min: 1000 }).range([1, 2])).toEqual([1000, 1100]);
    expect(axis({ max: -10 }).range([1, 2])).toEqual([-11, -10]);
    expect(axis({ min: 0 }).range(undefined)).toEqual([0, 1]);
  });

  test('logarithms - have even places, and none for zero and less', () => {
    const log = axis({ scale: 'log' });
    expect(log.scaleOf(1000)).toBeCloseTo(3);
    expect(log.valueOf(3)).toBeCloseTo(1000);
    expect([0, -1].map(log.scaleOf).some(Number.isFinite)).toBe(false);
    const [low, high] = log.range([1, 1000]);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(3);
    expect(log.ticks(0, 3, 4).map(({ text }) => text)).toEqual(['1', '10', '100', '1000']);
    expect(log.ticks(0, 3, 4).map(({ at }) => Math.round(at))).toEqual([0, 1, 2, 3]);
  });

  test('a logarithmic one - takes only ends above zero, and one value alone', () => {
    expect(axis({ scale: 'log', min: 0, max: 100 }).range([1, 10])[1]).toBe(2);
    expect(axis({ scale: 'log', min: 0 }).range([1, 10])[0]).toBeLessThan(0);
    expect(axis({ scale: 'log' }).range([10, 10])).toEqual([0.5, 1.5]);
    expect(axis({ scale: 'log' }).range(undefined)).toEqual([-0.05, 1.05]);
  });

  test('ticks - have the unit', () => {
    const ticks = axis({ unit: 'bytes' }).ticks(0, 1024 ** 2, 4);
    expect(ticks.map(({ text }) => text)).toEqual([
      ...['0 B', '256 KiB', '512 KiB', '768 KiB', '1024 KiB'],
    ]);
  });
});
