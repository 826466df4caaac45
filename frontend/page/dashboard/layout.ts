import { GRID_COLUMNS } from '../../model/dashboard-spec.ts';

/**
 * Where panels lie on the grid. A layout is settled: nothing overlaps, and everything lies as far up as what was above it lets it.
 * What is changed is worked out anew from the layout before, so that dragging to and fro leaves no trace.
 */
export interface Place {
  readonly id: string;
  readonly column: number;
  readonly row: number;
  readonly width: number;
  readonly height: number;
}

export type Direction = 'left' | 'right' | 'up' | 'down';

export const WIDTH_MIN = 3;
export const HEIGHT_MIN = 3;
/** Taller than any screen. */
export const HEIGHT_MAX = 40;

/** The same panels in the same order of the list, settled. */
export function settle<P extends Place>(places: readonly P[]): P[] {
  return stack(places, inReadingOrder(places.map(withinGrid)));
}

/** Moves one to another place and lets the others make room. */
export function movePlace<P extends Place>(
  places: readonly P[],
  id: string,
  to: { readonly column: number; readonly row: number },
): P[] {
  return changePlace(places, id, to);
}

/** Gives one another size and lets the others make room. */
export function resizePlace<P extends Place>(
  places: readonly P[],
  id: string,
  to: { readonly width: number; readonly height: number },
): P[] {
  const column = places.find((place) => place.id === id)?.column ?? 0;
  const width = Math.min(to.width, GRID_COLUMNS - column);
  return changePlace(places, id, { ...to, width });
}

/** One step into a direction: up and down past the next panel that is in the way. */
export function stepPlace<P extends Place>(
  places: readonly P[],
  id: string,
  direction: Direction,
): P[] {
  const place = places.find((candidate) => candidate.id === id);
  if (!place) return [...places];
  const { column, row } = place;
  if (direction === 'left') return movePlace(places, id, { column: column - 1, row });
  if (direction === 'right') return movePlace(places, id, { column: column + 1, row });
  const by = direction === 'up' ? -1 : 1;
  const end = direction === 'up' ? -1 : rowsOf(places) + 1;
  for (let target = row + by; target !== end; target += by) {
    const moved = movePlace(places, id, { column, row: target });
    if (moved.find((candidate) => candidate.id === id)?.row !== row) return moved;
  }
  return [...places];
}

/** The first free place from the top that is large enough. */
export function freePlace(
  places: readonly Place[],
  size: { readonly width: number; readonly height: number },
): { readonly column: number; readonly row: number } {
  const end = rowsOf(places);
  for (let row = 0; row < end; row++) {
    for (let column = 0; column + size.width <= GRID_COLUMNS; column++) {
      const wanted = { id: '', column, row, ...size };
      if (places.every((place) => !overlaps(place, wanted))) return { column, row };
    }
  }
  return { column: 0, row: end };
}

/** Rows that all of them take. */
export function rowsOf(places: readonly Place[]): number {
  return Math.max(0, ...places.map(({ row, height }) => row + height));
}

export function overlaps(a: Place, b: Place): boolean {
  return sharesColumns(a, b) && a.row < b.row + b.height && b.row < a.row + a.height;
}

function changePlace<P extends Place>(
  places: readonly P[],
  id: string,
  change: Partial<Place>,
): P[] {
  const before = places.find((place) => place.id === id);
  if (!before) return [...places];
  const changed = withinGrid({ ...before, ...change });
  const others = inReadingOrder(places.filter((place) => place !== before));
  const next = others.findIndex(
    (other) => sharesColumns(other, changed) && isPassedBy(other, before, changed),
  );
  others.splice(next === -1 ? others.length : next, 0, changed);
  return stack(places, others);
}

/** Whether what is moved goes before another: past its middle with the edge that comes first. */
function isPassedBy(other: Place, before: Place, changed: Place): boolean {
  const middle = other.row + other.height / 2;
  return changed.row > before.row ? middle > changed.row + changed.height : middle > changed.row;
}

/** Lays one after the other as far up as those before let it. */
function stack<P extends Place>(places: readonly P[], order: readonly Place[]): P[] {
  const bottoms = new Array<number>(GRID_COLUMNS).fill(0);
  const settled = new Map<string, Place>();
  for (const place of order) {
    const end = place.column + place.width;
    const row = Math.max(...bottoms.slice(place.column, end));
    bottoms.fill(row + place.height, place.column, end);
    settled.set(place.id, { ...place, row });
  }
  return places.map((place) => ({ ...place, ...settled.get(place.id) }));
}

function inReadingOrder(places: readonly Place[]): Place[] {
  return places
    .map(({ id, column, row, width, height }) => ({ id, column, row, width, height }))
    .sort((a, b) => a.row - b.row || a.column - b.column);
}

function withinGrid({ id, column, row, width, height }: Place): Place {
  const fitting = clamp(width, WIDTH_MIN, GRID_COLUMNS);
  return {
    id,
    column: clamp(column, 0, GRID_COLUMNS - fitting),
    row: Math.max(0, row),
    width: fitting,
    height: clamp(height, HEIGHT_MIN, HEIGHT_MAX),
  };
}

function sharesColumns(a: Place, b: Place): boolean {
  return a.column < b.column + b.width && b.column < a.column + a.width;
}

function clamp(value: number, least: number, greatest: number): number {
  return Math.min(greatest, Math.max(least, value));
}
