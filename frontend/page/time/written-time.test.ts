import { describe, expect, test } from 'bun:test';
import { parseInstant, parseLength, writeInstant } from './written-time.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12, 0, 5);
const BERLIN = 'Europe/Berlin';
const read = (text: string, zone = 'UTC') => {
  const timeMs = parseInstant(text, NOW_MS, zone);
  return timeMs === undefined ? undefined : new Date(timeMs).toISOString();
};

describe('lengths as they are written', () => {
  test('one or several units - are milliseconds', () => {
    const texts = ['45m', '3d', '1h30m', ' 90 Minutes ', '2 weeks', '10 s'];
    expect(texts.map(parseLength)).toEqual([
      ...[2_700_000, 259_200_000, 5_400_000, 5_400_000, 1_209_600_000, 10_000],
    ]);
  });

  test('anything else - is none', () => {
    const texts = ['', '45', 'm', '1 fortnight', '-5m', '1.5h', '99999999d'];
    expect(texts.map(parseLength)).toEqual(texts.map(() => undefined));
  });
});

describe('times as they are written', () => {
  test('a date with or without a time - is of the zone', () => {
    expect(read('2026-01-31 12:00')).toBe('2026-01-31T12:00:00.000Z');
    expect(read('2026-01-31', BERLIN)).toBe('2026-01-30T23:00:00.000Z');
    expect(read('2026-07-01T08:30:15', BERLIN)).toBe('2026-07-01T06:30:15.000Z');
  });

  test('words - are told by the clock', () => {
    expect(read('now')).toBe('2026-01-31T12:00:05.000Z');
    expect(read('now - 1h30m')).toBe('2026-01-31T10:30:05.000Z');
    expect(read('today')).toBe('2026-01-31T00:00:00.000Z');
    expect(read('Yesterday 8:00', BERLIN)).toBe('2026-01-30T07:00:00.000Z');
    expect(read('14:30', 'Pacific/Auckland')).toBe('2026-02-01T01:30:00.000Z');
  });

  test('its own offset - counts more than the zone', () => {
    expect(read('2026-01-31T12:00:00Z', BERLIN)).toBe('2026-01-31T12:00:00.000Z');
    expect(read('2026-01-31T12:00:00+05:30')).toBe('2026-01-31T06:30:00.000Z');
  });

  test('anything else - is none', () => {
    const texts = ['', 'soon', '2026-02-30', '2026-13-01', '25:00', '12:60', 'now-', 'now-x', '12'];
    expect(texts.map((text) => read(text))).toEqual(texts.map(() => undefined));
  });

  test('what is written - is read as the same', () => {
    for (const timeMs of [NOW_MS, NOW_MS - 5000, Date.UTC(2026, 6, 1, 22)]) {
      for (const zone of ['UTC', BERLIN, 'Asia/Kolkata']) {
        expect(parseInstant(writeInstant(timeMs, zone), NOW_MS, zone)).toBe(timeMs);
      }
    }
    expect(writeInstant(NOW_MS - 5000, 'UTC')).toBe('2026-01-31 12:00');
  });
});
