import type { AnnotationSpec, Note } from '../model/annotation.ts';
import type { DashboardSpec, PlacedPanel, VariableSpec } from '../model/dashboard-spec.ts';

/** What became of the work of two people who began with the same dashboard. */
export interface DashboardMerge {
  readonly spec: DashboardSpec;
  /** Where the other one's changes were taken: `panels[cpu].spec.unit`; panels by their ids, variables by their names. */
  readonly taken: readonly string[];
  /** Where both changed the same thing. */
  readonly conflicts: readonly MergeConflict[];
}

export interface MergeConflict {
  readonly path: string;
  /** Undefined where one has removed it. */
  readonly mine: unknown;
  readonly theirs: unknown;
  /** Mine, except that what I removed and they changed stays: it can be removed again, and their work can't be done again. */
  readonly kept: 'mine' | 'theirs';
}

/**
 * Brings two changed dashboards together, panel by panel and field by field: nothing is lost that only one of them changed.
 * @param base what both began with
 */
export function mergeDashboards(
  base: DashboardSpec,
  mine: DashboardSpec,
  theirs: DashboardSpec,
): DashboardMerge {
  const merge = new Merge();
  const leaf = <Name extends 'title' | 'db' | 'range'>(name: Name): string =>
    merge.value(name, base[name], mine[name], theirs[name]);
  const spec: DashboardSpec = {
    title: leaf('title'),
    db: leaf('db'),
    range: leaf('range'),
    variables: merge.list<VariableSpec>({
      name: 'variables',
      keyOf: (variable) => variable.name,
      versions: [base.variables, mine.variables, theirs.variables],
      mergeOne: (path, ...versions) => merge.fields(path, ...versions),
    }),
    panels: merge.list<PlacedPanel>({
      name: 'panels',
      keyOf: (panel) => panel.id,
      versions: [base.panels, mine.panels, theirs.panels],
      mergeOne: (path, ...versions) => mergePanel(merge, path, ...versions),
    }),
    annotations: merge.list<AnnotationSpec>({
      name: 'annotations',
      keyOf: (annotation) => annotation.name,
      versions: [base.annotations, mine.annotations, theirs.annotations],
      mergeOne: (path, ...versions) => merge.fields(path, ...versions),
    }),
    notes: merge.list<Note>({
      name: 'notes',
      keyOf: (note) => note.id,
      versions: [base.notes, mine.notes, theirs.notes],
      // As one: a time of one person's and a text of another's say what nobody meant.
      mergeOne: (path, ...versions) => merge.value(path, ...versions),
    }),
  };
  return { spec, taken: merge.taken, conflicts: merge.conflicts };
}

function mergePanel(
  merge: Merge,
  path: string,
  base: PlacedPanel,
  mine: PlacedPanel,
  theirs: PlacedPanel,
): PlacedPanel {
  return {
    id: mine.id,
    // As one: a place made of two people's would be nobody's.
    ...merge.value(`${path}.place`, placeOf(base), placeOf(mine), placeOf(theirs)),
    db: merge.value(`${path}.db`, base.db, mine.db, theirs.db),
    spec: merge.fields(`${path}.spec`, base.spec, mine.spec, theirs.spec),
  };
}

function placeOf({ column, row, width, height }: PlacedPanel) {
  return { column, row, width, height };
}

interface ListMerge<Item> {
  readonly name: string;
  readonly keyOf: (item: Item) => string;
  readonly versions: readonly [
    base: readonly Item[],
    mine: readonly Item[],
    theirs: readonly Item[],
  ];
  readonly mergeOne: (path: string, base: Item, mine: Item, theirs: Item) => Item;
}

/** One merge: notes on its way what was taken, and what is in conflict. */
class Merge {
  readonly taken: string[] = [];
  readonly conflicts: MergeConflict[] = [];

  value<T>(path: string, base: T, mine: T, theirs: T): T {
    if (isSame(theirs, base) || isSame(theirs, mine)) return mine;
    if (isSame(mine, base)) {
      this.taken.push(path);
      return theirs;
    }
    this.conflicts.push({ path, mine, theirs, kept: 'mine' });
    return mine;
  }

  fields<T extends object>(path: string, base: T, mine: T, theirs: T): T {
    const merged: { -readonly [Name in keyof T]: T[Name] } = { ...mine };
    for (const name of Object.keys({ ...theirs, ...mine }) as (keyof T & string)[]) {
      merged[name] = this.value(`${path}.${name}`, base[name], mine[name], theirs[name]);
    }
    return merged;
  }

  list<Item>(list: ListMerge<Item>): Item[] {
    const { keyOf, versions } = list;
    const [base, mine, theirs] = versions.map(
      (items) => new Map(items.map((item) => [keyOf(item), item])),
    ) as [Map<string, Item>, Map<string, Item>, Map<string, Item>];
    return mergeOrders([...base.keys()], [...mine.keys()], [...theirs.keys()]).flatMap((key) =>
      this.#item(list, `${list.name}[${key}]`, base.get(key), mine.get(key), theirs.get(key)),
    );
  }

  /** One item of a list, if it is still in it. */
  #item<Item>(
    { mergeOne }: ListMerge<Item>,
    path: string,
    base: Item | undefined,
    mine: Item | undefined,
    theirs: Item | undefined,
  ): Item[] {
    if (mine !== undefined && theirs !== undefined && base !== undefined) {
      return [mergeOne(path, base, mine, theirs)];
    }
    const isRemoved = base !== undefined && !(isSame(mine, base) || isSame(theirs, base));
    if (isRemoved && (mine === undefined) !== (theirs === undefined)) {
      this.conflicts.push({ path, mine, theirs, kept: mine === undefined ? 'theirs' : 'mine' });
      return [(mine ?? theirs) as Item];
    }
    const merged = this.value(path, base, mine, theirs);
    return merged === undefined ? [] : [merged];
  }
}

/** Keys of both, in the order of who changed it; mine when both did. What the other one added follows what it followed there. */
function mergeOrders(
  base: readonly string[],
  mine: readonly string[],
  theirs: readonly string[],
): string[] {
  const stayed = base.filter((key) => mine.includes(key));
  const isReordered = !isSame(
    stayed,
    mine.filter((key) => base.includes(key)),
  );
  const [order, added] = isReordered ? [[...mine], theirs] : [[...theirs], mine];
  for (const [index, key] of added.entries()) {
    if (order.includes(key)) continue;
    const before = index === 0 ? -1 : order.indexOf(added[index - 1] as string);
    order.splice(before + 1, 0, key);
  }
  return order;
}

/** Whether two values that JSON can say are the same, in whatever order their fields are. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) =>
    isSame((a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]),
  );
}
