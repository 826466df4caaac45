import { describe, expect, test } from 'bun:test';
import type { StoredEvent } from '@overseer/shared';
import { Positions } from './positions.ts';

const event = (from: number, to: number, stream = 'a', partition = 0): StoredEvent => ({
  partition,
  stream,
  from,
  to,
  committedAtMs: 0,
  tables: [],
});

describe('positions', () => {
  test('a chain - goes on where it ends, for each partition', () => {
    const positions = new Positions([
      { partition: 0, stream: 'a', sequence: 10 },
      { partition: 1, stream: 'a', sequence: 20 },
    ]);
    expect(positions.advance(event(10, 12))).toBe('next');
    expect(positions.advance(event(20, 21, 'a', 1))).toBe('next');
    expect(positions.advance(event(12, 13))).toBe('next');
  });

  test('an event told before - is repeated, or covered when the snapshot has it', () => {
    const positions = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
    expect(positions.advance(event(8, 10))).toBe('covered');
    expect(positions.advance(event(10, 12))).toBe('next');
    expect(positions.advance(event(10, 12))).toBe('repeated');
  });

  test('an event that moves nothing - is taken at the end of the chain, and else repeated', () => {
    const positions = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
    expect(positions.advance(event(10, 10))).toBe('next');
    expect(positions.advance(event(10, 12))).toBe('next');
    expect(positions.advance(event(12, 12))).toBe('next');
    expect(positions.advance(event(13, 13))).toBe('gap');
  });

  describe('numbered events', () => {
    const numbered = (from: number, to: number, commit: number) => ({ ...event(from, to), commit });
    const positionsAt = (sequence: number, commits: number) =>
      new Positions([{ partition: 0, stream: 'a', sequence, commits }]);

    test('follow each other by number too: one that moves nothing is missed', () => {
      const positions = positionsAt(10, 3);
      expect(positions.advance(numbered(10, 12, 5))).toBe('gap');
      expect(positions.advance(numbered(10, 10, 5))).toBe('gap');
      expect(positions.advance(numbered(10, 10, 4))).toBe('next');
      expect(positions.advance(numbered(10, 10, 4))).toBe('repeated');
      expect(positions.advance(numbered(10, 10, 3))).toBe('covered');
      expect(positions.advance(numbered(10, 12, 5))).toBe('next');
    });

    test('of positions that come a second time, after the stream lost its end, are a gap', () => {
      expect(positionsAt(10, 3).advance(numbered(7, 9, 4))).toBe('gap');
    });

    test('of numbers that come a second time, after PostgreSQL was restored, are a gap', () => {
      expect(positionsAt(10, 3).advance(numbered(10, 12, 2))).toBe('gap');
    });

    test('begin where an older store counted none, or told none', () => {
      expect(positionsAt(10, 0).advance(numbered(10, 12, 1))).toBe('next');
      const untold = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
      expect(untold.advance(numbered(10, 12, 6))).toBe('next');
      expect(untold.advance(numbered(12, 13, 8))).toBe('gap');
    });

    test('go on behind those of an older store in between', () => {
      const positions = positionsAt(10, 3);
      expect(positions.advance(event(10, 12))).toBe('next');
      expect(positions.advance(numbered(12, 13, 4))).toBe('next');
    });

    test('are missed by the number alone', () => {
      const behind = (commits: number) =>
        positionsAt(10, 3).isBehind([{ partition: 0, stream: 'a', sequence: 10, commits }]);
      expect([behind(3), behind(4)]).toEqual([false, true]);
    });
  });

  test('a gap - is told and moves nothing', () => {
    const positions = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
    expect(positions.advance(event(11, 12))).toBe('gap');
    expect(positions.advance(event(9, 12))).toBe('gap');
    expect(positions.advance(event(10, 12))).toBe('next');
  });

  test('another stream - is a gap, except where nothing had happened', () => {
    const positions = new Positions([
      { partition: 0, stream: 'a', sequence: 10 },
      { partition: 1, stream: '', sequence: 0 },
    ]);
    expect(positions.advance(event(0, 2, 'b'))).toBe('gap');
    expect(positions.advance(event(10, 12, 'b'))).toBe('gap');
    expect(positions.advance(event(0, 2, 'b', 1))).toBe('next');
    expect(positions.advance(event(2, 3, 'b', 1))).toBe('next');
  });

  test('a partition not heard of - begins with its first event', () => {
    const positions = new Positions([]);
    expect(positions.advance(event(3, 4))).toBe('gap');
    expect(positions.advance(event(0, 4))).toBe('next');
  });

  test('being behind - is told of any partition on which something happened', () => {
    const positions = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
    expect(positions.isBehind([{ partition: 0, stream: 'a', sequence: 10 }])).toBe(false);
    expect(positions.isBehind([{ partition: 0, stream: 'a', sequence: 11 }])).toBe(true);
    expect(positions.isBehind([{ partition: 0, stream: 'b', sequence: 1 }])).toBe(true);
    expect(positions.isBehind([{ partition: 1, stream: 'a', sequence: 0 }])).toBe(false);
    expect(positions.isBehind([{ partition: 1, stream: 'a', sequence: 1 }])).toBe(true);
  });
});
