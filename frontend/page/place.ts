import {
  DASHBOARDS_PATH,
  dashboardIdOf,
  dashboardPath,
  EXPLORE_PATH,
} from '../model/page-paths.ts';

/** Which page it is: the path of the address, and the part of its query that this page alone has. */
export type Place = ExplorePlace | DashboardsPlace | DashboardPlace;

export interface ExplorePlace {
  readonly kind: 'explore';
}

/** The list of dashboards. */
export interface DashboardsPlace {
  readonly kind: 'dashboards';
}

export interface DashboardPlace {
  readonly kind: 'dashboard';
  readonly id: string;
  /** The one panel that is shown; null: all of them. */
  readonly panelId: string | null;
  /** The panel is being changed: the view has what it is to be. */
  readonly isPanelEdited: boolean;
  /** What was chosen of variables, by their names; an empty list: all values. Those that aren't named have what they begin with. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

export const EXPLORE: ExplorePlace = { kind: 'explore' };
export const DASHBOARDS: DashboardsPlace = { kind: 'dashboards' };

const CHOICE_PREFIX = 'var-';

export function dashboardPlace(id: string): DashboardPlace {
  return { kind: 'dashboard', id, panelId: null, isPanelEdited: false, choices: new Map() };
}

/** @param search the query part of the address */
export function parsePlace(path: string, search: string): Place {
  if (path === DASHBOARDS_PATH) return DASHBOARDS;
  const id = dashboardIdOf(path);
  if (id === undefined) return EXPLORE;
  const parameters = new URLSearchParams(search);
  const panelId = parameters.get('panel');
  return {
    ...dashboardPlace(id),
    panelId,
    isPanelEdited: panelId !== null && parameters.has('edit'),
    choices: parseChoices(parameters),
  };
}

function parseChoices(parameters: URLSearchParams): Map<string, readonly string[]> {
  const choices = new Map<string, readonly string[]>();
  for (const key of new Set(parameters.keys())) {
    if (!key.startsWith(CHOICE_PREFIX)) continue;
    // No label has an empty value: that is how "all" is written.
    const values = parameters.getAll(key).filter((value) => value !== '');
    choices.set(key.slice(CHOICE_PREFIX.length), values);
  }
  return choices;
}

export function pathOfPlace(place: Place): string {
  if (place.kind === 'dashboard') return dashboardPath(place.id);
  return place.kind === 'dashboards' ? DASHBOARDS_PATH : EXPLORE_PATH;
}

/** Adds to the query part of an address what the place has in it. */
export function writePlace(place: Place, parameters: URLSearchParams): void {
  if (place.kind !== 'dashboard') return;
  if (place.panelId !== null) parameters.set('panel', place.panelId);
  if (place.isPanelEdited) parameters.set('edit', '1');
  for (const [name, values] of place.choices) {
    for (const value of values.length === 0 ? [''] : values) {
      parameters.append(`${CHOICE_PREFIX}${name}`, value);
    }
  }
}
