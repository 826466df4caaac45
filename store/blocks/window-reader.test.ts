import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { AnswerError, createLogger } from '@overseer/shared';
import type { SeriesSource, StepGrid } from '../promql/mod.ts';
import { differencesOf, errorOf, Random, range, unboundedBudget } from '../promql/testing/mod.ts';
import { SamplesAlone } from '../testing/samples-alone.ts';
import { StoredPoints } from '../testing/stored-points.ts';
import {
  boolean,
  float,
  integer,
  type Point,
  unsigned,
  type Value,
} from '../testing/test-ingress.ts';
import { PostgresSeries } from './postgres-series.ts';
import type { WindowReading } from './window-reader.ts';

let stored: StoredPoints;

beforeAll(async () => {
  stored = await StoredPoints.start();
});

afterAll(async () => {
  await stored?.stop();
});

const T0_MS = Date.parse('2026-01-01T00:00:00Z');
const NS_PER_MS = 1_000_000n;
const SEED = 20261123;
const MINUTE_MS = 60_000;
const INTERVAL_MS = 10_000;
const SAMPLES = 120;
const HOSTS = ['a', 'b', 'c'];
const FUNCTIONS = ['avg', 'count', 'max', 'min', 'sum'];

/** A source that has read nothing yet, so that it holds nothing to be in doubt; and how it read windows since. */
async function newSource() {
  const readings: WindowReading[] = [];
  const source = await PostgresSeries.open(stored.database, createLogger('test'), {
    onWindowsRead: (reading) => readings.push(reading),
  });
  return { source, readings };
}

const optionsOf = (source: SeriesSource, budget = unboundedBudget()) => ({
  db: 'db',
  source,
  budget,
  lookbackMs: 5 * MINUTE_MS,
  seriesMax: 1000,
});

/** Answers of both ways, and which way was taken. */
async function bothWays(text: string, grid: StepGrid) {
  const { source, readings } = await newSource();
  const windows = await range(text, grid, optionsOf(source));
  const samples = await range(text, grid, optionsOf(new SamplesAlone(source)));
  return { samples, windows, readings };
}

interface Kind {
  readonly name: string;
  readonly value: (random: Random) => Value;
  /** Nanoseconds behind the second at which a point would be; milliseconds unless told. */
  readonly shiftNs?: (random: Random) => bigint;
  /** Some points are within a millisecond of another. */
  readonly isFine?: true;
  /** What PostgreSQL may not answer alone. */
  readonly isDoubtfulFor?: readonly string[];
}

const gauge = (random: Random) => float(random.fraction() * 100);
const oneOf =
  (...values: number[]) =>
  (random: Random) =>
    float(values[Math.floor(random.fraction() * values.length)] as number);

const KINDS: readonly Kind[] = [
  { name: 'gauges', value: gauge },
  { name: 'seconds', value: gauge, shiftNs: () => 0n },
  { name: 'constants', value: () => float(0.1) },
  { name: 'booleans', value: (random) => boolean(random.fraction() < 0.5) },
  {
    name: 'integers',
    value: (random) => integer(BigInt(Math.floor(random.fraction() * 1e6) - 5e5)),
  },
  {
    name: 'longs',
    value: (random) => integer(2n ** 62n + BigInt(Math.floor(random.fraction() * 1e9))),
  },
  {
    name: 'unsigned',
    value: (random) => unsigned(2n ** 64n - 1n - BigInt(Math.floor(random.fraction() * 1e4))),
  },
  { name: 'zeros', value: oneOf(0) },
  { name: 'negative_zeros', value: oneOf(-0) },
  { name: 'mixed_zeros', value: oneOf(0, -0, 1) },
  { name: 'infinities', value: oneOf(1, Infinity, 2) },
  { name: 'both_infinities', value: oneOf(1, Infinity, -Infinity) },
  { name: 'not_numbers', value: oneOf(1, 2, NaN), isDoubtfulFor: ['max'] },
  { name: 'nothing_but_nan', value: oneOf(NaN), isDoubtfulFor: ['max'] },
  { name: 'huge', value: oneOf(1.7e308, 1.6e308), isDoubtfulFor: ['avg', 'sum'] },
  { name: 'tiny', value: oneOf(5e-324, 1e-310), isDoubtfulFor: ['avg', 'sum'] },
  { name: 'canceling', value: oneOf(1e17, -1e17, 1), isDoubtfulFor: ['avg', 'sum'] },
  {
    name: 'microseconds',
    value: gauge,
    shiftNs: (random) => BigInt(Math.floor(random.fraction() * 3)) * 1000n,
    isFine: true,
    isDoubtfulFor: FUNCTIONS,
  },
  {
    name: 'nanoseconds',
    value: gauge,
    shiftNs: (random) => BigInt(Math.floor(random.fraction() * 3)),
    isFine: true,
    isDoubtfulFor: FUNCTIONS,
  },
];

