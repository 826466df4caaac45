import type { AnnotationSpec, Note } from './annotation.ts';
import type { PanelSpec } from './panel-spec.ts';

/** Panels that belong together, as they are kept, exported and imported. */
export interface DashboardSpec {
  readonly title: string;
  /** Of panels that don't name their own. */
  readonly db: string;
  /** What is shown at first, as `formatFrame` writes it. */
  readonly range: string;
  readonly variables: readonly VariableSpec[];
  readonly panels: readonly PlacedPanel[];
  /** On the charts of all panels. */
  readonly annotations: readonly AnnotationSpec[];
  readonly notes: readonly Note[];
}

/** A choice among the values of a label, of which expressions take what is chosen: `{host=~"$host"}`. */
export interface VariableSpec {
  /** A letter, then letters, digits and `_`. */
  readonly name: string;
  /** Whose values there are to choose from. */
  readonly tag: string;
  /** A selector that the series must match, which may mention variables before this one; empty: all series. */
  readonly selector: string;
  /** Several may be chosen. */
  readonly isMulti: boolean;
  /** "All" is a choice, and the one at first. */
  readonly hasAll: boolean;
}

/** A panel and its place on the grid, which is GRID_COLUMNS wide and as long as it needs to be. */
export interface PlacedPanel {
  /** Unique within the dashboard; stays. */
  readonly id: string;
  readonly column: number;
  readonly row: number;
  readonly width: number;
  readonly height: number;
  /** Null: the dashboard's. */
  readonly db: string | null;
  readonly spec: PanelSpec;
}

export const GRID_COLUMNS = 24;
export const PANELS_MAX = 100;
export const VARIABLES_MAX = 20;

/** A dashboard with nothing on it yet. */
export function emptyDashboard(
  about: Pick<DashboardSpec, 'title' | 'db' | 'range'>,
): DashboardSpec {
  return { ...about, variables: [], panels: [], annotations: [], notes: [] };
}
