import { describe, expect, test } from 'bun:test';
import { formatView, parseView } from './address.ts';
import { RANGES } from './ranges.ts';

describe('the address', () => {
  test('nothing - is the default view', () => {
    const view = parseView('');
    expect(view).toMatchObject({ db: '', expr: '', range: { name: '5m' } });
    expect(formatView(view)).toBe('');
  });

  test('a view - comes back as it was', () => {
    for (const range of RANGES) {
      for (const series of [
        { mode: 'except', ids: [] },
        { mode: 'except', ids: ['1a', 'zz'] },
        { mode: 'only', ids: ['1a'] },
      ] as const) {
        const view = { db: 'a b&c', expr: 'rate(x{h="ü+"}[5m])', range, series };
        expect(parseView(formatView(view))).toEqual(view);
      }
    }
  });

  test('a range that is none - is the default', () => {
    expect(parseView('?range=100y').range.name).toBe('5m');
  });
});
