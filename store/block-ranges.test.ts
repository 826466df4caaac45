import { describe, expect, test } from 'bun:test';
import { type RangeMs, TIME_RANGES_MAX } from '@overseer/shared';
import { rangesOfBlock } from './block-ranges.ts';

const NS_PER_MS = 1_000_000n;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = 1_800_000_000_123;

function rangesOf(timesNs: readonly bigint[]): RangeMs[] {
  const sorted = timesNs.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  const [minNs = 0n] = sorted;
  const maxNs = sorted.at(-1) ?? 0n;
  return rangesOfBlock(new Uint8Array(BigInt64Array.from(timesNs).buffer), { minNs, maxNs });
}

const rangesOfMs = (timesMs: readonly number[]) =>
  rangesOf(timesMs.map((ms) => BigInt(ms) * NS_PER_MS));

/** One time every `stepMs`, both ends included. */
const every = (stepMs: number, fromMs: number, toMs: number) =>
  Array.from({ length: (toMs - fromMs) / stepMs + 1 }, (_, i) => fromMs + i * stepMs);

describe('ranges of a block', () => {
  test('what is now - is one range, rounded outwards', () => {
    const nowNs = BigInt(NOW_MS) * NS_PER_MS;
    expect(rangesOf([nowNs - 1n, nowNs + 1n])).toEqual([[NOW_MS - 1, NOW_MS + 1]]);
    expect(rangesOfMs([NOW_MS, NOW_MS - MINUTE_MS])).toEqual([[NOW_MS - MINUTE_MS, NOW_MS]]);
  });

  test('an hour of last year beside what is now - is two ranges', () => {
    const then = NOW_MS - 365 * DAY_MS;
    const times = [...every(MINUTE_MS, then, then + HOUR_MS), NOW_MS - 5, NOW_MS];
    const [past, present, ...more] = rangesOfMs(times);
    // Between the oldest and the newest, times are not read to the last bit.
    expect([present, more]).toEqual([[NOW_MS - 6, NOW_MS], []]);
    expect(past).toEqual([then, then + HOUR_MS + 1]);
  });

  test('a day without a pause - is one range', () => {
    const first = NOW_MS - DAY_MS;
    expect(rangesOfMs(every(10_000, first, NOW_MS))).toEqual([[first, NOW_MS]]);
  });

  test('a year up to yesterday - is one range, and what is now apart from it', () => {
    const [first, last] = [NOW_MS - 366 * DAY_MS, NOW_MS - DAY_MS];
    const ranges = rangesOfMs([NOW_MS, ...every(6 * HOUR_MS, first, last)]);
    expect(ranges).toEqual([
      [first, last + 1],
      [NOW_MS - 1, NOW_MS],
    ]);
  });

  test('times that nobody can have - are no trouble', () => {
    const [min, max] = [-(2n ** 63n), 2n ** 63n - 1n];
    const [past, future] = rangesOf([min, max]);
    expect(past?.[0]).toBe(-9_223_372_036_855);
    expect(past?.[1]).toBeWithin(-9_223_372_036_855, -9_223_372_036_850);
    expect(future?.[0]).toBeWithin(9_223_372_036_850, 9_223_372_036_856);
    expect(future?.[1]).toBe(9_223_372_036_855);
  });

  test('rows outside the bounds - don’t count', () => {
    const times = BigInt64Array.from(
      [0, 30 * DAY_MS, 31 * DAY_MS, 60 * DAY_MS],
      (ms) => BigInt(ms) * NS_PER_MS,
    );
    const bounds = { minNs: times[1] ?? 0n, maxNs: times[2] ?? 0n };
    const ranges = rangesOfBlock(new Uint8Array(times.buffer), bounds);
    expect(ranges[0]?.[0]).toBe(30 * DAY_MS);
    expect(ranges.at(-1)?.[1]).toBe(31 * DAY_MS);
  });

  test('any times - are covered by a few ranges', () => {
    for (let round = 0; round < 200; round++) {
      const spanNs = 10 ** (3 + (round % 16));
      const times = Array.from({ length: 1 + round }, () =>
        BigInt(Math.floor((Math.random() - 0.5) * spanNs)),
      );
      const ranges = rangesOf(times);
      expect(ranges.length).toBeWithin(1, TIME_RANGES_MAX + 1);
      for (const time of times) {
        const isCovered = ranges.some(
          ([fromMs, toMs]) =>
            BigInt(fromMs) * NS_PER_MS <= time && time <= BigInt(toMs) * NS_PER_MS,
        );
        expect(isCovered).toBe(true);
      }
    }
  });
});
