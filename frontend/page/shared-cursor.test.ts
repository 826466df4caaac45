import { describe, expect, test } from 'bun:test';
import { SharedCursor } from './shared-cursor.ts';

describe('the shared cursor', () => {
  test('a time that is pointed at - is for all panels but that one', () => {
    const cursor = new SharedCursor();
    const [one, other] = [{}, {}];
    cursor.point(one, 1000);
    expect([cursor.timeFor(one), cursor.timeFor(other)]).toEqual([undefined, 1000]);
    cursor.point(other, 2000);
    expect(cursor.timeFor(one)).toBe(2000);
  });

  test('who leaves - takes only its own time away', () => {
    const cursor = new SharedCursor();
    const [one, other] = [{}, {}];
    cursor.point(one, 1000);
    cursor.point(other, undefined);
    expect(cursor.timeFor(other)).toBe(1000);
    cursor.point(one, undefined);
    expect(cursor.timeFor(other)).toBeUndefined();
  });
});
