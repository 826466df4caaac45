import { describe, expect, test } from 'bun:test';
import { float64Bin } from '@overseer/shared/queries';
import { type AnnotationSpec, EMPTY_ANNOTATION } from '../../model/annotation.ts';
import { matrixWith } from '../chart/testing/matrix.ts';
import { FixedColumns } from '../fetched/fixed-columns.ts';
import { clusterMarks } from './mark-cluster.ts';
import { MARKS_MAX, marksAt, marksOf, nextMark, noteMark, type TimeMark } from './time-mark.ts';

const SPEC: AnnotationSpec = { ...EMPTY_ANNOTATION, name: 'deploys', expr: 'x' };

/** What is marked: from, to and text. */
function told(lists: (number | null)[][], change: Partial<AnnotationSpec> = {}) {
  const { marks } = marksOf(matrixWith(...lists).rows, { ...SPEC, ...change });
  return marks.map(({ fromMs, toMs, text }) => [fromMs, toMs, text]);
}

const at = (fromMs: number, toMs = fromMs): TimeMark =>
  noteMark({ id: String(fromMs), fromMs, toMs, text: 'x', tone: 'plain' });

describe('marks of steps', () => {
  test('values that are there and not zero - mark as long as they follow each other', () => {
    expect(told([[null, 1, 0, 2, 3, -1, null]])).toEqual([
      [1000, 1000, 'series=0'],
      [3000, 5000, 'series=0'],
    ]);
  });

  test('what reaches both ends - is one', () => {
    expect(told([[1, 1, 1]])).toEqual([[0, 2000, 'series=0']]);
    expect(told([[null, 0]])).toEqual([]);
  });

  test('series - mark each for itself, those that look the same once', () => {
    expect(
      told(
        [
          [1, 1],
          [1, 1],
        ],
        { text: 'busy' },
      ),
    ).toEqual([[0, 1000, 'busy']]);
    expect(
      told(
        [
          [1, 1],
          [1, 1],
        ],
        { text: '{{series}}' },
      ),
    ).toEqual([
      [0, 1000, '0'],
      [0, 1000, '1'],
    ]);
  });

  test('spans with their least and greatest - are marked where either is not zero', () => {
    const values = float64Bin(Float64Array.of(0, 1, 0, 2, 0, 0, 0, 5));
    const answer = { startMs: 0, stepMs: 500, count: 8, series: [{ labels: {}, values }] };
    const columns = new FixedColumns({ ...answer, isPaired: true }, { expr: 'x', letter: '' });
    const { marks } = marksOf(columns.rows, SPEC);
    expect(marks.map(({ fromMs, toMs, text }) => [fromMs, toMs, text])).toEqual([
      [0, 1500, 'deploys'],
      [3000, 3500, 'deploys'],
    ]);
  });
});

describe('marks of values', () => {
  test('each time that a value is - is marked once, wherever the steps are', () => {
    expect(told([[null, 10.5, 10.5, 10.5, 12]], { times: 'values' })).toEqual([
      [10_500, 10_500, 'series=0'],
      [12_000, 12_000, 'series=0'],
    ]);
  });
});

describe('many marks', () => {
  test('more than can be shown - the newest are, and it is said', () => {
    const values = Array.from({ length: 2 * MARKS_MAX + 2 }, (_, i) => i % 2);
    const { marks, isCut } = marksOf(matrixWith(values).rows, SPEC);
    expect([marks.length, isCut]).toEqual([MARKS_MAX, true]);
    expect(marks.at(-1)?.fromMs).toBe(1000 * (values.length - 1));
  });

  test('flags that would cover each other - are one', () => {
    const marks = [at(100), at(0), at(104), at(120)];
    const flags = clusterMarks(marks, (timeMs) => timeMs, 10);
    expect(flags.map(({ x, marks: behind }) => [x, behind.length])).toEqual([
      [0, 1],
      [100, 2],
      [120, 1],
    ]);
  });
});

describe('a place among marks', () => {
  const marks = [at(1000), at(3000, 5000), at(9000)];

  test('what is marked there - is what it is within, or near to', () => {
    const found = (timeMs: number, reachMs: number) =>
      marksAt(marks, timeMs, reachMs).map(({ fromMs }) => fromMs);
    expect(found(4000, 0)).toEqual([3000]);
    expect(found(2000, 999)).toEqual([]);
    expect(found(2000, 1000)).toEqual([1000, 3000]);
  });

  test('the next one - is the nearest in that direction', () => {
    expect(nextMark(marks, 1000, 1)?.fromMs).toBe(3000);
    expect(nextMark(marks, 9000, -1)?.fromMs).toBe(3000);
    expect(nextMark(marks, 9000, 1)).toBeUndefined();
  });
});
