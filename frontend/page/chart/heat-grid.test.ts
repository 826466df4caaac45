import { describe, expect, test } from 'bun:test';
import { float64Bin, type Labels } from '@overseer/shared/queries';
import { SeriesMatrix } from '../live/series-matrix.ts';
import { countOf, heatColours, heatOf } from './heat-colours.ts';
import { cellAt, heatGrid, newestCell } from './heat-grid.ts';

/** Steps of one second from 1970 on. */
function rowsOf(...series: readonly (readonly [labels: Labels, values: readonly number[]])[]) {
  const count = series[0]?.[1].length ?? 0;
  const matrix = new SeriesMatrix(
    { stepMs: 1000, rangeMs: count * 1000 },
    { expr: 'test', letter: '' },
  );
  matrix.reset({
    kind: 'reset',
    id: 1,
    firstStep: 0,
    count,
    series: series.map(([labels, values], key) => ({
      key,
      labels,
      values: float64Bin(Float64Array.from(values)),
    })),
    warnings: [],
  });
  return matrix.rows;
}

describe('the grid of a histogram', () => {
  test('buckets - have what the ones below have not, in the order of their edges', () => {
    const grid = heatGrid(
      rowsOf([{ le: '+Inf' }, [9, 10]], [{ le: '0.5' }, [2, 4]], [{ le: '10' }, [9, 9]]),
    );
    expect(grid?.edges).toEqual([0.5, 10, Number.POSITIVE_INFINITY]);
    expect(grid?.counts.map((counts) => [...counts])).toEqual([
      [2, 4],
      [7, 5],
      [0, 1],
    ]);
    expect(grid?.largest).toBe(7);
  });

  test('histograms of several hosts - are added up', () => {
    const grid = heatGrid(
      rowsOf(
        [{ le: '1', host: 'a' }, [1, Number.NaN]],
        [{ le: '1', host: 'b' }, [2, 2]],
        [{ le: '2', host: 'a' }, [4, Number.NaN]],
        [{ le: '2', host: 'b' }, [3, 1]],
      ),
    );
    // Less than the bucket below: taken at another moment.
    expect(grid?.counts.map((counts) => [...counts])).toEqual([
      [3, 2],
      [4, 0],
    ]);
  });

  test('series without buckets - make none', () => {
    expect(heatGrid([])).toBeUndefined();
    expect(heatGrid(rowsOf([{ host: 'a' }, [1]], [{ le: 'much' }, [1]]))).toBeUndefined();
  });

  test('a cell - is of the time since the step before', () => {
    const grid = heatGrid(
      rowsOf([{ le: '1' }, [1, 2, Number.NaN]], [{ le: '+Inf' }, [5, 7, Number.NaN]]),
    );
    if (!grid) throw new Error('there are buckets');
    expect(cellAt(grid, 400, 1.9)).toEqual({
      step: 1,
      bucket: 1,
      timeMs: 1000,
      low: 1,
      high: Number.POSITIVE_INFINITY,
      count: 5,
    });
    expect(cellAt(grid, 0, 0)).toMatchObject({ step: 0, low: Number.NEGATIVE_INFINITY, count: 1 });
    expect(cellAt(grid, 1500, 0)).toBeUndefined();
    expect(cellAt(grid, 400, 2)).toBeUndefined();
    expect(newestCell(grid)).toMatchObject({ step: 1, bucket: 0, count: 2 });
  });
});

describe('the colours of cells', () => {
  test('stops - are reached, and what is between is mixed', () => {
    const colours = heatColours(['rgb(0, 0, 0)', 'rgb(100, 0, 0)', 'rgb(100, 200, 0)']);
    expect([colours[0], colours.at(-1)]).toEqual(['rgb(0, 0, 0)', 'rgb(100, 200, 0)']);
    expect(new Set(colours).size).toBe(colours.length);
  });

  test('counts - are told apart where there are few', () => {
    expect([0, 1, 4, 16, 99].map((count) => heatOf(count, 16))).toEqual([0, 0.25, 0.5, 1, 1]);
    expect(countOf(heatOf(3, 16), 16)).toBeCloseTo(3);
    expect(heatOf(0, 0)).toBe(0);
  });
});
