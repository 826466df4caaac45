import { describe, expect, test } from 'bun:test';
import { ALL_SERIES, isolateSeries, isShown, toggleSeries } from './series-selection.ts';

const shown = (selection: typeof ALL_SERIES) =>
  ['a', 'b', 'c'].filter((id) => isShown(selection, id)).join('');

describe('the selection of series', () => {
  test('toggling - hides and shows', () => {
    const hidden = toggleSeries(ALL_SERIES, 'b');
    expect(shown(hidden)).toBe('ac');
    expect(shown(toggleSeries(hidden, 'b'))).toBe('abc');
  });

  test('isolating - shows one alone, and then all again', () => {
    const alone = isolateSeries(toggleSeries(ALL_SERIES, 'b'), 'c');
    expect(shown(alone)).toBe('c');
    expect(shown(isolateSeries(alone, 'a'))).toBe('a');
    expect(shown(isolateSeries(alone, 'c'))).toBe('abc');
  });

  test('one alone - is joined by those that are toggled', () => {
    const two = toggleSeries(isolateSeries(ALL_SERIES, 'a'), 'b');
    expect(shown(two)).toBe('ab');
    expect(shown(toggleSeries(two, 'a'))).toBe('b');
  });

  test('nothing - is everything', () => {
    expect(toggleSeries(isolateSeries(ALL_SERIES, 'a'), 'a')).toEqual(ALL_SERIES);
  });
});
