import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { Note } from '../model/annotation.ts';
import {
  graphOf,
  type PanelQuery,
  type PanelSpec,
  QUERIES_MAX,
  queryLetter,
} from '../model/panel-spec.ts';
import {
  DEFAULT_FRAME,
  type FixedFrame,
  formatFrame,
  isSameFrame,
  parseFrame,
  type TimeFrame,
} from '../model/time-frame.ts';
import {
  parseAnnotations,
  parseNotes,
  writeAnnotations,
  writeNotes,
} from './annotations/annotation-address.ts';
import { ALL_SERIES, type SeriesSelection } from './chart/series-selection.ts';
import { parseOptions, writeOptions } from './panel/panel-options.ts';
import { type Place, parsePlace, pathOfPlace, writePlace } from './place.ts';
import { parseTimeZone } from './time/time-zone.ts';

/** Deeper, nobody remembers where the way led. */
export const ZOOMS_MAX = 12;
/** As many as a dashboard's panels may have together, within what an address can be. */
const SWITCHED_OFF_MAX = 100;

/** What the page shows: all of it is in the address, so that a link shows the same. */
export interface View {
  /** Empty: none is chosen yet. */
  readonly db: string;
  /** What is drawn; without queries: nothing is chosen yet. */
  readonly panel: PanelSpec;
  readonly frame: TimeFrame;
  /** Stretches of time that the user has gone into, each from the one before; the last one is shown. */
  readonly zooms: readonly FixedFrame[];
  readonly series: SeriesSelection;
  /** The zone that times are told in, as IANA names it; empty: as everywhere else in this browser. */
  readonly timeZone: string;
  /** The measurement that is told about; empty: the database; null: nothing. */
  readonly about: string | null;
  /** On what is explored; those of a dashboard are the dashboard's. */
  readonly notes: readonly Note[];
  /** Names of annotations that are switched off; `NOTES_NAME` among them: the notes. */
  readonly annotationsOff: readonly string[];
}

/** The view that the query part of an address tells; what is missing or unknown there is the default. */
export function parseView(search: string): View {
  const parameters = new URLSearchParams(search);
  return {
    db: parameters.get('db') ?? '',
    panel: parsePanel(parameters),
    frame: parseFrame(parameters.get('range') ?? '') ?? DEFAULT_FRAME,
    zooms: parseZooms(parameters),
    series: parseSelection(parameters),
    timeZone: parseTimeZone(parameters.get('tz') ?? '') ?? '',
    about: parameters.get('about'),
    notes: parseNotes(parameters),
    annotationsOff: [...new Set(parameters.getAll('off'))].slice(0, SWITCHED_OFF_MAX),
  };
}

function parsePanel(parameters: URLSearchParams): PanelSpec {
  return {
    ...graphOf(),
    ...parseOptions(parameters),
    queries: parseQueries(parameters),
    annotations: parseAnnotations(parameters),
  };
}

/**
 * `expr` comes once for each; `legend` as often, in the same order, as far as there are any. `letters` are those of all queries, where they are
 * not the first ones in their order; `hidden` has some of them.
 */
function parseQueries(parameters: URLSearchParams): PanelQuery[] {
  const legends = parameters.getAll('legend');
  const hidden = parameters.get('hidden') ?? '';
  const letters = lettersOf(parameters.get('letters') ?? '');
  return parameters
    .getAll('expr')
    .slice(0, QUERIES_MAX)
    .map((expr, index) => {
      const letter = letters(index);
      const legend = legends[index] ?? '';
      return { letter, expr, legend, isHidden: hidden.includes(letter) };
    })
    .filter(({ expr }) => expr !== '');
}

/** Letters by the places of their queries: those that are told, if each is one, and is there once. */
function lettersOf(told: string): (index: number) => string {
  const isGood = /^[A-Z]+$/.test(told) && new Set(told).size === told.length;
  if (!isGood) return queryLetter;
  const others = Array.from({ length: QUERIES_MAX }, (_, index) => queryLetter(index));
  const all = [...told, ...others.filter((letter) => !told.includes(letter))];
  return (index) => all[index] ?? queryLetter(index);
}

