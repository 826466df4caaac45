import { expect, test } from 'bun:test';
import { labelTest } from './label-test.ts';
import { StringTable } from './string-table.ts';
import { TagColumn } from './tag-column.ts';

const SERIES = 20_000;

/** Every tenth is not all ASCII, every seventh series is without the tag. */
function hostOf(series: number): string {
  if (series % 7 === 0) return '';
  return series % 10 === 0 ? `höst_${series}` : `host_${series}`;
}

const PATTERNS = [
  'host_1.*',
  '.*7',
  'h.st_[0-4]+',
  '(?i)HÖST_.*5.*',
  '.*st_1999[0-9]|',
  'ho+st_12.',
];

test('tag column - very many values are matched as they are one by one', () => {
  const column = new TagColumn(new StringTable());
  const series = Uint32Array.from({ length: SERIES }, (_, i) => i);
  for (const number of series) {
    const value = hostOf(number);
    if (value !== '') column.set(number, value);
  }
  for (const value of PATTERNS) {
    for (const op of ['=~', '!~'] as const) {
      const matches = labelTest({ name: 'host', op, value });
      const expected = series.filter((number) => matches.passes(hostOf(number)));
      const few = series.slice(0, 100);
      const expectedFew = few.filter((number) => matches.passes(hostOf(number)));
      expect(column.filter(few, matches)).toEqual(expectedFew);
      expect(column.filter(series.slice(), matches)).toEqual(expected);
      expect(column.filter(series.slice(), matches)).toEqual(expected);
    }
  }
});
