import { describe, expect, test } from 'bun:test';
import { RANGES, rangeReaching } from './ranges.ts';

/** Prometheus' lookback, which is the store's. */
const LOOKBACK_MS = 5 * 60_000;
/** The most that the frontend evaluates. */
const STEPS_MAX = 11_000;

describe('the ranges', () => {
  test('every sample - is seen by a step', () => {
    expect(RANGES.filter(({ stepMs }) => stepMs > LOOKBACK_MS)).toEqual([]);
  });

  test('steps - are whole parts of the range, and not too many', () => {
    for (const { rangeMs, stepMs } of RANGES) {
      expect(rangeMs % stepMs).toBe(0);
      expect(rangeMs / stepMs).toBeLessThan(STEPS_MAX);
    }
  });

  test('the shortest that reaches back - is found', () => {
    expect(rangeReaching(10 * 60_000)?.name).toBe('15m');
    expect(rangeReaching(5 * 60_000)?.name).toBe('15m');
    expect(rangeReaching(30 * 86_400_000)).toBeUndefined();
  });
});
