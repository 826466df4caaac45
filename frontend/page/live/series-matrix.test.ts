import { describe, expect, test } from 'bun:test';
import { float64Bin } from '@overseer/shared/queries';
import type { Delta, LiveSeries, Reset } from '../../live/protocol.ts';
import { randomOf } from '../../testing/random.ts';
import { SERIES_MAX } from '../series/series-columns.ts';
import { SeriesMatrix } from './series-matrix.ts';

const STEP_MS = 1000;
/** Ten steps, one that the range begins in, and one in the future. */
const RANGE_MS = 10 * STEP_MS;

type Values = readonly (number | null)[];

function series(key: number, values: Values, host?: string): LiveSeries {
  const present = new Uint8Array((values.length + 7) >> 3);
  for (const [index, value] of values.entries()) {
    if (value !== null) present[index >> 3] = (present[index >> 3] ?? 0) | (1 << (index & 7));
  }
  const bin = float64Bin(Float64Array.from(values, (value) => value ?? 0));
  return { key, values: bin, present, ...(host && { labels: { host } }) };
}

const reset = (firstStep: number, count: number, ...all: LiveSeries[]): Reset => ({
  kind: 'reset',
  id: 1,
  firstStep,
  count,
  series: all,
  warnings: [],
});

const delta = (firstStep: number, count: number, ...all: LiveSeries[]): Delta => ({
  kind: 'delta',
  id: 1,
  firstStep,
  count,
  series: all,
});

const matrixOf = (first: Reset) => {
  const matrix = new SeriesMatrix(
    { stepMs: STEP_MS, rangeMs: RANGE_MS },
    { expr: 'test', letter: '' },
  );
  matrix.reset(first);
  return matrix;
};

/** By host: [step, value] for each step with a value. */
function contents(matrix: SeriesMatrix): Record<string, [number, number][]> {
  const entries = matrix.rows.map((row) => {
    const points = [...matrix.values(row)].map((value, index): [number, number] => [
      (matrix.times[index] ?? Number.NaN) / STEP_MS,
      value,
    ]);
    return [row.labels.host, points.filter(([, value]) => !Number.isNaN(value))];
  });
  return Object.fromEntries(entries);
}

