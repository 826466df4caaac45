import { describe, expect, test } from 'bun:test';
import { ANNOTATIONS_MAX, EMPTY_ANNOTATION, NOTES_MAX } from '../model/annotation.ts';
import { PANELS_MAX } from '../model/dashboard-spec.ts';
import { graphOf } from '../model/panel-spec.ts';
import { dashboardOf } from '../testing/dashboard-rig.ts';
import { DashboardFileError, readDashboardFile } from './dashboard-file.ts';
import { isDashboardId, newDashboardId } from './dashboard-id.ts';
import { DASHBOARD_VERSION } from './protocol.ts';

const VALID = dashboardOf('Valid', 'a', 'b');
const [PANEL] = VALID.panels;
const VARIABLE = { name: 'host', tag: 'host', selector: '', isMulti: true, hasAll: true };

/** What is told of a file; nothing when it is valid. */
function mistakesOf(file: unknown): string[] {
  try {
    readDashboardFile(file);
    return [];
  } catch (error) {
    if (!(error instanceof DashboardFileError)) throw error;
    return error.mistakes.map(({ path, message }) => `${path}: ${message}`);
  }
}

const ANNOTATION = { ...EMPTY_ANNOTATION, name: 'deploys', expr: 'deploys' };
const NOTE = { id: 'n', fromMs: 1000, toMs: 2000, text: 'Hot', tone: 'danger' } as const;

const withSpec = (change: object) =>
  mistakesOf({ v: DASHBOARD_VERSION, spec: { ...VALID, ...change } });
const withPanel = (change: object) => withSpec({ panels: [{ ...PANEL, ...change }] });
const withPanelSpec = (change: object) => withPanel({ spec: { ...graphOf('a'), ...change } });

describe('a dashboard file', () => {
  test('a valid one - is taken as it is', () => {
    const spec = { ...VALID, variables: [VARIABLE], range: '24h' };
    expect(readDashboardFile({ v: DASHBOARD_VERSION, spec })).toEqual(spec);
    expect(withPanelSpec({ min: null, max: 3, thresholds: [{ value: 1, level: 'good' }] })).toEqual(
      [],
    );
    expect(withSpec({ range: '2026-01-31T12:00:00Z/2026-01-31T13:00:00Z' })).toEqual([]);
    expect(withSpec({ annotations: [ANNOTATION], notes: [NOTE] })).toEqual([]);
    expect(withPanelSpec({ annotations: [{ ...ANNOTATION, db: 'other' }] })).toEqual([]);
  });

  test.each([
    ['nothing', undefined, /^: \{"v": 2, "spec": …\} was expected, not nothing$/],
    ['a list', [], /not a list$/],
    ['a bare spec', VALID, /^title: is not known$/],
    ['no version', { spec: VALID }, /^v: the version was expected, .* not nothing$/],
    ['a half version', { v: 1.5, spec: VALID }, /^v: .*not 1.5$/],
    ['a later version', { v: 3, spec: VALID }, /^v: version 3 is of a later Overseer/],
    ['no spec', { v: 1 }, /^spec: is missing; an object was expected$/],
    ['something besides', { v: 1, spec: VALID, at: 5 }, /^at: is not known$/],
  ])('%s - is told', (_, file, expected) => {
    const [mistake = '', ...more] = mistakesOf(file);
    expect(mistake).toMatch(expected);
    expect(more).toEqual([]);
  });

  test.each([
    [
      'an empty title',
      withSpec({ title: '' }),
      'spec.title: a text of 1 to 200 characters was expected, not ""',
    ],
    ['a field too many', withSpec({ owner: 'me' }), 'spec.owner: is not known'],
    [
      'a range that is none',
      withSpec({ range: 'now' }),
      'spec.range: a range such as 1h, or from/to, was expected, not "now"',
    ],
    [
      'too many panels',
      withSpec({
        panels: Array.from({ length: PANELS_MAX + 1 }, (_, i) => ({ ...PANEL, id: `p${i}` })),
      }),
      'spec.panels: a list of at most 100 panels was expected, not a list',
    ],
    [
      'panels of one id',
      withSpec({ panels: [PANEL, PANEL] }),
      'spec.panels[1].id: "p0" is there twice',
    ],
    [
      'variables of one name',
      withSpec({ variables: [VARIABLE, VARIABLE] }),
      'spec.variables[1].name: "host" is there twice',
    ],
    [
      'a name that is none',
      withSpec({ variables: [{ ...VARIABLE, name: '1st' }] }),
      'spec.variables[0].name: a letter, then letters, digits and _ was expected, not "1st"',
    ],
    [
      'a panel beyond the grid',
      withPanel({ column: 20 }),
      'spec.panels[0].width: column 20 and width 12 leave the grid of 24 columns',
    ],
    [
      'half a column',
      withPanel({ column: 0.5 }),
      'spec.panels[0].column: a whole number from 0 to 23 was expected, not 0.5',
    ],
    [
      'an id with a space',
      withPanel({ id: 'a b' }),
      'spec.panels[0].id: 1 to 64 letters, digits, - and _ was expected, not "a b"',
    ],
    [
      'a view that is none',
      withPanelSpec({ view: 'pie' }),
      'spec.panels[0].spec.view: one of graph, stacked, stat, table, heatmap was expected, not "pie"',
    ],
    [
      'an axis upside down',
      withPanelSpec({ min: 3, max: 1 }),
      'spec.panels[0].spec.min: 3 is not below max, 1',
    ],
    [
      'a query without an expression',
      withPanelSpec({ queries: [{ letter: 'A', legend: '', isHidden: false }] }),
      'spec.panels[0].spec.queries[0].expr: is missing; a text of at most 65536 characters was expected',
    ],
    [
      'queries of one letter',
      withPanelSpec({ queries: [...graphOf('a').queries, ...graphOf('b').queries] }),
      'spec.panels[0].spec.queries[1].letter: "A" is there twice',
    ],
    [
      'a letter that is none',
      withPanelSpec({ queries: graphOf('a').queries.map((one) => ({ ...one, letter: 'AB' })) }),
      'spec.panels[0].spec.queries[0].letter: a letter from A to Z was expected, not "AB"',
    ],
    [
      'thresholds in disorder',
      withPanelSpec({
        thresholds: [
          { value: 2, level: 'good' },
          { value: 1, level: 'danger' },
        ],
      }),
      'spec.panels[0].spec.thresholds[1].value: thresholds were expected in the order of their values',
    ],
    [
      'annotations of one name',
      withSpec({ annotations: [ANNOTATION, ANNOTATION] }),
      'spec.annotations[1].name: "deploys" is there twice',
    ],
    [
      'an annotation without a name',
      withPanelSpec({ annotations: [{ ...ANNOTATION, name: '' }] }),
      'spec.panels[0].spec.annotations[0].name: a text of 1 to 100 characters was expected, not ""',
    ],
    [
      'too many annotations',
      withSpec({
        annotations: Array.from({ length: ANNOTATIONS_MAX + 1 }, (_, i) => ({
          ...ANNOTATION,
          name: `a${i}`,
        })),
      }),
      'spec.annotations: a list of at most 10 annotations was expected, not a list',
    ],
    [
      'a note that ends before it begins',
      withSpec({ notes: [{ ...NOTE, toMs: 999 }] }),
      'spec.notes[0].toMs: 999 is before fromMs, 1000',
    ],
    [
      'a note of a tone that is none',
      withSpec({ notes: [{ ...NOTE, tone: 'loud' }] }),
      'spec.notes[0].tone: one of plain, good, warning, danger was expected, not "loud"',
    ],
    [
      'too many notes',
      withSpec({
        notes: Array.from({ length: NOTES_MAX + 1 }, (_, i) => ({ ...NOTE, id: `${i}` })),
      }),
      'spec.notes: a list of at most 200 notes was expected, not a list',
    ],
  ])('%s - is told with its place', (_, mistakes, expected) => {
    expect(mistakes).toEqual([expected]);
  });

  test('many mistakes - are told together, up to twenty', () => {
    expect(withPanelSpec({ view: 1, unit: 2, scale: 3 })).toHaveLength(3);
    const panels = Array.from({ length: 50 }, () => ({}));
    expect(withSpec({ panels })).toHaveLength(20);
  });

  test('a long value - is cut short', () => {
    const [mistake = ''] = withSpec({ range: 'x'.repeat(90) });
    expect(mistake.length).toBeLessThan(120);
  });

  test('a file of an earlier version - is brought up to date, step by step', () => {
    const migrations = [
      (spec: unknown) => ({ ...(spec as object), db: 'moved' }),
      (spec: unknown) => ({ ...(spec as object), title: `${(spec as { db: string }).db} twice` }),
    ];
    const read = (v: number) => readDashboardFile({ v, spec: VALID }, migrations);
    expect(read(1)).toEqual({ ...VALID, db: 'moved', title: 'moved twice' });
    expect(read(2)).toEqual({ ...VALID, title: 'demo twice' });
    expect(read(3)).toEqual(VALID);
    expect(() => read(4)).toThrow('later Overseer');
  });
});

