import type { AnnotationSpec } from './annotation.ts';

/** What one panel shows, as it is kept: in the address, and in dashboards. */
export interface PanelSpec {
  /** Empty: named by what it shows. */
  readonly title: string;
  readonly queries: readonly PanelQuery[];
  readonly view: PanelView;
  readonly unit: UnitName;
  readonly scale: PanelScale;
  /** Ends of the value axis; null: what the values need. */
  readonly min: number | null;
  readonly max: number | null;
  /** Ascending. */
  readonly thresholds: readonly Threshold[];
  /** Of this panel alone. */
  readonly annotations: readonly AnnotationSpec[];
}

export interface PanelQuery {
  /** "A" to "Z": how people speak of it. It stays with the query when others go; unique in its panel. */
  readonly letter: string;
  readonly expr: string;
  /** What its series are called, with labels in braces: `{{host}} in {{region}}`; empty: by what tells them apart. */
  readonly legend: string;
  /** It stays in the panel, but is not asked. */
  readonly isHidden: boolean;
}

/** How values are shown. */
export const PANEL_VIEWS = ['graph', 'stacked', 'stat', 'table', 'heatmap'] as const;
export type PanelView = (typeof PANEL_VIEWS)[number];

export const PANEL_SCALES = ['linear', 'log'] as const;
export type PanelScale = (typeof PANEL_SCALES)[number];

/** What values are of. */
export const UNIT_NAMES = [
  'none',
  'percent',
  'share',
  'bytes',
  'bytes/s',
  'bits/s',
  'seconds',
  'milliseconds',
  'per second',
  'date',
  'celsius',
] as const;
export type UnitName = (typeof UNIT_NAMES)[number];

/** From this value on, values are as good or bad as the level says. */
export interface Threshold {
  readonly value: number;
  readonly level: ThresholdLevel;
}

export const THRESHOLD_LEVELS = ['good', 'warning', 'danger'] as const;
export type ThresholdLevel = (typeof THRESHOLD_LEVELS)[number];

/** Queries of one panel; each is evaluated by itself. */
export const QUERIES_MAX = 26;
export const THRESHOLDS_MAX = 10;

/** How a panel shows what its queries ask. */
export type PanelOptions = Pick<
  PanelSpec,
  'view' | 'unit' | 'scale' | 'min' | 'max' | 'thresholds'
>;

export const DEFAULT_OPTIONS: PanelOptions = {
  view: 'graph',
  unit: 'none',
  scale: 'linear',
  min: null,
  max: null,
  thresholds: [],
};

/** A graph of some expressions, as they are. */
export function graphOf(...exprs: readonly string[]): PanelSpec {
  return {
    title: '',
    queries: exprs.map((expr, index) => ({
      letter: queryLetter(index),
      expr,
      legend: '',
      isHidden: false,
    })),
    ...DEFAULT_OPTIONS,
    annotations: [],
  };
}

/** "A", "B" …: of queries in the order in which they were added. */
export function queryLetter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

/** The first letter that none of the queries has; there is one while a panel may have one more. */
export function freeLetter(queries: readonly Pick<PanelQuery, 'letter'>[]): string {
  const taken = new Set(queries.map(({ letter }) => letter));
  for (let index = 0; index < QUERIES_MAX; index++) {
    if (!taken.has(queryLetter(index))) return queryLetter(index);
  }
  throw new RangeError(`a panel has ${QUERIES_MAX} queries at the most`);
}
