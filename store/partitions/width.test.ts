import { expect, test } from 'bun:test';
import { chooseRange, type Surroundings } from './width.ts';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
/** In the middle of an hour and of a day. */
const NOW_S = Date.parse('2026-03-10T14:32:10Z') / 1000;
const MEBIBYTE = 2 ** 20;

const around = (some: Partial<Surroundings> = {}): Surroundings => ({
  nowS: NOW_S,
  widthMaxS: DAY_S,
  ranges: [],
  made: 0,
  before: undefined,
  handBytesPerS: 0,
  ...some,
});
const width = (timeS: number, some: Partial<Surroundings>) => {
  const { fromS, toS } = chooseRange(timeS, around(some));
  expect(fromS).toBeLessThanOrEqual(timeS);
  expect(toS).toBeGreaterThan(timeS);
  return toS - fromS;
};

test('partition width - narrow as long as nothing is known', () => {
  expect(width(NOW_S, {})).toBe(300);
});

test('partition width - follows the rate, and does not alternate at a bound', () => {
  const at = (mebibytesPerS: number, widthS: number) =>
    width(NOW_S, { before: { bytesPerS: mebibytesPerS * MEBIBYTE, widthS } });
  expect(at(0.0001, 300)).toBe(DAY_S);
  expect(at(0.01, 300)).toBe(HOUR_S);
  expect(at(100, DAY_S)).toBe(300);
  // 128 MiB in 15 minutes: neither is left for the other.
  expect(at(128 / 900, 900)).toBe(900);
  expect(at(128 / 900, 300)).toBe(300);
});

test('partition width - the setting bounds it', () => {
  expect(width(NOW_S, { widthMaxS: HOUR_S, before: { bytesPerS: 1, widthS: 300 } })).toBe(HOUR_S);
});

test('partition width - fills a gap instead of overlapping', () => {
  const startS = Math.floor(NOW_S / DAY_S) * DAY_S;
  const ranges = [
    { fromS: startS, toS: startS + HOUR_S },
    { fromS: startS + 20 * HOUR_S, toS: startS + 21 * HOUR_S },
  ];
  const before = { bytesPerS: 1, widthS: HOUR_S };
  expect(chooseRange(NOW_S, around({ ranges, before }))).toEqual({
    fromS: startS + HOUR_S,
    toS: startS + 20 * HOUR_S,
  });
});

test('partition width - history is wide, the wider the farther, and keeps out of the present', () => {
  expect(width(NOW_S - 2 * DAY_S, {})).toBe(DAY_S);
  expect(width(NOW_S - 100 * DAY_S, {})).toBe(28 * DAY_S);
  expect(width(NOW_S - 5000 * DAY_S, {})).toBe(364 * DAY_S);
  for (let daysAgo = 0.1; daysAgo < 800; daysAgo *= 1.1) {
    const { toS } = chooseRange(NOW_S - Math.round(daysAgo * DAY_S), around());
    expect(toS).toBeLessThan(NOW_S);
  }
});

test('partition width - dense history is divided, by the rows in hand or those before', () => {
  const bytesPerS = 0.05 * MEBIBYTE;
  expect(width(NOW_S - 100 * DAY_S, { handBytesPerS: bytesPerS })).toBe(6 * HOUR_S);
  const before = { bytesPerS, widthS: 6 * HOUR_S };
  expect(width(NOW_S - 100 * DAY_S, { before })).toBe(6 * HOUR_S);
});

test('partition width - many partitions make wide ones', () => {
  const ranges = Array.from({ length: 3000 }, (_, i) => ({ fromS: i * 60, toS: i * 60 + 60 }));
  const dense = { bytesPerS: 1000 * MEBIBYTE, widthS: 300 };
  expect(width(NOW_S, { ranges: ranges.slice(0, 1000), before: dense })).toBe(HOUR_S);
  expect(width(NOW_S, { ranges: ranges.slice(0, 2000), before: dense })).toBe(DAY_S);
  expect(width(NOW_S - 100 * DAY_S, { ranges, before: dense })).toBe(28 * DAY_S);
  expect(width(NOW_S - 1000 * DAY_S, { made: 64, before: dense })).toBe(364 * DAY_S);
});
