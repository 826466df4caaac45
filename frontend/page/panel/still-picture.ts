import {
  columnsOf,
  firstAtOrAfter,
  type QueryIdentity,
  type SeriesColumns,
  type SeriesRow,
  valuesOf,
} from '../series/series-columns.ts';
import type { ResultSet } from './result-set.ts';

/** What a live panel showed when its picture came to a stand: a copy, which nothing that arrives later changes. */
export class StillPicture {
  readonly rows: readonly SeriesRow[];
  /** Of the newest step; undefined: there was none. */
  readonly newestMs: number | undefined;

  constructor(readonly set: ResultSet) {
    this.newestMs = set.newestMs;
    const rows = set.rows.peek();
    const copies = [...columnsOf(rows)].map((columns) => new StillColumns(columns, rows));
    this.rows = copies.flatMap((columns) => columns.rows);
  }

  /** Points that have arrived since. */
  get newCount(): number {
    const sinceMs = this.newestMs ?? Number.NEGATIVE_INFINITY;
    let count = 0;
    for (const row of this.set.rows.peek()) {
      const values = valuesOf(row);
      const from = firstAtOrAfter(row.columns.times, sinceMs + 1);
      for (let step = from; step < values.length; step++) {
        if (Number.isFinite(values[step])) count++;
      }
    }
    return count;
  }
}

interface StillRow extends SeriesRow {
  readonly values: Float64Array;
}

class StillColumns implements SeriesColumns {
  readonly query: QueryIdentity;
  readonly stepMs: number;
  readonly times: Float64Array;
  readonly pairsFrom: number | undefined;
  readonly rows: readonly StillRow[];

  constructor(original: SeriesColumns, rows: readonly SeriesRow[]) {
    this.query = original.query;
    this.stepMs = original.stepMs;
    this.pairsFrom = original.pairsFrom;
    this.times = original.times.slice();
    const own = rows.filter(({ columns }) => columns === original);
    this.rows = own.map((row) => ({
      columns: this,
      labels: row.labels,
      id: row.id,
      colour: row.colour,
      values: valuesOf(row).slice(),
    }));
  }

  values(row: SeriesRow): Float64Array {
    return (row as StillRow).values;
  }
}
