import { describe, expect, test } from 'bun:test';
import { formatJson, formatTable, type ResultTable } from './table.ts';

const INT8 = 20;
const FLOAT8 = 701;
const TEXT = 25;

const result: ResultTable = {
  command: 'SELECT',
  count: 2,
  columns: [
    { name: 'id', typeId: INT8 },
    { name: 'share', typeId: FLOAT8 },
    { name: 'name', typeId: TEXT },
  ],
  rows: [
    ['9223372036854775807', '0.5', '日本'],
    ['-1', 'NaN', null],
  ],
};

describe('table', () => {
  test('numbers - stand to the right, NULL is visible, wide characters count double', () => {
    expect(formatTable(result)).toBe(
      [
        '                 id | share | name',
        '--------------------+-------+-----',
        '9223372036854775807 |   0.5 | 日本',
        '                 -1 |   NaN | NULL',
        '(2 rows)',
        '',
      ].join('\n'),
    );
  });

  test('a line break in a value - does not break the table', () => {
    const columns = [{ name: 'a', typeId: TEXT }];
    const text = formatTable({ command: 'SELECT', count: 1, columns, rows: [['x\ny\t"']] });
    expect(text).toBe('a\n-------\nx\\ny\\t"\n(1 row)\n');
  });

  test('a statement without rows - is told by its command', () => {
    const done = { columns: [], rows: [] };
    expect(formatTable({ ...done, command: 'INSERT', count: 3 })).toBe('INSERT 3\n');
    expect(formatTable({ ...done, command: 'DO', count: null })).toBe('DO\n');
  });
});

test('json - keeps every digit: what a float cannot hold is a string', () => {
  expect(JSON.parse(formatJson(result))).toEqual([
    { id: '9223372036854775807', share: 0.5, name: '日本' },
    { id: '-1', share: 'NaN', name: null },
  ]);
});
