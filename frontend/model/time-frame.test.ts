import { describe, expect, test } from 'bun:test';
import {
  formatFrame,
  PRESETS,
  parseFrame,
  presetReaching,
  rangeWords,
  rolling,
  stepOfRange,
} from './time-frame.ts';

/** Prometheus' lookback, which is the store's. */
const LOOKBACK_MS = 5 * 60_000;
/** The most that the frontend evaluates. */
const STEPS_MAX = 11_000;
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
      expect(stepOfRange(rangeMs)).toBeLessThanOrEqual(LOOKBACK_MS);
      expect(rangeMs % stepOfRange(rangeMs)).toBe(0);
      expect(rangeMs / stepOfRange(rangeMs)).toBeLessThan(STEPS_MAX);
    }
    expect(stepOfRange(300_000)).toBe(1000);
    expect(stepOfRange(3_600_000)).toBe(5000);
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
