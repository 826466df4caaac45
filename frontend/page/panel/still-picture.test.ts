import { describe, expect, test } from 'bun:test';
import { float64Bin } from '@overseer/shared/queries';
import { rolling } from '../../model/time-frame.ts';
import { LiveQuery } from '../live/live-query.ts';
import { valuesOf } from '../series/series-columns.ts';
import { ResultSet } from './result-set.ts';
import { StillPicture } from './still-picture.ts';

const values = (...all: number[]) => float64Bin(Float64Array.from(all));

/** Two series over three steps. */
function start() {
  const query = new LiveQuery({ db: 'db', expr: 'a', stepMs: 1000, rangeMs: 3000 });
  const series = [
    { key: 1, labels: { host: 'a' }, values: values(1, 2, 3) },
    { key: 2, labels: { host: 'b' }, values: values(4, 5, 6) },
  ];
  query.take({ kind: 'reset', id: 1, firstStep: 10, count: 3, series, warnings: [] });
  const question = { db: 'db', queries: [query.columns.query], frame: rolling(3000) };
  return { query, still: new StillPicture(new ResultSet(question, [query])) };
}

describe('a picture that stands still', () => {
  test('what arrives later - changes nothing of it, and is counted', () => {
    const { query, still } = start();
    expect(still.newCount).toBe(0);
    for (let step = 13; step < 20; step++) {
      const series = [{ key: 1, values: values(step) }];
      query.take({ kind: 'delta', id: 1, firstStep: step, count: 1, series });
    }
    expect(still.newestMs).toBe(12_000);
    expect(still.rows.map((row) => [...valuesOf(row)])).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([...(still.rows[0]?.columns.times ?? [])]).toEqual([10_000, 11_000, 12_000]);
    // As many as the range still has.
    expect(still.newCount).toBe(query.columns.times.length);
  });

  test('series - keep what stands for them', () => {
    const { query, still } = start();
    expect(still.rows.map(({ id, colour, labels }) => ({ id, colour, labels }))).toEqual(
      query.rows.value.map(({ id, colour, labels }) => ({ id, colour, labels })),
    );
  });
});
