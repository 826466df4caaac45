import { expect, test } from 'bun:test';
import { AnswerError } from '@overseer/shared';
import { UnavailableError } from './errors.ts';
import { SeriesLimits } from './series-limits.ts';

/** Limits of ten series a database and a hundred a second, with a clock and a store at hand. */
function makeLimits(known: readonly bigint[] = []) {
  const world = { nowMs: 0, pending: 0, questions: 0, isAway: false };
  const limits = new SeriesLimits({
    perDatabaseMax: 10,
    newPerSecondMax: 100,
    pendingOf: () => world.pending,
    askKnown: async () => {
      world.questions++;
      if (world.isAway) throw new AnswerError('unavailable', 'nobody answers');
      return new Set(known);
    },
    nowMs: () => world.nowMs,
  });
  return { limits, world };
}

/** What `judge` is refused with. */
async function refusal(limits: SeriesLimits, ids: readonly bigint[]): Promise<UnavailableError> {
  const error = await limits.judge('db', ids).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UnavailableError)) throw new Error('it was not refused');
  return error;
}

const watermark = (count: number) => ({
  stream: 's',
  sequence: 1,
  series: new Map([['db', count]]),
});

test('series limits - what is registered in all partitions counts, and what is on its way', () => {
  const { limits, world } = makeLimits();
  expect(limits.allowance('db')).toBe(10);
  limits.onWatermark(0, watermark(3));
  limits.onWatermark(1, watermark(2));
  limits.onWatermark(1, watermark(4));
  limits.onWatermark(2, { stream: 's', sequence: 1 });
  world.pending = 2;
  expect([limits.allowance('db'), limits.allowance('other')]).toEqual([1, 8]);
  limits.onWatermark(0, watermark(60));
  expect([limits.allowance('db'), limits.isFull('db')]).toEqual([0, true]);
});

test('series limits - of a full database known series are let in, others refused for good', async () => {
  const { limits } = makeLimits([1n, 3n]);
  limits.onWatermark(0, watermark(10));
  expect(await limits.judge('db', [1n, 2n, 3n, 4n])).toEqual({
    admitted: [1n, 3n],
    refused: [2n, 4n],
  });
});

test('series limits - while it is not known whether there is room, new series come again', async () => {
  const { limits, world } = makeLimits([1n]);
  limits.onWatermark(0, watermark(7));
  world.pending = 3;
  expect(await limits.judge('db', [1n])).toEqual({ admitted: [1n], refused: [] });
  const { message, retryAfterSeconds } = await refusal(limits, [1n, 2n]);
  expect(message).toContain(
    'database "db" has 7 series and 3 on their way, SERIES_PER_DATABASE_MAX is 10',
  );
  expect(retryAfterSeconds).toBe(1);
});

test('series limits - ten times the rate may come at once, then as many as the rate says', async () => {
  const { limits, world } = makeLimits();
  const large = new SeriesLimits({
    perDatabaseMax: 1_000_000,
    newPerSecondMax: 100,
    pendingOf: () => 0,
    askKnown: () => Promise.resolve(new Set<bigint>()),
    nowMs: () => world.nowMs,
  });
  expect(limits.allowance('db')).toBe(10);
  expect(large.allowance('db')).toBe(1000);
  large.took(1000);
  expect(large.allowance('db')).toBe(0);
  const { message, retryAfterSeconds } = await refusal(
    large,
    Array.from({ length: 250 }, (_, i) => BigInt(i)),
  );
  expect(message).toContain('NEW_SERIES_PER_SECOND_MAX is 100, and 250 or more series');
  expect(retryAfterSeconds).toBe(3);
  world.nowMs += 500;
  expect(large.allowance('db')).toBe(50);
  world.nowMs += 3_600_000;
  expect(large.allowance('db')).toBe(1000);
});

test('series limits - without a store that answers, points come again', async () => {
  const { limits, world } = makeLimits();
  limits.onWatermark(0, watermark(10));
  world.isAway = true;
  const { message } = await refusal(limits, [1n]);
  expect(message).toContain("the store can't be asked which series exist (nobody answers)");
  world.isAway = false;
  expect(await limits.judge('db', [1n])).toEqual({ admitted: [], refused: [1n] });
  expect(world.questions).toBe(2);
});
