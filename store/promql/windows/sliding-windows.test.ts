import { describe, expect, test } from 'bun:test';
import { Random } from '../testing/mod.ts';
import { SlidingVariances } from './sliding-variances.ts';
import { SortedWindow } from './sorted-window.ts';

const SEED = 4711;
const RELATIVE_DIFFERENCE_MAX = 1e-12;

/** Windows that begin and end at random, neither before the last one; some are empty, some skip values. */
function randomWindows(random: Random, length: number): [from: number, to: number][] {
  const windows: [number, number][] = [];
  let [from, to] = [0, 0];
  while (to < length) {
    from = Math.min(length, from + random.integer(random.once(9) ? length / 2 : 5));
    to = Math.min(length, Math.max(from, to) + random.integer(random.once(9) ? length / 2 : 5));
    windows.push([from, to]);
  }
  return windows;
}

/** In two passes, with the first value as origin. */
function plainVariance(values: readonly number[]): number {
  const differences = values.map((value) => value - (values[0] ?? 0));
  const mean = differences.reduce((sum, value) => sum + value, 0) / values.length;
  return differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

describe('sliding variances', () => {
  const kinds: [what: string, value: (random: Random, i: number) => number][] = [
    ['noise', (random) => random.fraction()],
    ['noise on a large mean', (random) => 1e12 + random.integer(1000)],
    ['a rising counter', (_, i) => 1e9 + 17 * i],
    [
      'one value that is far off now and then',
      (random) => (random.once(50) ? 1e9 : random.fraction()),
    ],
    ['steps', (_, i) => Math.floor(i / 40) * 1e6],
  ];
  test.each(kinds)('%s - is what two passes find', (_, value) => {
    const random = new Random(SEED);
    const values = Float64Array.from({ length: 500 }, (_, i) => value(random, i));
    const windows = randomWindows(random, values.length);
    const variances = new SlidingVariances().of(values, boundsOf(windows, values));
    let compared = 0;
    for (const [i, [from, to]] of windows.entries()) {
      if (from === to) continue;
      const expected = plainVariance([...values.subarray(from, to)]);
      const difference = Math.abs((variances[i] ?? Number.NaN) - expected);
      expect(difference).toBeLessThanOrEqual(RELATIVE_DIFFERENCE_MAX * expected);
      compared++;
    }
    expect(compared).toBeGreaterThan(20);
  });

  test('an infinity or NaN - is forgotten when its window has passed', () => {
    const values = Float64Array.of(1, Number.POSITIVE_INFINITY, 3, 5, Number.NaN, 7, 9, 9);
    const windows: [number, number][] = [
      [0, 1],
      [0, 2],
      [1, 4],
      [2, 4],
      [3, 6],
      [5, 7],
      [6, 8],
    ];
    const variances = new SlidingVariances().of(values, boundsOf(windows, values));
    expect([...variances]).toEqual([0, Number.NaN, Number.NaN, 1, Number.NaN, 1, 0]);
  });
});

function boundsOf(windows: readonly (readonly [number, number])[], { length }: Float64Array) {
  const first = Int32Array.from(windows, ([from]) => from);
  const end = Int32Array.from(windows, ([, to]) => to);
  return { first, end, from: 0, to: length };
}

test('sorted window - has the quantiles of a sorted copy, however few values move at once', () => {
  const random = new Random(SEED);
  const special = [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
  const sorted = new SortedWindow();
  let compared = 0;
  for (const length of [1, 2, 300, 40, 2000]) {
    const values = Float64Array.from({ length: length + 7 }, () =>
      random.once(10) ? random.pick(special) : random.integer(20),
    );
    sorted.start({ values, from: 7, to: values.length });
    for (const [from, to] of randomWindows(random, length)) {
      while (sorted.moveTo(7 + from, 7 + to, 3) === 3);
      const expected = values.slice(7 + from, 7 + to).sort();
      const nans = expected.filter((value) => Number.isNaN(value));
      const ordered = [...nans, ...expected.subarray(0, expected.length - nans.length)];
      for (const [place, value] of ordered.entries()) {
        const quantile = ordered.length === 1 ? 0 : place / (ordered.length - 1);
        // Only at a place itself, not between two: rounding decides which, and that is not what is asked here.
        if (quantile * (ordered.length - 1) !== place || !Number.isFinite(value)) continue;
        if (!Number.isFinite(ordered[place + 1] ?? 0)) continue;
        expect(sorted.quantile(quantile)).toBe(value);
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(1000);
});
