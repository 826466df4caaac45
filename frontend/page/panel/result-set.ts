import { computed } from '@preact/signals';
import type { TimeFrame } from '../../model/time-frame.ts';
import type { QueryResult } from '../series/query-result.ts';
import type { QueryIdentity } from '../series/series-columns.ts';

/** What a panel asks: each query over one time frame. */
export interface PanelQuestion {
  readonly db: string;
  readonly queries: readonly QueryIdentity[];
  readonly frame: TimeFrame;
}

/** The results of all queries of a panel, in their order. */
export class ResultSet {
  constructor(
    readonly question: PanelQuestion,
    readonly results: readonly QueryResult[],
  ) {}

  /** Grows with each change of any of them. */
  readonly revision = computed(() =>
    this.results.reduce((sum, { revision }) => sum + revision.value, 0),
  );

  /** The series of all of them. */
  readonly rows = computed(() => this.results.flatMap(({ rows }) => rows.value));

  readonly hasValues = computed(() => this.results.some(({ hasValues }) => hasValues.value));

  readonly omittedCount = computed(() =>
    this.results.reduce((sum, { omittedCount }) => sum + omittedCount.value, 0),
  );

  /** Each query has something to show, or an error to tell. */
  readonly hasArrived = computed(() =>
    this.results.every(({ hasArrived, failure }) => hasArrived.value || failure.value),
  );

  /** Any query has points, or the news that there are none. */
  readonly hasAny = computed(() => this.results.some(({ hasArrived }) => hasArrived.value));

  /** The first query that failed. */
  readonly failed = computed(() => this.results.find(({ failure }) => failure.value));

  readonly warnings = computed(() => [
    ...new Set(this.results.flatMap(({ warnings }) => warnings.value)),
  ]);

  /** Time of the newest step; undefined: there is none. */
  get newestMs(): number | undefined {
    const newest = this.results.map(({ columns }) => columns.times.at(-1) ?? 0);
    const newestMs = Math.max(0, ...newest);
    return newestMs === 0 ? undefined : newestMs;
  }
}