function writeQueries(queries: readonly PanelQuery[], parameters: URLSearchParams): void {
  for (const { expr } of queries) parameters.append('expr', expr);
  const legendCount = queries.findLastIndex(({ legend }) => legend !== '') + 1;
  for (const { legend } of queries.slice(0, legendCount)) parameters.append('legend', legend);
  const letters = queries.map(({ letter }) => letter);
  if (letters.some((letter, index) => letter !== queryLetter(index))) {
    parameters.set('letters', letters.join(''));
  }
  const hidden = queries.map(({ letter, isHidden }) => (isHidden ? letter : ''));
  if (hidden.join('') !== '') parameters.set('hidden', hidden.join(''));
}

function parseZooms(parameters: URLSearchParams): FixedFrame[] {
  const frames = parameters.getAll('zoom').map(parseFrame);
  return frames.flatMap((frame) => (frame?.kind === 'fixed' ? [frame] : [])).slice(0, ZOOMS_MAX);
}

function parseSelection(parameters: URLSearchParams): SeriesSelection {
  const only = parameters.get('only');
  if (only) return { mode: 'only', ids: only.split('.') };
  const hidden = parameters.get('hide');
  return hidden ? { mode: 'except', ids: hidden.split('.') } : ALL_SERIES;
}

/** The query part of the view's address; defaults are left out. */
export function formatView(view: View): string {
  const { db, panel, frame, zooms, series, timeZone, about, notes, annotationsOff } = view;
  const parameters = new URLSearchParams();
  if (db) parameters.set('db', db);
  writeQueries(panel.queries, parameters);
  writeOptions(panel, parameters);
  if (!isSameFrame(frame, DEFAULT_FRAME)) parameters.set('range', formatFrame(frame));
  for (const zoom of zooms) parameters.append('zoom', formatFrame(zoom));
  if (series.ids.length > 0) {
    parameters.set(series.mode === 'only' ? 'only' : 'hide', series.ids.join('.'));
  }
  if (timeZone) parameters.set('tz', timeZone);
  if (about !== null) parameters.set('about', about);
  writeAnnotations(panel.annotations, parameters);
  writeNotes(notes, parameters);
  for (const name of annotationsOff) parameters.append('off', name);
  const text = parameters.toString();
  return text && `?${text}`;
}

/** Path and query part of the address at which a place shows the view. */
export function formatAddress(place: Place, view: View): string {
  const parameters = new URLSearchParams(formatView(view));
  // Without it, a dashboard begins with a range of its own.
  if (place.kind === 'dashboard') parameters.set('range', formatFrame(view.frame));
  writePlace(place, parameters);
  const text = parameters.toString();
  return `${pathOfPlace(place)}${text && `?${text}`}`;
}

/** The address of the window: follows place and view, and is followed when the user goes back or forward. */
export class Address {
  readonly #view = signal(parseView(location.search));
  readonly #place = signal(parsePlace(location.pathname, location.search));

  constructor() {
    addEventListener('popstate', () => this.#read());
  }

  get view(): ReadonlySignal<View> {
    return this.#view;
  }

  get place(): ReadonlySignal<Place> {
    return this.#place;
  }

  /** Another view, to which "back" leads from the one after it. */
  go(change: Partial<View>, place?: Place): void {
    this.#set(change, place, 'pushState');
  }

  /** The same view, told in more detail: no step of its own for "back". */
  refine(change: Partial<View>, place?: Place): void {
    this.#set(change, place, 'replaceState');
  }

  /** Goes where a link leads. @param href path and query part */
  visit(href: string): void {
    history.pushState(null, '', href);
    this.#read();
  }

  #read(): void {
    batch(() => {
      this.#place.value = parsePlace(location.pathname, location.search);
      this.#view.value = parseView(location.search);
    });
  }

  #set(
    change: Partial<View>,
    place = this.#place.peek(),
    method: 'pushState' | 'replaceState',
  ): void {
    const view = { ...this.#view.peek(), ...change };
    const address = formatAddress(place, view);
    if (address === formatAddress(this.#place.peek(), this.#view.peek())) return;
    history[method](null, '', address);
    batch(() => {
      this.#place.value = place;
      this.#view.value = view;
    });
  }
}