describe('a series matrix', () => {
  test('a reset - takes the place of everything', () => {
    const matrix = matrixOf(reset(100, 3, series(1, [1, null, 3], 'a')));
    expect([...matrix.times]).toEqual([100_000, 101_000, 102_000]);
    expect(contents(matrix)).toEqual({
      a: [
        [100, 1],
        [102, 3],
      ],
    });
    matrix.reset(reset(7, 1, series(1, [9], 'b')));
    expect(contents(matrix)).toEqual({ b: [[7, 9]] });
  });

  test('bins that are not aligned - are read', () => {
    const shifted = new Uint8Array(17);
    shifted.set(float64Bin(Float64Array.of(1.5, 2.5)), 1);
    const one = { key: 1, labels: { host: 'a' }, values: shifted.subarray(1) };
    expect(contents(matrixOf(reset(0, 2, one)))).toEqual({
      a: [
        [0, 1.5],
        [1, 2.5],
      ],
    });
  });

  test('a delta - adds steps, changes and removes values, brings series', () => {
    const matrix = matrixOf(reset(10, 3, series(1, [1, 2, 3], 'a'), series(2, [4, 5, 6], 'b')));
    matrix.apply(delta(12, 2, series(1, [null, 8]), series(3, [null, 9], 'c')));
    expect(contents(matrix)).toEqual({
      a: [
        [10, 1],
        [11, 2],
        [13, 8],
      ],
      b: [
        [10, 4],
        [11, 5],
        [12, 6],
      ],
      c: [[13, 9]],
    });
  });

  test('steps between the window and a delta - have no values', () => {
    const matrix = matrixOf(reset(10, 1, series(1, [1], 'a')));
    matrix.apply(delta(14, 1, series(1, [2])));
    expect(matrix.times.length).toBe(5);
    expect(contents(matrix)).toEqual({
      a: [
        [10, 1],
        [14, 2],
      ],
    });
  });

  test('a delta far ahead - leaves nothing of what was', () => {
    const matrix = matrixOf(reset(10, 1, series(1, [1], 'a')));
    matrix.apply(delta(10_000, 1, series(1, [2])));
    expect(matrix.times.length).toBe(matrix.stepsMax);
    expect(contents(matrix)).toEqual({ a: [[10_000, 2]] });
  });

  test('steps before the window - are left out', () => {
    const all = Array.from({ length: 100 }, (_, index) => index);
    const matrix = matrixOf(reset(0, 100, series(1, all, 'a')));
    expect(contents(matrix).a?.map(([step]) => step)).toEqual(all.slice(-matrix.stepsMax));
    matrix.apply(delta(0, 90, series(1, all.slice(0, 90).fill(-1))));
    expect(contents(matrix).a?.filter(([, value]) => value === -1)).toEqual([
      [88, -1],
      [89, -1],
    ]);
  });

  test('a series that was never introduced - is an error', () => {
    const matrix = matrixOf(reset(0, 1));
    expect(() => matrix.apply(delta(1, 1, series(5, [1])))).toThrow(
      'series 5 was never introduced',
    );
  });

  test('a bin of another length - is an error', () => {
    const wrong = { ...reset(0, 3), series: [series(1, [1, 2], 'a')] };
    expect(() => matrixOf(wrong)).toThrow('series 1 has 2 values for 3 steps');
  });

  test('series beyond the limit - are counted, and stay out', () => {
    const all = Array.from({ length: SERIES_MAX + 2 }, (_, key) => series(key, [1], `h${key}`));
    const matrix = matrixOf(reset(0, 1, ...all));
    expect(matrix.rows.length).toBe(SERIES_MAX);
    expect(matrix.omittedCount).toBe(2);
    matrix.apply(delta(1, 1, series(SERIES_MAX + 1, [5])));
    expect(matrix.rows.length).toBe(SERIES_MAX);
  });

  test('series whose last value has left the window - have no values', () => {
    const matrix = matrixOf(reset(0, 1, series(1, [1], 'a'), series(2, [null], 'b')));
    matrix.apply(delta(1, matrix.stepsMax - 1));
    expect(matrix.hasValues).toBe(true);
    matrix.apply(delta(matrix.stepsMax, 1));
    expect(matrix.hasValues).toBe(false);
    expect(matrix.rows.length).toBe(2);
  });

  test('any sequence of deltas - gives what a plain map would', () => {
    const random = randomOf(20_260_101);
    const matrix = matrixOf(reset(0, 1, series(0, [0], 'h0')));
    const plain = new Map<string, Map<number, number>>([['h0', new Map([[0, 0]])]]);
    let newest = 0;
    for (let round = 0; round < 2000; round++) {
      const firstStep = Math.max(0, newest - Math.floor(random() * 8) + 1);
      const count = 1 + Math.floor(random() * 6);
      const key = Math.floor(random() * 4);
      const values = Array.from({ length: count }, () => (random() < 0.3 ? null : random()));
      const isNew = !plain.has(`h${key}`);
      matrix.apply(delta(firstStep, count, series(key, values, isNew ? `h${key}` : undefined)));
      newest = Math.max(newest, firstStep + count - 1);
      const points = plain.get(`h${key}`) ?? new Map<number, number>();
      plain.set(`h${key}`, points);
      for (const [index, value] of values.entries()) {
        if (value === null) points.delete(firstStep + index);
        else points.set(firstStep + index, value);
      }
      for (const all of plain.values()) {
        for (const step of all.keys()) if (step <= newest - matrix.stepsMax) all.delete(step);
      }
    }
    const expected = [...plain].map(([host, points]) => [
      host,
      [...points].sort(([a], [b]) => a - b),
    ]);
    expect(contents(matrix)).toEqual(Object.fromEntries(expected));
    expect(matrix.times.at(-1)).toBe(newest * STEP_MS);
  });
});
