import { describe, expect, test } from 'bun:test';
import { matrixWith } from '../chart/testing/matrix.ts';
import { sortLines, tableColumns, tableLines } from './table-columns.ts';

const { rows } = matrixWith([1, 9], [null, null], [5, 3], [2, 20]);
const naming = { common: {}, legends: new Map<string, string>() };
const columns = tableColumns(rows, naming, 'percent', 'Now');
const columnOf = (id: string) => {
  const column = columns.find((candidate) => candidate.id === id);
  if (!column) throw new Error(`there is no column ${id}`);
  return column;
};

function sorted(id: string, isDescending: boolean): string[] {
  const lines = sortLines(tableLines(rows), columnOf(id), isDescending);
  return lines.map((line) => columnOf(id).textOf(line));
}

describe('the table of series', () => {
  test('columns - are the labels that differ, and the values', () => {
    expect(columns.map(({ title }) => title)).toEqual([...['series', 'Now', 'Min', 'Max', 'Mean']]);
    const alone = tableColumns(
      rows.slice(0, 1),
      { ...naming, common: { series: '0' } },
      'none',
      'Last',
    );
    expect(alone.map(({ title }) => title)).toEqual(['Series', 'Last', 'Min', 'Max', 'Mean']);
    const legends = new Map([['', 'number {{series}}']]);
    expect(tableColumns(rows, { ...naming, legends }, 'none', 'Now')[0]?.title).toBe('Series');
  });

  test('sorted by numbers - those without come last, either way', () => {
    expect(sorted('last', true)).toEqual(['20 %', '9 %', '3 %', '–']);
    expect(sorted('last', false)).toEqual(['3 %', '9 %', '20 %', '–']);
    expect(sorted('mean', false)).toEqual(['4 %', '5 %', '11 %', '–']);
  });

  test('sorted by labels - numbers in them count as numbers', () => {
    const many = matrixWith(...Array.from({ length: 12 }, () => [1]));
    const column = columnOf('label:series');
    const lines = sortLines(tableLines(many.rows), column, true);
    expect(lines.slice(0, 3).map((line) => column.textOf(line))).toEqual(['11', '10', '9']);
  });
});