/** Points of a kind: with gaps and fields that are missing, late ones, some twice within a millisecond. */
function pointsOf({ name, value, shiftNs, isFine }: Kind, random: Random): Point[] {
  const points: Point[] = [];
  const shift = shiftNs ?? (() => BigInt(Math.floor(random.fraction() * 5000)) * NS_PER_MS);
  for (let i = 0; i < SAMPLES; i++) {
    for (const host of HOSTS) {
      if (random.fraction() < 0.2) continue;
      const fields: Record<string, Value> = {};
      if (random.fraction() < 0.9) fields.x = value(random);
      if (random.fraction() < 0.3) fields.y = value(random);
      if (Object.keys(fields).length === 0) continue;
      const timeNs = BigInt(T0_MS + i * INTERVAL_MS) * NS_PER_MS + shift(random);
      const point = { database: 'db', measurement: name, tags: { host }, fields, timeNs };
      points.push(point);
      if (isFine && random.fraction() < 0.3) {
        points.push({ ...point, fields: { ...fields, x: value(random) }, timeNs: timeNs + 4000n });
      }
    }
  }
  // Late.
  return [...points.filter((_, i) => i % 5 > 0), ...points.filter((_, i) => i % 5 === 0)];
}

const GRIDS: readonly { readonly rangeMs: number; readonly grid: StepGrid }[] = [
  { rangeMs: 4 * MINUTE_MS, grid: { startMs: T0_MS, stepMs: 4 * MINUTE_MS, count: 7 } },
  { rangeMs: 200_003, grid: { startMs: T0_MS - 17, stepMs: 200_003, count: 8 } },
  {
    rangeMs: 10 * MINUTE_MS,
    grid: { startMs: T0_MS + 5 * MINUTE_MS, stepMs: 10 * MINUTE_MS, count: 2 },
  },
  { rangeMs: 15 * MINUTE_MS, grid: { startMs: T0_MS + 19 * MINUTE_MS, stepMs: 1, count: 1 } },
];

