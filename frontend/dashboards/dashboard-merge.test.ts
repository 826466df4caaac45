import { describe, expect, test } from 'bun:test';
import { type AnnotationSpec, EMPTY_ANNOTATION, type Note } from '../model/annotation.ts';
import { type DashboardSpec, emptyDashboard, type PlacedPanel } from '../model/dashboard-spec.ts';
import { graphOf, PANEL_VIEWS, UNIT_NAMES } from '../model/panel-spec.ts';
import { randomOf } from '../testing/random.ts';
import { mergeDashboards } from './dashboard-merge.ts';

function panel(id: string, change: Partial<PlacedPanel> = {}): PlacedPanel {
  const spec = graphOf(`${id}_value`);
  return { id, column: 0, row: 0, width: 12, height: 8, db: null, spec, ...change };
}

function dashboard(...panels: readonly PlacedPanel[]): DashboardSpec {
  return { ...emptyDashboard({ title: 'One', db: 'demo', range: '1h' }), panels };
}

const variable = (name: string) => ({
  name,
  tag: name,
  selector: '',
  isMulti: false,
  hasAll: true,
});

const idsOf = ({ panels }: DashboardSpec) => panels.map(({ id }) => id);

/** The panels in an order of their own: what both add has none that is the same from both sides. */
const unordered = (spec: DashboardSpec): DashboardSpec => ({
  ...spec,
  panels: spec.panels.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
});

describe('a merge of dashboards', () => {
  const base = dashboard(panel('a'), panel('b'), panel('c'));

  test('two people who change different things - keeps both', () => {
    const [a, b, c] = base.panels as [PlacedPanel, PlacedPanel, PlacedPanel];
    const mine = { ...base, title: 'Mine', panels: [{ ...a, row: 8 }, b, c, panel('d')] };
    const bytes = { ...a, spec: { ...a.spec, unit: 'bytes' as const } };
    const theirs = { ...base, range: '6h', panels: [bytes, c, panel('e')] };
    const { spec, taken, conflicts } = mergeDashboards(base, mine, theirs);
    expect(conflicts).toEqual([]);
    expect(taken).toEqual(['range', 'panels[a].spec.unit', 'panels[b]', 'panels[e]']);
    expect(spec).toEqual({
      ...base,
      title: 'Mine',
      range: '6h',
      panels: [{ ...bytes, row: 8 }, c, panel('d'), panel('e')],
    });
  });

  test('two people who change the same thing - mine, and it is said', () => {
    const titled = (title: string): DashboardSpec => ({
      ...base,
      panels: base.panels.map((one) =>
        one.id === 'a' ? { ...one, spec: { ...one.spec, title } } : one,
      ),
    });
    const { spec, conflicts } = mergeDashboards(base, titled('mine'), titled('theirs'));
    expect(spec).toEqual(titled('mine'));
    expect(conflicts).toEqual([
      { path: 'panels[a].spec.title', mine: 'mine', theirs: 'theirs', kept: 'mine' },
    ]);
    expect(mergeDashboards(base, titled('same'), titled('same')).conflicts).toEqual([]);
  });

  test('a place that both changed - is nobody’s mixture', () => {
    const moved = (change: Partial<PlacedPanel>) => dashboard(panel('a', change));
    const { spec, conflicts } = mergeDashboards(
      dashboard(panel('a')),
      moved({ column: 12 }),
      moved({ row: 4 }),
    );
    expect(spec).toEqual(moved({ column: 12 }));
    expect(conflicts.map(({ path }) => path)).toEqual(['panels[a].place']);
  });

  test('a panel that one removed and the other changed - stays, whoever did which', () => {
    const removed = dashboard(panel('a'), panel('c'));
    const changed = dashboard(panel('a'), panel('b', { db: 'other' }), panel('c'));
    for (const [mine, theirs, kept] of [
      [removed, changed, 'theirs'],
      [changed, removed, 'mine'],
    ] as const) {
      const { spec, conflicts } = mergeDashboards(base, mine, theirs);
      expect(spec).toEqual(changed);
      expect(conflicts.map((conflict) => [conflict.path, conflict.kept])).toEqual([
        ['panels[b]', kept],
      ]);
    }
  });

  test('variables - those that are added stay behind what they follow', () => {
    const of = (...names: string[]) => ({ ...base, variables: names.map(variable) });
    const { spec } = mergeDashboards(of('a', 'b'), of('a', 'm', 'b'), of('a', 'b', 't'));
    expect(spec.variables.map(({ name }) => name)).toEqual(['a', 'm', 'b', 't']);
  });

  test('notes - those of both are there, and one that both changed is mine as a whole', () => {
    const note = (id: string, change: Partial<Note> = {}): Note => {
      return { id, fromMs: 1, toMs: 2, text: id, tone: 'plain', ...change };
    };
    const of = (...notes: Note[]) => ({ ...base, notes });
    const mine = of(note('a', { text: 'mine' }), note('b'), note('m'));
    const theirs = of(note('a', { toMs: 9 }), note('t'));
    const { spec, conflicts } = mergeDashboards(of(note('a'), note('b')), mine, theirs);
    expect(new Set(spec.notes)).toEqual(
      new Set([note('a', { text: 'mine' }), note('t'), note('m')]),
    );
    expect(conflicts.map(({ path }) => path)).toEqual(['notes[a]']);
  });

  test('annotations - are merged field by field', () => {
    const of = (change: Partial<AnnotationSpec>) => ({
      ...base,
      annotations: [{ ...EMPTY_ANNOTATION, name: 'deploys', ...change }],
    });
    const { spec, conflicts } = mergeDashboards(of({}), of({ expr: 'x' }), of({ tone: 'good' }));
    expect(spec).toEqual(of({ expr: 'x', tone: 'good' }));
    expect(conflicts).toEqual([]);
  });

  test('an order that I changed - is kept, with what they added', () => {
    const mine = dashboard(panel('c'), panel('a'), panel('b'));
    const theirs = dashboard(panel('a'), panel('x'), panel('b'), panel('c'));
    expect(idsOf(mergeDashboards(base, mine, theirs).spec)).toEqual(['c', 'a', 'x', 'b']);
  });
});

