import { expect, spyOn, test } from 'bun:test';
import { WallClock } from './clock.ts';

test('clock - agrees with the system, and tells moments apart', () => {
  const clock = new WallClock();
  const times = Array.from({ length: 1000 }, () => clock.nowNs());
  const systemNs = BigInt(Date.now()) * 1_000_000n;
  expect(Number(times.at(-1) ?? 0n)).toBeWithin(Number(systemNs) - 1e8, Number(systemNs) + 1e8);
  expect(new Set(times).size).toBeGreaterThan(900);
});

test('clock - follows a step of the system clock', () => {
  const clock = new WallClock();
  clock.nowNs();
  const now = spyOn(Date, 'now').mockReturnValue(1_000_000);
  try {
    expect(clock.nowNs() / 1_000_000n).toBe(1_000_000n);
  } finally {
    now.mockRestore();
  }
});
