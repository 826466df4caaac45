import type { UnitName } from '../../model/panel-spec.ts';
import { queryLetter } from '../../model/panel-spec.ts';
import { nameOf, type SeriesNaming } from '../labels.ts';
import { type SeriesRow, valuesOf } from '../series/series-columns.ts';
import { type Summary, summarize } from '../series/summary.ts';
import { formatQuantity } from '../units/quantity.ts';

/** Labels that get a column: with more, nobody finds the values. */
const LABEL_COLUMNS_MAX = 12;
const METRIC = '__name__';

/** One series as a line of a table. */
export interface TableLine {
  readonly row: SeriesRow;
  /** Undefined: it has no values. */
  readonly summary: Summary | undefined;
}

export interface TableColumn {
  readonly id: string;
  readonly title: string;
  readonly kind: 'text' | 'number';
  /** What lines are sorted by; undefined: they come last. */
  readonly keyOf: (line: TableLine) => string | number | undefined;
  readonly textOf: (line: TableLine) => string;
}

export interface TableSort {
  readonly columnId: string;
  readonly isDescending: boolean;
}

const naturally = new Intl.Collator('en', { numeric: true });

export function tableLines(rows: readonly SeriesRow[]): TableLine[] {
  return rows.map((row) => ({ row, summary: summarize(valuesOf(row)) }));
}

/** What tells the series apart, a column each, and then their values. */
export function tableColumns(
  rows: readonly SeriesRow[],
  naming: SeriesNaming,
  unit: UnitName,
  lastTitle: string,
): TableColumn[] {
  const letters = new Set(rows.map(({ columns }) => columns.query.letter));
  const labels = labelColumns(rows, naming);
  const hasLegends = [...naming.legends.values()].some((legend) => legend !== '');
  return [
    ...(letters.size > 1 ? [queryColumn()] : []),
    ...(hasLegends || labels.length === 0 ? [nameColumn(naming)] : []),
    ...labels,
    numberColumn('last', lastTitle, unit),
    numberColumn('min', 'Min', unit),
    numberColumn('max', 'Max', unit),
    numberColumn('mean', 'Mean', unit),
  ];
}

/** Sorted anew; those without a key come last, either way. */
export function sortLines(
  lines: readonly TableLine[],
  column: TableColumn,
  isDescending: boolean,
): TableLine[] {
  const keyed = lines.map((line) => ({ line, key: column.keyOf(line) }));
  const sign = isDescending ? -1 : 1;
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === undefined || b === undefined)
      return Number(a === undefined) - Number(b === undefined);
    return sign * compareKeys(a, b);
  });
  return keyed.map(({ line }) => line);
}

function compareKeys(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return naturally.compare(String(a), String(b));
}

function labelColumns(rows: readonly SeriesRow[], { common }: SeriesNaming): TableColumn[] {
  const names = new Set(rows.flatMap(({ labels }) => Object.keys(labels)));
  return [...names]
    .filter((name) => !Object.hasOwn(common, name))
    .sort()
    .slice(0, LABEL_COLUMNS_MAX)
    .map((name) =>
      textColumn(`label:${name}`, name === METRIC ? 'metric' : name, ({ row }) =>
        Object.hasOwn(row.labels, name) ? row.labels[name] : undefined,
      ),
    );
}

function queryColumn(): TableColumn {
  return textColumn('query', 'Query', ({ row }) => row.columns.query.letter || queryLetter(0));
}

function nameColumn(naming: SeriesNaming): TableColumn {
  return textColumn('name', 'Series', ({ row }) => nameOf(row, naming));
}

function textColumn(
  id: string,
  title: string,
  keyOf: (line: TableLine) => string | undefined,
): TableColumn {
  return { id, title, kind: 'text', keyOf, textOf: (line) => keyOf(line) ?? '' };
}

function numberColumn(
  id: 'last' | 'min' | 'max' | 'mean',
  title: string,
  unit: UnitName,
): TableColumn {
  return {
    id,
    title,
    kind: 'number',
    keyOf: ({ summary }) => summary?.[id],
    textOf: ({ summary }) => (summary ? formatQuantity(summary[id], unit) : '–'),
  };
}
