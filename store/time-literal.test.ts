import { expect, test } from 'bun:test';
import { splitTime, timeLiteral } from './time-literal.ts';

test.each([
  [0n, '1970-01-01T00:00:00.000000Z', 0n],
  [1n, '1970-01-01T00:00:00.000000Z', 1n],
  [-1n, '1969-12-31T23:59:59.999999Z', 999n],
  [-1000n, '1969-12-31T23:59:59.999999Z', 0n],
  [-1_000_001n, '1969-12-31T23:59:59.998999Z', 999n],
  [1_700_000_000_123_456_789n, '2023-11-14T22:13:20.123456Z', 789n],
  [-(2n ** 63n), '1677-09-21T00:12:43.145224Z', 192n],
  [2n ** 63n - 1n, '2262-04-11T23:47:16.854775Z', 807n],
])('time literal - %i ns is its microsecond, and the nanoseconds beyond', (timeNs, text, rest) => {
  const [microseconds, restNs] = splitTime(timeNs);
  expect(timeLiteral(microseconds)).toBe(`'${text}'`);
  expect(restNs).toBe(rest);
});
