import { type ReadonlySignal, signal } from '@preact/signals';
import { ALL_SERIES, type SeriesSelection } from './chart/series-selection.ts';
import { DEFAULT_RANGE, type Range, rangeNamed } from './ranges.ts';

/** What the page shows: all of it is in the address, so that a link shows the same. */
export interface View {
  /** Empty: none is chosen yet. */
  readonly db: string;
  /** Empty: none is chosen yet. */
  readonly expr: string;
  readonly range: Range;
  readonly series: SeriesSelection;
}

/** The view that the query part of an address tells; what is missing or unknown there is the default. */
export function parseView(search: string): View {
  const parameters = new URLSearchParams(search);
  return {
    db: parameters.get('db') ?? '',
    expr: parameters.get('expr') ?? '',
    range: rangeNamed(parameters.get('range')),
    series: parseSelection(parameters),
  };
}

function parseSelection(parameters: URLSearchParams): SeriesSelection {
  const only = parameters.get('only');
  if (only) return { mode: 'only', ids: only.split('.') };
  const hidden = parameters.get('hide');
  return hidden ? { mode: 'except', ids: hidden.split('.') } : ALL_SERIES;
}

/** The query part of the view's address; defaults are left out. */
export function formatView({ db, expr, range, series }: View): string {
  const parameters = new URLSearchParams();
  if (db) parameters.set('db', db);
  if (expr) parameters.set('expr', expr);
  if (range !== DEFAULT_RANGE) parameters.set('range', range.name);
  if (series.ids.length > 0) {
    parameters.set(series.mode === 'only' ? 'only' : 'hide', series.ids.join('.'));
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

/** The address of the window: follows the view, and is followed when the user goes back or forward. */
export class Address {
  readonly #view = signal(parseView(location.search));

  constructor() {
    addEventListener('popstate', () => {
      this.#view.value = parseView(location.search);
    });
  }

  get view(): ReadonlySignal<View> {
    return this.#view;
  }

  /** Another view, to which "back" leads from the one after it. */
  go(change: Partial<View>): void {
    this.#set(change, 'pushState');
  }

  /** The same view, told in more detail: no step of its own for "back". */
  refine(change: Partial<View>): void {
    this.#set(change, 'replaceState');
  }

  #set(change: Partial<View>, method: 'pushState' | 'replaceState'): void {
    const view = { ...this.#view.value, ...change };
    const search = formatView(view);
    if (search === formatView(this.#view.value)) return;
    history[method](null, '', `${location.pathname}${search}`);
    this.#view.value = view;
  }
}
