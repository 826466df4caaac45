import { describe, expect, test } from 'bun:test';
import {
  type AnnotationSpec,
  EMPTY_ANNOTATION,
  NOTES_NAME,
  type Note,
} from '../model/annotation.ts';
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
          timeZone: 'Europe/Berlin',
          about: 'disk io',
          notes: [],
          annotationsOff: [],
        };
        expect(parseView(formatView(view))).toEqual(view);
      }
    }
  });

  test('legends and hidden queries - stay with their queries', () => {
    const queries = [
      { letter: 'A', expr: 'a', legend: '', isHidden: true },
      { letter: 'B', expr: 'b', legend: '{{host}} & co', isHidden: false },
      { letter: 'C', expr: 'c', legend: '', isHidden: true },
    ];
    const view = { ...parseView(''), panel: { ...graphOf(), queries } };
    expect(formatView(view)).toBe(
      '?expr=a&expr=b&expr=c&legend=&legend=%7B%7Bhost%7D%7D+%26+co&hidden=AC',
    );
    expect(parseView(formatView(view)).panel.queries).toEqual(queries);
    expect(parseView('?expr=&expr=b&legend=x&legend=y').panel.queries).toEqual([
      { letter: 'B', expr: 'b', legend: 'y', isHidden: false },
    ]);
    const others = queries.slice(1);
    const shorter = { ...view, panel: { ...view.panel, queries: others } };
    expect(formatView(shorter)).toContain('&letters=BC&hidden=C');
    expect(parseView(formatView(shorter)).panel.queries).toEqual(others);
    const lettersOf = (search: string) =>
      parseView(search).panel.queries.map(({ letter }) => letter);
    expect(lettersOf('?expr=a&expr=b&letters=CC')).toEqual(['A', 'B']);
    expect(lettersOf('?expr=a&expr=b&letters=B')).toEqual(['B', 'A']);
  });

  test('annotations, notes and what is switched off - stay as they are', () => {
    const annotations: AnnotationSpec[] = [
      { ...EMPTY_ANNOTATION, name: 'deploys & more', expr: 'timestamp(a{b="c"})', times: 'values' },
      {
        ...{ name: 'hot', db: 'other', expr: 'x > 1', times: 'steps', tone: 'danger' },
        text: '{{host}} = 100 %',
      },
    ];
    const notes: Note[] = [
      { id: 'a', fromMs: 1_767_225_600_000, toMs: 1_767_225_600_000, text: 'x=1&y', tone: 'plain' },
      { id: 'b', fromMs: 1_767_225_600_500, toMs: 1_767_225_660_000, text: 'ü\n2', tone: 'good' },
    ];
    const panel = { ...graphOf('x'), annotations };
    const view = { ...parseView(''), panel, notes, annotationsOff: ['hot', NOTES_NAME] };
    expect(parseView(formatView(view))).toEqual(view);
  });

  test('annotations and notes that are none - are left out', () => {
    const { panel, notes } = parseView(
      '?mark=name%3Da&mark=expr%3Dx&mark=name%3Db%26expr%3Dx%26tone%3Dloud&mark=name%3Db%26expr%3Dy' +
        '&note=id%3Da&note=id%3D..%26from%3D2026-01-31T12:00:00Z' +
        '&note=id%3Da%26from%3D2026-01-31T12:00:00Z%26to%3D2026-01-31T11:00:00Z',
    );
    expect(panel.annotations).toEqual([{ ...EMPTY_ANNOTATION, name: 'b', expr: 'x' }]);
    expect(notes).toEqual([]);
  });

  test('a zone that is none - is the default', () => {
    expect(parseView('?tz=Mars%2FPhobos').timeZone).toBe('');
  });

  test('a range that is none - is the default', () => {
    expect(parseView('?range=100y').frame).toEqual({ kind: 'rolling', rangeMs: 300_000 });
  });
});
