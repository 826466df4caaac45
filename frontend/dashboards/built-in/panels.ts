import {
  type DashboardSpec,
  emptyDashboard,
  GRID_COLUMNS,
  type PlacedPanel,
} from '../../model/dashboard-spec.ts';
import { graphOf, type PanelQuery, type PanelSpec, queryLetter } from '../../model/panel-spec.ts';

/** A panel without its place. */
export interface NamedPanel {
  readonly id: string;
  readonly spec: PanelSpec;
}

type PanelOptions = Partial<Omit<PanelSpec, 'title' | 'queries'>>;

/** A query, and what its series are called. */
export function query(expr: string, legend = ''): PanelQuery {
  return { letter: queryLetter(0), expr, legend, isHidden: false };
}

/** @param id of its title, unless told */
export function panel(
  title: string,
  queries: PanelQuery | readonly PanelQuery[],
  options: PanelOptions = {},
): NamedPanel {
  const all: readonly PanelQuery[] = Array.isArray(queries) ? queries : [queries];
  const list = all.map((one, index) => ({ ...one, letter: queryLetter(index) }));
  const id = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { id, spec: { ...graphOf(), title, queries: list, ...options } };
}

/** A row of panels as high as told, which share the width in equal parts. */
export interface PanelRow {
  readonly height: number;
  readonly panels: readonly NamedPanel[];
}

export function inRows(rows: readonly PanelRow[]): PlacedPanel[] {
  let row = 0;
  return rows.flatMap(({ height, panels }) => {
    const width = Math.floor(GRID_COLUMNS / panels.length);
    const placed = panels.map(({ id, spec }, index) => ({
      id,
      column: index * width,
      row,
      width,
      height,
      db: null,
      spec,
    }));
    row += height;
    return placed;
  });
}

/** A dashboard of rows. */
export function dashboard(
  spec: Pick<DashboardSpec, 'title' | 'db' | 'range' | 'variables'> & {
    readonly rows: readonly PanelRow[];
  },
): DashboardSpec {
  const { rows, variables, ...about } = spec;
  return { ...emptyDashboard(about), variables, panels: inRows(rows) };
}
