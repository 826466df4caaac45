import { describe, expect, test } from 'bun:test';
import { GRID_COLUMNS } from '../../model/dashboard-spec.ts';
import {
  freePlace,
  movePlace,
  overlaps,
  type Place,
  resizePlace,
  rowsOf,
  settle,
  stepPlace,
  WIDTH_MIN,
} from './layout.ts';

const ROUNDS = 300;

/** Numbers by a seed (mulberry32), so that a failure comes again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function anyPlaces(below: (limit: number) => number): Place[] {
  return Array.from({ length: 1 + below(12) }, (_, index) => ({
    id: `p${index}`,
    column: below(GRID_COLUMNS + 4) - 2,
    row: below(40) - 2,
    width: 1 + below(GRID_COLUMNS + 4),
    height: 1 + below(12),
  }));
}

function expectSettled(places: readonly Place[], because: string): void {
  for (const [index, place] of places.entries()) {
    const others = places.filter((other) => other !== place);
    const { column, width, row } = place;
    expect([because, column >= 0 && column + width <= GRID_COLUMNS && row >= 0]).toEqual([
      because,
      true,
    ]);
    expect([because, others.some((other) => overlaps(place, other))]).toEqual([because, false]);
    const isHeld = row === 0 || others.some((other) => overlaps({ ...place, row: row - 1 }, other));
    expect([because, index, isHeld]).toEqual([because, index, true]);
  }
}

const sizes = (places: readonly Place[]) =>
  places.map(({ id, width, height }) => ({ id, width, height }));

describe('a layout', () => {
  test('whatever places there are - none overlap, all lie as far up as they can', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const settled = settle(anyPlaces(numbersFrom(seed)));
      expectSettled(settled, `seed ${seed}`);
      expect(settle(settled)).toEqual(settled);
    }
  });

  test('moving - keeps every panel and its size, and nothing overlaps', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const below = numbersFrom(seed);
      const before = settle(anyPlaces(below));
      const id = before[below(before.length)]?.id ?? '';
      const to = { column: below(30) - 3, row: below(60) - 3 };
      const moved = movePlace(before, id, to);
      expectSettled(moved, `seed ${seed}`);
      expect(sizes(moved)).toEqual(sizes(before));
    }
  });

  test('moving to where it is - changes nothing', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const before = settle(anyPlaces(numbersFrom(seed)));
      for (const { id, column, row, width, height } of before) {
        expect(movePlace(before, id, { column, row })).toEqual(before);
        expect(resizePlace(before, id, { width, height })).toEqual(before);
      }
    }
  });

  test('resizing - gives the size that was asked for, as far as the grid has it', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const below = numbersFrom(seed);
      const before = settle(anyPlaces(below));
      const place = before[below(before.length)] as Place;
      const to = { width: 3 + below(GRID_COLUMNS - 2), height: 3 + below(20) };
      const resized = resizePlace(before, place.id, to);
      expectSettled(resized, `seed ${seed}`);
      const width = Math.max(WIDTH_MIN, Math.min(to.width, GRID_COLUMNS - place.column));
      expect(resized.find(({ id }) => id === place.id)).toMatchObject({ ...to, width });
    }
  });

  const above: Place = { id: 'above', column: 0, row: 0, width: 12, height: 8 };
  const beside: Place = { id: 'beside', column: 12, row: 0, width: 12, height: 8 };
  const beneath: Place = { id: 'beneath', column: 0, row: 8, width: 12, height: 8 };
  const rows = (places: readonly Place[]) => places.map(({ row }) => row);

  test('what is dragged past the middle of another - takes its place', () => {
    const places = [above, beside, beneath];
    expect(rows(movePlace(places, 'above', { column: 0, row: 3 }))).toEqual([0, 0, 8]);
    expect(rows(movePlace(places, 'above', { column: 0, row: 5 }))).toEqual([8, 0, 0]);
    expect(rows(movePlace(places, 'beneath', { column: 0, row: 5 }))).toEqual([0, 0, 8]);
    expect(rows(movePlace(places, 'beneath', { column: 0, row: 3 }))).toEqual([8, 0, 0]);
    expect(rows(movePlace(places, 'above', { column: 12, row: 0 }))).toEqual([0, 8, 0]);
  });

  test('a step with the keyboard - goes past what is in the way, and back', () => {
    const places = [above, beside, beneath];
    const down = stepPlace(places, 'above', 'down');
    expect(rows(down)).toEqual([8, 0, 0]);
    expect(stepPlace(down, 'above', 'up')).toEqual(places);
    expect(stepPlace(places, 'above', 'up')).toEqual(places);
    expect(stepPlace(places, 'beneath', 'down')).toEqual(places);
    expect(stepPlace(places, 'beneath', 'right')[2]).toMatchObject({ column: 1, row: 8 });
  });

  test('a new panel - takes the first hole that is large enough', () => {
    const places = [above, beneath];
    expect(freePlace(places, { width: 12, height: 8 })).toEqual({ column: 12, row: 0 });
    expect(freePlace([above, beside], { width: 3, height: 3 })).toEqual({ column: 0, row: 8 });
    expect(freePlace([], { width: 12, height: 8 })).toEqual({ column: 0, row: 0 });
    expect(rowsOf([...places, beside])).toBe(16);
  });
});
