import { describe, expect, test } from 'bun:test';
import {
  formatFrame,
  liveStepsOf,
  PRESETS,
  parseFrame,
  presetReaching,
  rangeWords,
  rolling,
} from './time-frame.ts';

/** Prometheus' lookback, which is the store's. */
const LOOKBACK_MS = 5 * 60_000;
/** The most that the frontend evaluates. */
const STEPS_MAX = 11_000;
/** The most that the store evaluates to reduce them. */
const FINE_STEPS_MAX = 262_144;
const LONGEST = parseFrame('30d');

describe('time frames', () => {
  test('what is written - is read as it was', () => {
    const written = ['5m', '15m', '1h', '6h', '24h', '7d', '45s', '90m', '30d'];
    expect(written.map((text) => formatFrame(parseFrame(text) ?? rolling(0)))).toEqual(written);
    const interval = '2026-01-31T12:00:00Z/2026-01-31T12:00:01.500Z';
    const frame = parseFrame(interval);
    expect(frame).toEqual({
      kind: 'fixed',
      fromMs: Date.UTC(2026, 0, 31, 12),
      toMs: Date.UTC(2026, 0, 31, 12, 0, 1, 500),
    });
    expect(frame && formatFrame(frame)).toBe(interval);
  });

  test('what is none - is none', () => {
    for (const text of ['', '100y', '0s', '9s', '31d', '-5m', '5', 'm', '1/2/3']) {
      expect(parseFrame(text), text).toBeUndefined();
    }
    expect(parseFrame('2026-01-31T12:00:00Z/2026-01-31T12:00:00Z')).toBeUndefined();
    expect(parseFrame('2026-01-31T12:00:00Z/never')).toBeUndefined();
  });

  test('steps - show every sample, and are not too many', () => {
    const ranges = [...PRESETS, LONGEST].map((frame) => {
      if (frame?.kind !== 'rolling') throw new Error('a rolling frame was expected');
      return frame.rangeMs;
    });
    for (const rangeMs of ranges) {
      const { stepMs, fineStepMs = stepMs } = liveStepsOf(rangeMs);
      expect(fineStepMs).toBeLessThanOrEqual(LOOKBACK_MS);
      expect((2 * stepMs) % fineStepMs).toBe(0);
      expect(rangeMs % stepMs).toBe(0);
      expect(rangeMs / stepMs).toBeLessThan(STEPS_MAX);
      expect(rangeMs / fineStepMs).toBeLessThan(FINE_STEPS_MAX);
    }
    expect(liveStepsOf(300_000)).toEqual({ stepMs: 1000 });
    expect(liveStepsOf(3_600_000)).toEqual({ stepMs: 2500, fineStepMs: 1000 });
  });

  test('steps - of a day look at every second', () => {
    expect(liveStepsOf(86_400_000)).toEqual({ stepMs: 60_000, fineStepMs: 1000 });
  });

  test('steps - of any range that can be asked for fit each other', () => {
    for (let rangeMs = 10_000; rangeMs <= 30 * 86_400_000; rangeMs += 137_000) {
      const { stepMs, fineStepMs } = liveStepsOf(rangeMs);
      if (fineStepMs === undefined) continue;
      expect((2 * stepMs) % fineStepMs).toBe(0);
      expect((2 * stepMs) / fineStepMs).toBeGreaterThanOrEqual(3);
    }
  });

  test('words - fit a sentence', () => {
    expect(PRESETS.map(({ rangeMs }) => rangeWords(rangeMs))).toEqual([
      '5 minutes',
      '15 minutes',
      'hour',
      '6 hours',
      '24 hours',
      '7 days',
    ]);
    expect(rangeWords(90 * 60_000)).toBe('90 minutes');
  });

  test('the shortest preset that reaches back - is found', () => {
    expect(presetReaching(10 * 60_000)).toEqual(rolling(15 * 60_000));
    expect(presetReaching(5 * 60_000)).toEqual(rolling(15 * 60_000));
    expect(presetReaching(30 * 86_400_000)).toBeUndefined();
  });
});
