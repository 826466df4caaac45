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

  test('an event told before - is repeated, also when the snapshot has it', () => {
    const positions = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
    expect(positions.advance(event(8, 10))).toBe('repeated');
    expect(positions.advance(event(10, 12))).toBe('next');
    expect(positions.advance(event(10, 12))).toBe('repeated');
  });

  test('an event that moves nothing - is taken at the end of the chain, and else repeated', () => {
    const positions = new Positions([{ partition: 0, stream: 'a', sequence: 10 }]);
    expect(positions.advance(event(10, 10))).toBe('next');
    expect(positions.advance(event(10, 12))).toBe('next');
    expect(positions.advance(event(10, 10))).toBe('repeated');
    expect(positions.advance(event(13, 13))).toBe('gap');
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
