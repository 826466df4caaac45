/** Which series of a chart are drawn: all except some, or only some. Ids are those of `SeriesRow`. */
export interface SeriesSelection {
  readonly mode: 'except' | 'only';
  readonly ids: readonly string[];
}

export const ALL_SERIES: SeriesSelection = { mode: 'except', ids: [] };

export function isShown({ mode, ids }: SeriesSelection, id: string): boolean {
  return ids.includes(id) === (mode === 'only');
}

/** Hides one that is shown, shows one that is hidden. Nothing left means everything: an empty chart helps nobody. */
export function toggleSeries({ mode, ids }: SeriesSelection, id: string): SeriesSelection {
  const changed = ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
  return changed.length === 0 ? ALL_SERIES : { mode, ids: changed };
}

/** Shows one alone; all again when it was alone already. */
export function isolateSeries({ mode, ids }: SeriesSelection, id: string): SeriesSelection {
  const isAlone = mode === 'only' && ids.length === 1 && ids[0] === id;
  return isAlone ? ALL_SERIES : { mode: 'only', ids: [id] };
}
