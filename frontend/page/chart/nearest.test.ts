import { describe, expect, test } from 'bun:test';
import { nextStep, readAt, summarize } from './nearest.ts';
import { matrixWith } from './testing/matrix.ts';

const at = (second: number, value: number) => ({ timeMs: second * 1000, value });

describe('what a chart has at a place', () => {
  test('the series nearest to the value - is told among the others, from large to small', () => {
    const matrix = matrixWith([0, 10], [0, 30], [0, 20]);
    const readings = readAt(matrix.rows, at(1.2, 19), 0);
    expect(readings?.timeMs).toBe(1000);
    expect(readings?.readings.map(({ value }) => value)).toEqual([30, 20, 10]);
    expect(readings?.nearest.value).toBe(20);
    expect(readings?.moreCount).toBe(0);
  });

  test('many series - are told as the nearest and a number', () => {
    const matrix = matrixWith(...Array.from({ length: 100 }, (_, index) => [index]));
    const readings = readAt(matrix.rows, at(0, 50.2), 0);
    expect(readings?.readings.map(({ value }) => value)).toEqual([54, 53, 52, 51, 50, 49, 48, 47]);
    expect(readings?.moreCount).toBe(92);
  });

  test('a lone point - is found from a few steps away, not from further', () => {
    const matrix = matrixWith([null, null, null, 7, null, null]);
    expect(readAt(matrix.rows, at(1, 0), 2000)?.timeMs).toBe(3000);
    expect(readAt(matrix.rows, at(5, 0), 2000)?.timeMs).toBe(3000);
    expect(readAt(matrix.rows, at(1, 0), 1000)).toBeUndefined();
  });

  test('hidden series - are not read', () => {
    const matrix = matrixWith([1], [2]);
    const readings = readAt(matrix.rows.slice(1), at(0, 1), 0);
    expect(readings?.readings.map(({ value }) => value)).toEqual([2]);
    expect(readAt([], at(0, 1), 5000)).toBeUndefined();
  });
});

describe('moving by keys', () => {
  test('the next step - is the next one that has a value', () => {
    const matrix = matrixWith([1, null, null, 4]);
    const [row] = matrix.rows;
    if (!row) throw new Error('the matrix has a row');
    expect(nextStep(row, 0, 1)).toBe(3000);
    expect(nextStep(row, 3000, -1)).toBe(0);
    expect(nextStep(row, 3000, 1)).toBeUndefined();
  });
});

describe('the summary of a series', () => {
  test('values - are told as the last, the smallest and the largest', () => {
    expect(summarize(Float64Array.of(Number.NaN, 5, -1, Number.NaN))).toEqual({
      last: -1,
      min: -1,
      max: 5,
    });
    expect(summarize(Float64Array.of(Number.NaN))).toBeUndefined();
  });
});
