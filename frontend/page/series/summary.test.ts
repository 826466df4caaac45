import { describe, expect, test } from 'bun:test';
import { summarize } from './summary.ts';

describe('the summary of a series', () => {
  test('values - are told as the last, the smallest, the largest and their mean', () => {
    expect(summarize(Float64Array.of(Number.NaN, 5, -1, Number.NaN))).toEqual({
      last: -1,
      lastStep: 2,
      min: -1,
      max: 5,
      mean: 2,
    });
  });

  test('no values - have none', () => {
    expect(summarize(Float64Array.of(Number.NaN, Number.POSITIVE_INFINITY))).toBeUndefined();
    expect(summarize(new Float64Array())).toBeUndefined();
  });
});
