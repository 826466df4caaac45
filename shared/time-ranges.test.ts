import { describe, expect, test } from 'bun:test';
import {
  ceilMs,
  floorMs,
  joinRanges,
  type RangeMs,
  TIME_RANGES_APART_MS,
  TIME_RANGES_MAX,
} from './time-ranges.ts';

const HOUR_MS = 3_600_000;

describe('time ranges', () => {
  test('times - are rounded outwards, before 1970 too', () => {
    expect([floorMs(1_999_999n), floorMs(2_000_000n), floorMs(0n)]).toEqual([1, 2, 0]);
    expect([ceilMs(1_999_999n), ceilMs(2_000_000n), ceilMs(2_000_001n)]).toEqual([2, 2, 3]);
    expect([floorMs(-1n), floorMs(-1_000_000n), floorMs(-1_000_001n)]).toEqual([-1, -1, -2]);
    expect([ceilMs(-1n), ceilMs(-1_000_000n), ceilMs(-1_000_001n)]).toEqual([-0, -1, -1]);
  });

  test('ranges close to each other - become one', () => {
    expect(
      joinRanges([
        [TIME_RANGES_APART_MS + 5, TIME_RANGES_APART_MS + 6],
        [0, 5],
        [2, 3],
      ]),
    ).toEqual([[0, TIME_RANGES_APART_MS + 6]]);
  });

  test('ranges far from each other - stay apart, in order', () => {
    expect(
      joinRanges([
        [9 * HOUR_MS, 9 * HOUR_MS],
        [-HOUR_MS, 0],
      ]),
    ).toEqual([
      [-HOUR_MS, 0],
      [9 * HOUR_MS, 9 * HOUR_MS],
    ]);
    expect(joinRanges([])).toEqual([]);
  });

  test('too many ranges - are joined where the least is between them', () => {
    // The gaps grow.
    const ranges = Array.from({ length: TIME_RANGES_MAX + 2 }, (_, i): RangeMs => {
      const fromMs = i * i * HOUR_MS;
      return [fromMs, fromMs + 1];
    });
    const joined = joinRanges(ranges.toReversed());
    expect(joined).toHaveLength(TIME_RANGES_MAX);
    expect(joined[0]).toEqual([0, 4 * HOUR_MS + 1]);
    expect(joined.slice(1)).toEqual(ranges.slice(3));
  });

  test('whatever the ranges - those given cover them, in order and apart', () => {
    for (let round = 0; round < 200; round++) {
      const ranges = Array.from({ length: Math.floor(Math.random() * 40) }, (): RangeMs => {
        const fromMs = Math.floor((Math.random() - 0.5) * 10 ** (6 + (round % 13)));
        return [fromMs, fromMs + Math.floor(Math.random() * HOUR_MS)];
      });
      const joined = joinRanges(ranges);
      expect(joined.length).toBeLessThanOrEqual(TIME_RANGES_MAX);
      for (const [from, to] of ranges) {
        expect(joined.some(([first, last]) => first <= from && last >= to)).toBe(true);
      }
      joined.forEach(([from], i) => {
        const before = joined[i - 1];
        if (before) expect(from - before[1]).toBeGreaterThan(TIME_RANGES_APART_MS);
      });
    }
  });
});
