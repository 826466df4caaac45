import { describe, expect, test } from 'bun:test';
import { float64Bin } from '@overseer/shared/queries';
import { matrixWith } from '../chart/testing/matrix.ts';
import { FixedColumns } from '../fetched/fixed-columns.ts';
import { toCsv } from './csv.ts';
import { toMatrixJson } from './matrix-json.ts';
import { tabulate } from './time-table.ts';

const other = (startMs: number, stepMs: number, ...values: number[]) =>
  new FixedColumns(
    {
      ...{ startMs, stepMs, count: values.length },
      series: [{ labels: { path: '/a,b "c"' }, values: float64Bin(Float64Array.from(values)) }],
    },
    { expr: 'other', letter: 'B' },
  );

describe('a table of times', () => {
  test('series of several queries - stand side by side at all of their times', () => {
    const matrix = matrixWith([1, 2, 3]);
    const { times, columns } = tabulate([...matrix.rows, ...other(1000, 500, 7, 8).rows]);
    expect([...times]).toEqual([0, 1000, 1500, 2000]);
    expect(columns.map((column) => [0, 1, 2, 3].map((index) => column.valueAt(index)))).toEqual([
      [1, 2, undefined, 3],
      [undefined, 7, 8, undefined],
    ]);
  });

  test('CSV - is quoted where it must be, and leaves out times without values', () => {
    const matrix = matrixWith([1, null, 0.1 + 0.2]);
    expect(toCsv(tabulate([...matrix.rows, ...other(2000, 1000, -5e-324).rows]))).toBe(
      'time,"{series=""0""}","B: {path=""/a,b \\""c\\""""}"\r\n' +
        '1970-01-01T00:00:00.000Z,1,\r\n' +
        '1970-01-01T00:00:02.000Z,0.30000000000000004,-5e-324\r\n',
    );
  });

  test('CSV - of nothing is a header', () => {
    expect(toCsv(tabulate([]))).toBe('time\r\n');
  });

  test('JSON - is a matrix of Prometheus', () => {
    const matrix = matrixWith([1, null, Number.POSITIVE_INFINITY]);
    expect(JSON.parse(toMatrixJson(tabulate(matrix.rows)))).toEqual({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { series: '0' },
            values: [
              [0, '1'],
              [2, '+Inf'],
            ],
          },
        ],
      },
    });
  });
});