describe('window reader', () => {
  for (const kind of KINDS) {
    test(`${kind.name} - windows of PostgreSQL are those of the samples`, async () => {
      const random = new Random(SEED);
      const points = pointsOf(kind, random);
      await stored.write(...points);
      const table = stored.table({ database: 'db', measurement: kind.name });
      await stored.database.unsafe(
        `DELETE FROM ${table.name} WHERE time BETWEEN '2026-01-01 00:07:30Z' AND '2026-01-01 00:09:10Z'`,
      );
      for (const name of FUNCTIONS) {
        for (const { rangeMs, grid } of GRIDS) {
          for (const selector of [`${kind.name}_x`, `${kind.name}_y{host!="b"}`]) {
            const text = `${name}_over_time(${selector}[${rangeMs}ms])`;
            const { samples, windows, readings } = await bothWays(text, grid);
            expect({ text, differences: differencesOf(samples, windows) }).toEqual({
              text,
              differences: [],
            });
            expect(samples.length).toBeGreaterThan(0);
            const isSure = !kind.isDoubtfulFor?.includes(name);
            if (isSure || readings[0] !== 'doubtful') {
              expect({ text, readings }).toEqual({ text, readings: ['aggregated'] });
            }
          }
        }
      }
    });
  }

  const TEN_MINUTES: StepGrid = {
    startMs: T0_MS + 10 * MINUTE_MS,
    stepMs: 10 * MINUTE_MS,
    count: 2,
  };

  test('aggregations, offsets and fixed times - are of the windows, too', async () => {
    const kind: Kind = { name: 'outer', value: gauge };
    await stored.write(...pointsOf(kind, new Random(SEED)));
    for (const text of [
      'avg by (host) (avg_over_time(outer_x[10m]))',
      'max(max_over_time(outer_x{host=~"a|b"}[10m]))',
      'min_over_time(outer_x[10m] offset 5m) + 1',
      'sum_over_time(outer_y[10m] @ 1767226200)',
    ]) {
      const { samples, windows } = await bothWays(text, TEN_MINUTES);
      expect(windows.length).toBeGreaterThan(0);
      expect({ text, differences: differencesOf(samples, windows) }).toEqual({
        text,
        differences: [],
      });
    }
  });

  test('several fields and measurements - are all of their windows', async () => {
    const field = (measurement: string, host: string, name: string, minute: number): Point => ({
      database: 'db',
      measurement,
      tags: { host },
      fields: { [name]: float(minute) },
      timeNs: BigInt(T0_MS + minute * MINUTE_MS) * NS_PER_MS,
    });
    await stored.write(
      field('pair', 'a', 'x', 1),
      field('pair', 'a', 'x', 2),
      field('pair', 'b', 'y', 3),
      field('pair_of', 'c', 'z', 4),
      field('pair_of', 'c', 'z', 14),
    );
    const { samples, windows, readings } = await bothWays(
      'sum_over_time({__name__=~"pair_.*"}[10m])',
      TEN_MINUTES,
    );
    expect(windows).toEqual(samples);
    expect(windows.map(({ labels, values }) => [labels.host, values])).toEqual([
      ['a', [3, undefined]],
      ['b', [3, undefined]],
      ['c', [4, 14]],
    ]);
    expect(readings).toEqual(['aggregated', 'aggregated']);
  });

  test('windows that overlap, or are short - are made of samples', async () => {
    const { source, readings } = await newSource();
    await range('max_over_time(outer_x[20m])', TEN_MINUTES, optionsOf(source));
    await range('max_over_time(outer_x[10m:1m])', TEN_MINUTES, optionsOf(source));
    await range('quantile_over_time(0.5, outer_x[10m])', TEN_MINUTES, optionsOf(source));
    expect(readings).toEqual([]);
    const short = { ...TEN_MINUTES, stepMs: MINUTE_MS };
    await range('max_over_time(outer_x[1m])', short, optionsOf(source));
    expect(readings).toEqual(['sparse']);
  });

  test('windows that were in doubt - are not asked for again', async () => {
    const { source, readings } = await newSource();
    for (let i = 0; i < 3; i++) {
      await range('max_over_time(not_numbers_x[10m])', TEN_MINUTES, optionsOf(source));
    }
    await range('min_over_time(not_numbers_x[10m])', TEN_MINUTES, optionsOf(source));
    expect(readings).toEqual(['doubtful', 'sparse', 'sparse', 'aggregated']);
  });

  test('windows - count against the budget, end with its signal, and are none where the table is gone', async () => {
    const { source, readings } = await newSource();
    const budget = unboundedBudget();
    const text = 'max_over_time(outer_x[10m])';
    await range(text, TEN_MINUTES, optionsOf(source, budget));
    expect(budget.samples).toBe(2 * HOSTS.length);
    const canceled = new AnswerError('canceled', 'nobody listens');
    const aborted = unboundedBudget(AbortSignal.abort(canceled));
    expect(await errorOf(range(text, TEN_MINUTES, optionsOf(source, aborted)))).toBe(canceled);
    const name = { database: 'db', measurement: 'outer' };
    await stored.database.unsafe(`DROP TABLE ${stored.table(name).name} CASCADE`);
    expect(await range(text, TEN_MINUTES, optionsOf(source))).toEqual([]);
    expect(readings).toEqual(['aggregated', 'aggregated']);
  });
});
