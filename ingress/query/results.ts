/** The answers of InfluxDB 1.x to a query. */

type Cell = string | number | boolean;

interface Series {
  readonly name?: string;
  readonly columns: readonly string[];
  readonly values?: readonly (readonly Cell[])[];
}

/** What one statement gave: series, an error, or neither. */
export interface StatementResult {
  readonly series?: readonly Series[];
  readonly error?: string;
}

/** Names in a series of their own. */
export function namesResult(series: string, names: readonly string[]): StatementResult {
  if (names.length === 0) return { series: [{ name: series, columns: ['name'] }] };
  return { series: [{ name: series, columns: ['name'], values: names.map((name) => [name]) }] };
}

/** The one policy that every database has: points are kept, and nobody need know in which pieces. */
export const RETENTION_POLICIES: StatementResult = {
  series: [
    {
      columns: ['name', 'duration', 'shardGroupDuration', 'replicaN', 'default'],
      values: [['autogen', '0s', '168h0m0s', 1, true]],
    },
  ],
};

/** Body of the answer to a query, its results in the order of its statements. */
export function queryBody(results: readonly StatementResult[]): object {
  return { results: results.map((result, index) => ({ statement_id: index, ...result })) };
}
