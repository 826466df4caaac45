import { float64Bin } from '@overseer/shared/queries';
import { SeriesMatrix } from '../../live/series-matrix.ts';

/** A matrix with steps of one second from 1970 on, and a series for each list: `{series="0"}` … */
export function matrixWith(...lists: readonly (readonly (number | null)[])[]): SeriesMatrix {
  const count = Math.max(...lists.map(({ length }) => length));
  const matrix = new SeriesMatrix(
    { stepMs: 1000, rangeMs: count * 1000 },
    { expr: 'test', letter: '' },
  );
  matrix.reset({
    kind: 'reset',
    id: 1,
    firstStep: 0,
    count,
    series: lists.map((list, key) => ({
      key,
      labels: { series: String(key) },
      values: float64Bin(Float64Array.from(list, (value) => value ?? Number.NaN)),
    })),
    warnings: [],
  });
  return matrix;
}