describe('a dashboard of version 1', () => {
  test('it had no annotations, and letters by places - is as if it had been made so', () => {
    const { annotations: _annotations, notes: _notes, panels, ...rest } = VALID;
    const older = panels.map(({ spec: { annotations: _own, queries, ...spec }, ...panel }) => ({
      ...panel,
      spec: { ...spec, queries: queries.map(({ letter: _letter, ...query }) => query) },
    }));
    expect(readDashboardFile({ v: 1, spec: { ...rest, panels: older } })).toEqual(VALID);
  });

  test('what is none - is told as it is', () => {
    expect(mistakesOf({ v: 1, spec: 5 })).toEqual(['spec: an object was expected, not 5']);
    expect(mistakesOf({ v: 1, spec: { ...VALID, panels: 5 } })).toEqual([
      'spec.panels: a list of at most 100 panels was expected, not 5',
    ]);
    expect(mistakesOf({ v: 1, spec: { ...VALID, panels: [5] } })).toEqual([
      'spec.panels[0]: an object was expected, not 5',
    ]);
  });
});

describe('an id', () => {
  test.each([
    ['CPU & memory', /^cpu-memory-[a-z0-9]{8}$/],
    ['Größe', /^gro-e-[a-z0-9]{8}$/],
    ['温度', /^[a-z0-9]{8}$/],
    ['../../etc', /^etc-[a-z0-9]{8}$/],
    ['x'.repeat(200), /^x{40}-[a-z0-9]{8}$/],
  ])('%s - becomes part of an address', (title, expected) => {
    const id = newDashboardId(title);
    expect(id).toMatch(expected);
    expect(isDashboardId(id)).toBe(true);
    expect(newDashboardId(title)).not.toBe(id);
  });

  test('what would be a wildcard or a path - is none', () => {
    for (const text of ['', '*', '>', 'a.b', 'a/b', '-a', 'ä', 'a'.repeat(65)]) {
      expect(isDashboardId(text)).toBe(false);
    }
  });
});
