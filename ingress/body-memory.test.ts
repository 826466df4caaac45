import { expect, test } from 'bun:test';
import { BodyMemory } from './body-memory.ts';
import { UnavailableError } from './errors.ts';

const REQUEST_BYTES = 16_384;

test('body memory - bodies beyond the limit are refused until others are released', () => {
  const memory = new BodyMemory(100_000);
  const first = memory.lease('a');
  first.grow(50_000);
  expect(memory.bytes).toBe(REQUEST_BYTES + 50_000);
  const second = memory.lease('b');
  expect(() => second.grow(20_000)).toThrow(UnavailableError);
  first.release();
  second.grow(20_000);
  second.release();
  expect(memory.bytes).toBe(0);
});

test('body memory - many requests with tiny bodies are bounded too', () => {
  const memory = new BodyMemory(16 * REQUEST_BYTES);
  const leases = Array.from({ length: 12 }, () => memory.lease('a'));
  expect(() => memory.lease('a')).toThrow('BODIES_BYTES_MAX is 262144 bytes');
  for (const lease of leases) lease.release();
  expect(memory.bytes).toBe(0);
});

test('body memory - a client that takes all it can leaves room for others, and gets less when they come', () => {
  const memory = new BodyMemory(100 * REQUEST_BYTES);
  const takeAll = (client: string) => {
    const leases = [];
    try {
      for (;;) leases.push(memory.lease(client));
    } catch (error) {
      expect(error).toBeInstanceOf(UnavailableError);
    }
    return leases;
  };
  const first = takeAll('a');
  expect(first.length).toBe(75);
  // As many times as is left free, three times for each.
  const others = ['b', 'c', 'd'].map(takeAll);
  expect(others.map(({ length }) => length)).toEqual([18, 5, 1]);
  for (const lease of first.splice(0, 50)) lease.release();
  expect(takeAll('b').length).toBeGreaterThan(15);
  expect(memory.clients).toBe(4);
});

test('body memory - room is kept for bytes that are only declared while there is plenty', () => {
  const memory = new BodyMemory(100_000);
  const first = memory.lease('a');
  expect(first.tryDeclare(30_000)).toBe(true);
  const second = memory.lease('b');
  expect(second.tryDeclare(30_000)).toBe(false);
  second.grow(1000);
  first.release();
  second.release();
  expect([memory.bytes, memory.clients]).toEqual([0, 0]);
});

test('body memory - a lease released twice gives back once', () => {
  const memory = new BodyMemory(100_000);
  const lease = memory.lease('a');
  lease.release();
  lease.release();
  expect(memory.bytes).toBe(0);
});
