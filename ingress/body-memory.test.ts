import { expect, test } from 'bun:test';
import { BodyMemory } from './body-memory.ts';
import { UnavailableError } from './errors.ts';

const REQUEST_BYTES = 16_384;

test('body memory - bodies beyond the limit are refused until others are released', () => {
  const memory = new BodyMemory(100_000);
  const first = memory.lease();
  first.grow(60_000);
  expect(memory.bytes).toBe(REQUEST_BYTES + 60_000);
  const second = memory.lease();
  expect(() => second.grow(10_000)).toThrow(UnavailableError);
  first.release();
  second.grow(60_000);
  second.release();
  expect(memory.bytes).toBe(0);
});

test('body memory - many requests with tiny bodies are bounded too', () => {
  const memory = new BodyMemory(10 * REQUEST_BYTES);
  const leases = Array.from({ length: 10 }, () => memory.lease());
  expect(() => memory.lease()).toThrow('send this one again');
  for (const lease of leases) lease.release();
  expect(memory.bytes).toBe(0);
});

test('body memory - a lease released twice gives back once', () => {
  const memory = new BodyMemory(100_000);
  const lease = memory.lease();
  lease.release();
  lease.release();
  expect(memory.bytes).toBe(0);
});
