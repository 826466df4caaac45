import { float64s, type MatrixPart } from '@overseer/shared/queries';
import {
  identify,
  type QueryIdentity,
  SERIES_MAX,
  type SeriesColumns,
  type SeriesRow,
} from '../series/series-columns.ts';

/** Some series over the steps of an answer, which stay as they are. */
export type FixedAnswer = Pick<MatrixPart, 'startMs' | 'stepMs' | 'count' | 'series'> & {
  /** Each two steps are the least and greatest value of a span. */
  readonly isPaired?: boolean;
};

interface FixedRow extends SeriesRow {
  readonly values: Float64Array;
}

export class FixedColumns implements SeriesColumns {
  readonly stepMs: number;
  readonly times: Float64Array;
  readonly pairsFrom: number | undefined;
  readonly rows: readonly SeriesRow[];
  /** Series that exceed `SERIES_MAX`. */
  readonly omittedCount: number;

  constructor(
    { startMs, stepMs, count, series, isPaired = false }: FixedAnswer,
    readonly query: QueryIdentity,
  ) {
    this.stepMs = stepMs;
    this.pairsFrom = isPaired ? 0 : undefined;
    this.times = Float64Array.from({ length: count }, (_, step) => startMs + step * stepMs);
    this.omittedCount = Math.max(0, series.length - SERIES_MAX);
    this.rows = series.slice(0, SERIES_MAX).map(
      ({ labels, values }): FixedRow => ({
        columns: this,
        labels,
        ...identify(labels, query),
        values: float64s(values),
      }),
    );
  }

  values(row: SeriesRow): Float64Array {
    return (row as FixedRow).values;
  }
}
