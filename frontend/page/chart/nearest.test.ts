import { describe, expect, test } from 'bun:test';
import { graphOf } from '../../model/panel-spec.ts';
import type { SeriesRow } from '../series/series-columns.ts';
import { nextStep, type Place, readAt } from './nearest.ts';
import { linesPicture, stackPicture } from './picture.ts';
import { matrixWith } from './testing/matrix.ts';

const at = (second: number, value: number) => ({ timeMs: second * 1000, value });

const colourOf = () => '#123456';

function readLines(rows: readonly SeriesRow[], place: Place, reachMs: number) {
  return readAt(rows, place, reachMs, linesPicture(rows, graphOf('x'), colourOf));
}

describe('what a chart has at a place', () => {
  test('the series nearest to the value - is told among the others, from large to small', () => {
    const matrix = matrixWith([0, 10], [0, 30], [0, 20]);
    const readings = readLines(matrix.rows, at(1.2, 19), 0);
    expect(readings?.timeMs).toBe(1000);
    expect(readings?.readings.map(({ value }) => value)).toEqual([30, 20, 10]);
    expect(readings?.nearest.value).toBe(20);
    expect(readings?.moreCount).toBe(0);
  });

  test('many series - are told as the nearest and a number', () => {
    const matrix = matrixWith(...Array.from({ length: 100 }, (_, index) => [index]));
    const readings = readLines(matrix.rows, at(0, 50.2), 0);
    expect(readings?.readings.map(({ value }) => value)).toEqual([54, 53, 52, 51, 50, 49, 48, 47]);
    expect(readings?.moreCount).toBe(92);
  });

  test('a lone point - is found from a few steps away, not from further', () => {
    const matrix = matrixWith([null, null, null, 7, null, null]);
    expect(readLines(matrix.rows, at(1, 0), 2000)?.timeMs).toBe(3000);
    expect(readLines(matrix.rows, at(5, 0), 2000)?.timeMs).toBe(3000);
    expect(readLines(matrix.rows, at(1, 0), 1000)).toBeUndefined();
  });

  test('hidden series - are not read', () => {
    const matrix = matrixWith([1], [2]);
    const readings = readLines(matrix.rows.slice(1), at(0, 1), 0);
    expect(readings?.readings.map(({ value }) => value)).toEqual([2]);
    expect(readLines([], at(0, 1), 5000)).toBeUndefined();
  });
});

describe('what a stack has at a place', () => {
  const matrix = matrixWith([10, 0], [null, 5], [5, 1], [-4, 2]);
  const read = (place: Place) =>
    readAt(matrix.rows, place, 0, stackPicture(matrix.rows, graphOf('x'), colourOf));

  test('the area - is the one that the place is in', () => {
    const [first, , third, last] = matrix.rows;
    expect(read(at(0, 9))?.nearest).toMatchObject({ row: first, value: 10, height: 10 });
    expect(read(at(0, 11))?.nearest).toMatchObject({ row: third, value: 5, height: 15 });
    expect(read(at(0, -1))?.nearest).toMatchObject({ row: last, value: -4, height: -4 });
    expect(read(at(0, 100))?.nearest.row).toBe(third as SeriesRow);
  });

  test('the sum - is that of all values, and the order is that of the areas', () => {
    const readings = read(at(0, 9));
    expect(readings?.sum).toBe(11);
    expect(readings?.readings.map(({ value }) => value)).toEqual([5, 10, -4]);
  });

  test('a key - means its series, even one without height', () => {
    const [flat] = matrix.rows;
    const place = { ...at(1, 5), rowId: flat?.id ?? '' };
    expect(read(place)?.nearest).toMatchObject({ row: flat, value: 0, height: 0 });
  });
});

describe('on a logarithmic scale', () => {
  test('values of zero and less - are not read', () => {
    const matrix = matrixWith([0], [10], [1000]);
    const picture = linesPicture(matrix.rows, { ...graphOf('x'), scale: 'log' }, colourOf);
    expect(readAt(matrix.rows, at(0, 200), 0, picture)?.nearest.value).toBe(1000);
    expect(readAt(matrix.rows, at(0, 0.1), 0, picture)?.readings).toHaveLength(2);
    expect(picture.leftOutCount(0, 1000)).toBe(1);
    expect(picture.bounds(0, 1000)).toEqual([10, 1000]);
  });
});

describe('moving by keys', () => {
  test('the next step - is the next one that has a value', () => {
    const matrix = matrixWith([1, null, null, 4]);
    const [row] = matrix.rows;
    if (!row) throw new Error('the matrix has a row');
    expect(nextStep(row, 0, 1)).toBe(3000);
    expect(nextStep(row, 3000, -1)).toBe(0);
    expect(nextStep(row, 3000, 1)).toBeUndefined();
  });
});
