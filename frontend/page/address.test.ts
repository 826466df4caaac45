import { describe, expect, test } from 'bun:test';
import { graphOf } from '../model/panel-spec.ts';
import { PRESETS } from '../model/time-frame.ts';
import { formatView, parseView } from './address.ts';

describe('the address', () => {
  test('nothing - is the default view', () => {
    const view = parseView('');
    expect(view).toMatchObject({ db: '', panel: { queries: [] }, frame: { rangeMs: 300_000 } });
    expect(formatView(view)).toBe('');
  });

  test('a view - comes back as it was', () => {
    const fixed = { kind: 'fixed', fromMs: 1_767_225_600_000, toMs: 1_767_225_660_000 } as const;
    const zooms = [fixed, { ...fixed, toMs: 1_767_225_601_500 }];
    for (const frame of [...PRESETS, fixed]) {
      for (const series of [
        { mode: 'except', ids: [] },
        { mode: 'except', ids: ['1a', 'zz'] },
        { mode: 'only', ids: ['1a'] },
      ] as const) {
        const view = {
          db: 'a b&c',
          panel: graphOf('rate(x{h="ü+"}[5m])', 'sum(y)'),
          frame,
          zooms,
          series,
        };
        expect(parseView(formatView(view))).toEqual(view);
      }
    }
  });

  test('a range that is none - is the default', () => {
    expect(parseView('?range=100y').frame).toEqual({ kind: 'rolling', rangeMs: 300_000 });
  });
});
