import { describe, expect, test } from 'bun:test';
import { rolling } from '../../model/time-frame.ts';
import { outsideHint } from './outside-hint.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);
const HOUR_MS = 3_600_000;
const fixed = (fromMs: number, toMs: number) => ({ kind: 'fixed', fromMs, toMs }) as const;

describe('where to look instead', () => {
  test('a rolling frame that is too short - has a preset that reaches further', () => {
    const hint = outsideHint(rolling(300_000), NOW_MS - 2 * HOUR_MS, NOW_MS);
    expect(hint?.frame).toEqual(rolling(6 * HOUR_MS));
  });

  test('a newest sample that no preset reaches - has the stretch that ends with it', () => {
    const newestMs = NOW_MS - 30 * 24 * HOUR_MS;
    expect(outsideHint(rolling(300_000), newestMs, NOW_MS)?.frame).toEqual(
      fixed(newestMs + 1000 - 300_000, newestMs + 1000),
    );
  });

  test('a fixed frame - is told on which side of it the newest sample is', () => {
    const frame = fixed(NOW_MS - 3 * HOUR_MS, NOW_MS - 2 * HOUR_MS);
    const older = outsideHint(frame, NOW_MS - 5 * HOUR_MS, NOW_MS);
    expect(older?.words).toContain('before');
    expect(older?.frame).toMatchObject({ toMs: NOW_MS - 5 * HOUR_MS + 1000 });
    const newer = outsideHint(frame, NOW_MS - 60_000, NOW_MS);
    expect(newer?.words).toContain('after');
    expect(newer?.frame).toEqual(rolling(300_000));
  });

  test('a newest sample within it, or none - leads nowhere', () => {
    const frame = fixed(NOW_MS - 3 * HOUR_MS, NOW_MS);
    expect(outsideHint(frame, NOW_MS - HOUR_MS, NOW_MS)).toBeUndefined();
    expect(outsideHint(frame, undefined, NOW_MS)).toBeUndefined();
    expect(outsideHint(rolling(6 * HOUR_MS), NOW_MS - HOUR_MS, NOW_MS)).toBeUndefined();
  });
});
