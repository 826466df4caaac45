import { describe, expect, test } from 'bun:test';
import {
  instantOf,
  offsetWords,
  parseTimeZone,
  timeZones,
  UTC,
  wallDate,
  wallTimeOf,
} from './time-zone.ts';

const BERLIN = 'Europe/Berlin';

describe('time zones', () => {
  test('names - are known whatever their case, others are none', () => {
    expect(['utc', 'europe/berlin', 'Etc/GMT+5'].map(parseTimeZone)).toEqual([
      ...['UTC', BERLIN, 'Etc/GMT+5'],
    ]);
    expect(parseTimeZone('Asia/Kolkata')).toBe('Asia/Kolkata');
    expect(['', 'Mars/Phobos', '+02:00', 'a b'].map(parseTimeZone)).toEqual([
      ...[undefined, undefined, undefined, undefined],
    ]);
  });

  test('the list - has UTC, and what can be parsed', () => {
    expect(timeZones()).toContain(UTC);
    expect(timeZones()).toContain(BERLIN);
  });

  test('clocks on the wall - go by the zone, in summer and in winter', () => {
    expect(wallTimeOf(Date.UTC(2026, 0, 31, 12), BERLIN)).toBe(Date.UTC(2026, 0, 31, 13));
    expect(wallTimeOf(Date.UTC(2026, 6, 31, 23), BERLIN)).toBe(Date.UTC(2026, 7, 1, 1));
    const date = wallDate(Date.UTC(2026, 6, 31, 23, 15), BERLIN);
    expect([date.getDate(), date.getHours(), date.getMinutes()]).toEqual([1, 1, 15]);
  });

  test('what a clock shows - leads back to its time', () => {
    for (const zone of [UTC, BERLIN, 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Apia']) {
      for (let hour = 0; hour < 24 * 366; hour += 7) {
        const timeMs = Date.UTC(2026, 0, 1, hour);
        const wallMs = wallTimeOf(timeMs, zone);
        expect(wallTimeOf(instantOf(wallMs, zone), zone)).toBe(wallMs);
      }
    }
  });

  test('an hour that clocks show twice - is the first, one that they skip is the one after', () => {
    expect(instantOf(Date.UTC(2026, 9, 25, 2, 30), BERLIN)).toBe(Date.UTC(2026, 9, 25, 0, 30));
    const skipped = instantOf(Date.UTC(2026, 2, 29, 2, 30), BERLIN);
    expect(wallTimeOf(skipped, BERLIN)).toBe(Date.UTC(2026, 2, 29, 3, 30));
  });

  test('offsets - are told as people do', () => {
    const winter = Date.UTC(2026, 0, 1);
    expect([UTC, BERLIN, 'America/St_Johns'].map((zone) => offsetWords(winter, zone))).toEqual([
      ...['UTC', 'UTC+1', 'UTC−3:30'],
    ]);
  });
});
