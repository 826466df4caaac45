import { beforeEach, expect, test } from 'bun:test';
import { Announcements } from './announcements.ts';

const STREAM = '2026-01-01T00:00:00Z';
const GENERATION = 7;

let calls: string[];
let announcements: Announcements;

const series = (...entries: number[]) => ({
  database: 'db',
  entries: Uint32Array.from(entries),
  generation: GENERATION,
});

beforeEach(() => {
  calls = [];
  const note = (name: string) => (entries: Uint32Array, generation: number) => {
    expect(generation).toBe(GENERATION);
    calls.push(`${name} ${entries.join(' ')}`);
  };
  const cache = { confirm: note('confirm'), announceAgain: note('again') };
  announcements = new Announcements(cache, 2, 5);
  announcements.onStream(STREAM, 0);
});

test('announcements - a series is confirmed when the watermark has passed its first batch', () => {
  announcements.acknowledged(0, 10, series(1, 2), 1);
  announcements.acknowledged(0, 12, series(3), 1);
  announcements.onStream(STREAM, 1);
  announcements.onWatermark(0, { stream: STREAM, sequence: 9 });
  expect(calls).toEqual([]);
  announcements.onWatermark(0, { stream: STREAM, sequence: 11 });
  expect(calls).toEqual(['confirm 1 2']);
  expect(announcements.pendingEntries).toBe(1);
  announcements.onWatermark(1, { stream: STREAM, sequence: 99 });
  expect(calls).toEqual(['confirm 1 2']);
  announcements.onWatermark(0, { stream: STREAM, sequence: 12 });
  expect(calls).toEqual(['confirm 1 2', 'confirm 3']);
  expect(announcements.pendingEntries).toBe(0);
});

test('announcements - a watermark of another stream confirms nothing', () => {
  announcements.acknowledged(0, 1, series(1), 1);
  announcements.onStream(STREAM, 1);
  announcements.onWatermark(0, { stream: 'older', sequence: 1000 });
  expect(calls).toEqual([]);
});

test('announcements - an acknowledgement that no later check vouches for is not confirmed', () => {
  announcements.onWatermark(0, { stream: STREAM, sequence: 1000 });
  announcements.acknowledged(0, 3, series(1), 1);
  announcements.onWatermark(0, { stream: STREAM, sequence: 1001 });
  expect(calls).toEqual([]);
  // The stream had been made anew: the sequence was one of the new stream.
  announcements.onStream('newer', 1);
  expect(calls).toEqual(['again 1']);
});

test('announcements - after a loss of the server what is pending is announced again', () => {
  announcements.acknowledged(0, 1, series(1), 1);
  announcements.acknowledged(1, 2, series(2), 1);
  announcements.startOver();
  expect(calls).toEqual(['again 1', 'again 2']);
  expect(announcements.pendingEntries).toBe(0);
});

test('announcements - beyond the limit series are announced again instead of being tracked', () => {
  announcements.acknowledged(0, 1, series(1, 2, 3), 1);
  announcements.acknowledged(0, 2, series(4, 5, 6), 1);
  expect(calls).toEqual(['again 4 5 6']);
  expect(announcements.pendingEntries).toBe(3);
});

test('announcements - a watermark of a partition that the stream has not is ignored', () => {
  announcements.onWatermark(2, { stream: STREAM, sequence: 1 });
  expect(calls).toEqual([]);
});

test('announcements - those of a database are pending from when they are sent until they are confirmed or lost', () => {
  for (const of of [series(1, 2), series(3), series(4)]) announcements.sent(of);
  expect([announcements.pendingOf('db'), announcements.pendingOf('other')]).toEqual([4, 0]);
  announcements.lost(series(4));
  announcements.acknowledged(0, 10, series(1, 2), 1);
  announcements.acknowledged(0, 11, series(3), 1);
  announcements.onStream(STREAM, 1);
  announcements.onWatermark(0, { stream: STREAM, sequence: 10 });
  expect(announcements.pendingOf('db')).toBe(1);
  announcements.startOver();
  expect(announcements.pendingOf('db')).toBe(0);
});
