import { describe, expect, test } from 'bun:test';
import { sparkPath } from './spark-path.ts';

const path = (...values: number[]) =>
  sparkPath(
    Float64Array.from(values),
    Math.min(...values.filter(Number.isFinite)),
    Math.max(...values.filter(Number.isFinite)),
  );

describe('a sparkline', () => {
  test('values - fill the box', () => {
    expect(path(0, 10, 5)).toBe('M0,100L50,0L100,50');
  });

  test('gaps - are gaps', () => {
    expect(path(0, Number.NaN, 10, 10, 0)).toBe('M0,100M50,0L75,0L100,100');
  });

  test('a value that does not change - is a line in the middle', () => {
    expect(path(7, 7)).toBe('M0,50L100,50');
  });

  test('a spike among many values - is drawn', () => {
    const values = new Array(1000).fill(1);
    values[555] = 100;
    const drawn = path(...values);
    expect(drawn.match(/[ML]/g)?.length).toBeLessThanOrEqual(120);
    expect(drawn).toContain(',0L');
  });
});
