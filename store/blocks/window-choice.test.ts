import { expect, test } from 'bun:test';
import { WindowChoice } from './window-choice.ts';

const TABLE = 1;
const MINUTE_MS = 60_000;

/** Samples of one series so many milliseconds apart. */
const samplesEvery = (intervalMs: number) => ({
  offsets: Uint32Array.of(0, 3, 3, 4),
  times: Float64Array.of(0, intervalMs, 2 * intervalMs, 0),
  fractions: new Uint32Array(4),
  values: new Float64Array(4),
});

test('window choice - of what was never read, windows are long that would be for a sample every ten seconds', () => {
  const choice = new WindowChoice();
  expect(choice.isWorthwhile(TABLE, 'max', MINUTE_MS)).toBe(false);
  expect(choice.isWorthwhile(TABLE, 'max', 5 * MINUTE_MS)).toBe(true);
});

test('window choice - follows what was read of a measurement', () => {
  const choice = new WindowChoice();
  choice.learnSamples(TABLE, samplesEvery(1000));
  expect(choice.isWorthwhile(TABLE, 'max', MINUTE_MS)).toBe(true);
  choice.learnWindows(TABLE, MINUTE_MS, 10, 20);
  expect(choice.isWorthwhile(TABLE, 'max', 5 * MINUTE_MS)).toBe(false);
  expect(choice.isWorthwhile(TABLE, 'max', 10 * MINUTE_MS)).toBe(true);
  expect(choice.isWorthwhile(TABLE + 1, 'max', 5 * MINUTE_MS)).toBe(true);
});

test('window choice - what says nothing of the interval changes nothing', () => {
  const choice = new WindowChoice();
  choice.learnSamples(TABLE, { ...samplesEvery(1), offsets: Uint32Array.of(0, 1, 2, 3, 4) });
  choice.learnWindows(TABLE, MINUTE_MS, 0, 0);
  expect(choice.isWorthwhile(TABLE, 'max', 5 * MINUTE_MS)).toBe(true);
});

test('window choice - after a doubt samples are read for ten minutes', () => {
  let nowMs = 0;
  const choice = new WindowChoice(() => nowMs);
  choice.learnDoubt(TABLE, 'sum');
  nowMs = 10 * MINUTE_MS - 1;
  expect(choice.isWorthwhile(TABLE, 'sum', 5 * MINUTE_MS)).toBe(false);
  expect(choice.isWorthwhile(TABLE, 'max', 5 * MINUTE_MS)).toBe(true);
  nowMs++;
  expect(choice.isWorthwhile(TABLE, 'sum', 5 * MINUTE_MS)).toBe(true);
});