describe('any merge of dashboards', () => {
  const ROUNDS = 300;

  /** Some panels changed, removed and added, of those that `isMine` lets through. */
  function edited(
    spec: DashboardSpec,
    random: () => number,
    prefix: string,
    isMine: (id: string) => boolean = () => true,
  ): DashboardSpec {
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    const panels = spec.panels.flatMap((one) => {
      const roll = random();
      if (!isMine(one.id) || roll < 0.4) return [one];
      if (roll < 0.5) return [];
      if (roll < 0.7) return [{ ...one, column: Math.floor(random() * 12), row: 1 }];
      const view = pick(PANEL_VIEWS);
      return [{ ...one, spec: { ...one.spec, view, unit: pick(UNIT_NAMES) } }];
    });
    const added = Array.from({ length: Math.floor(random() * 3) }, (_, i) =>
      panel(`${prefix}${i}`),
    );
    const at = Math.floor(random() * (panels.length + 1));
    return { ...spec, panels: panels.toSpliced(at, 0, ...added) };
  }

  const base = dashboard(...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => panel(id)));

  test('one side that changed nothing - gives the other, exactly', () => {
    const random = randomOf(1);
    for (let round = 0; round < ROUNDS; round++) {
      const other = edited(base, random, 'n');
      for (const [mine, theirs] of [
        [base, other],
        [other, base],
        [other, other],
      ] as const) {
        const { spec, conflicts } = mergeDashboards(base, mine, theirs);
        expect(spec).toEqual(other);
        expect(conflicts).toEqual([]);
      }
    }
  });

  test('edits of different panels - give the same from both sides, without a conflict', () => {
    const random = randomOf(2);
    for (let round = 0; round < ROUNDS; round++) {
      const a = edited(base, random, 'm', (id) => id < 'd');
      const b = edited(base, random, 't', (id) => id >= 'd');
      const [one, other] = [mergeDashboards(base, a, b), mergeDashboards(base, b, a)];
      expect(one.conflicts).toEqual([]);
      expect(unordered(one.spec)).toEqual(unordered(other.spec));
      const expected = [...a.panels.filter(({ id }) => id < 'd' || id.startsWith('m'))];
      for (const one of expected) expect(other.spec.panels).toContainEqual(one);
    }
  });

  test('whatever two people do - no panel is lost that somebody touched, and none is there twice', () => {
    const random = randomOf(3);
    for (let round = 0; round < ROUNDS; round++) {
      const [mine, theirs] = [edited(base, random, 'm'), edited(base, random, 't')];
      const { spec } = mergeDashboards(base, mine, theirs);
      const ids = idsOf(spec);
      expect(new Set(ids).size).toBe(ids.length);
      for (const side of [mine, theirs]) {
        const touched = side.panels.filter(
          (one) => !base.panels.some((old) => Bun.deepEquals(one, old)),
        );
        expect(ids).toEqual(expect.arrayContaining(touched.map(({ id }) => id)));
      }
    }
  });
});
