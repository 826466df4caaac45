import type { TimeTable } from './time-table.ts';

/** As Prometheus answers a range query: a matrix, its times in seconds, its values as texts. */
export function toMatrixJson({ times, columns }: TimeTable): string {
  const result = columns.map((column) => ({
    metric: column.row.labels,
    values: [...times].flatMap((timeMs, index) => {
      const value = column.valueAt(index);
      return value === undefined ? [] : [[timeMs / 1000, valueText(value)]];
    }),
  }));
  return JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}
