import { columnName, type TableField } from '../catalogue.ts';
import type { SelectedSeries } from '../labels/label-index.ts';
import { arrayLiteral, literal } from '../postgres.ts';

/**
 * With so few series PostgreSQL is told which: leaving a row out costs it a fifth of sending it. With more, or with most of a
 * measurement's, little would be left out: all rows come, and those not asked for are dropped here.
 */
export const SERIES_LISTED_MAX = 10_000;
const SERIES_LISTED_SHARE_MAX = 0.5;
/**
 * So few are an array of the statement itself, which finds them soonest; but planning looks at each of them for each partition (330 ms
 * for 1,000 series and 48 partitions). More are joined (3.5 ms).
 */
const SERIES_IN_ARRAY_MAX = 16;

/** Times of points are int64 nanoseconds: nothing is outside of these, and PostgreSQL can write both. */
export const TIME_MIN_MS = -9_223_372_036_855;
export const TIME_MAX_MS = 9_223_372_036_855;

/** What a statement is to read of a measurement: the samples of times in (afterMs, untilMs]. */
export interface Scan {
  readonly selected: SelectedSeries;
  readonly afterMs: number;
  readonly untilMs: number;
}

/** Besides those of metrics, and `ns` where a table has it. */
export const ROW_COLUMNS_MIN = 2;
/** The same of several measurements. */
export const UNION_COLUMNS_MIN = 4;

/** The rows of a measurement in which one of the metrics has a value: `time, series, [ns,] <a float8 a metric>`. */
export function scanQuery({ selected, afterMs, untilMs }: Scan): string {
  const { table } = selected.measured;
  const fields = selected.metrics.map(({ field }) => asFloat(field));
  const columns = ['time', 'series', ...(table.hasNs ? ['ns'] : []), ...fields];
  return `SELECT ${columns.join(', ')} FROM ${table.name} WHERE ${rowConditions(selected, afterMs, untilMs)}`;
}

/** Such rows of several measurements: `<place of the scan, int2>, time, series, ns, <a float8 a metric, and nulls up to the most metrics>`. */
export function unionQuery(scans: readonly Scan[]): string {
  const metricsMax = Math.max(...scans.map(({ selected }) => selected.metrics.length));
  const parts = scans.map(({ selected, afterMs, untilMs }, place) => {
    const { table } = selected.measured;
    const columns = [`${place}::int2`, 'time', 'series', table.hasNs ? 'ns' : '0::int2'];
    for (let i = 0; i < metricsMax; i++) {
      const field = selected.metrics[i]?.field;
      columns.push(field ? asFloat(field) : 'NULL::float8');
    }
    return `SELECT ${columns.join(', ')} FROM ${table.name} WHERE ${rowConditions(selected, afterMs, untilMs)}`;
  });
  return parts.join(' UNION ALL ');
}

/** Of the rows of a measurement that have a value of one of the metrics at a time in (afterMs, untilMs]. */
export function rowConditions(
  { measured: { series }, metrics, numbers }: SelectedSeries,
  afterMs: number,
  untilMs: number,
): string {
  const columns = metrics.map(({ field }) => columnName(field));
  // Literals, so that partitions are left out when the statement is planned.
  const conditions = [
    `time >= ${timeLiteral(Math.floor(afterMs) + 1)}`,
    `time < ${timeLiteral(Math.floor(untilMs) + 1)}`,
    `(${columns.map((column) => `${column} IS NOT NULL`).join(' OR ')})`,
  ];
  if (
    numbers.length <= SERIES_LISTED_MAX &&
    numbers.length <= series.size * SERIES_LISTED_SHARE_MAX
  ) {
    conditions.push(seriesCondition(Array.from(numbers, (number) => series.ids.signed(number))));
  }
  return conditions.join(' AND ');
}

/** @param ids as PostgreSQL has them */
export function seriesCondition(ids: readonly bigint[]): string {
  const array = `'${arrayLiteral(ids)}'::bigint[]`;
  return ids.length <= SERIES_IN_ARRAY_MAX
    ? `series = ANY (${array})`
    : `series IN (SELECT unnest(${array}))`;
}

/** A field as the number that it is as a metric. */
export function asFloat(field: TableField): string {
  const column = columnName(field);
  switch (field.type) {
    case 'float':
      return column;
    case 'boolean':
      return `${column}::int::float8`;
    case 'integer':
    case 'unsigned':
      return `${column}::float8`;
    case 'string':
      throw new Error(`the field ${field.name} is a string, which is no metric`);
  }
}

export function timeLiteral(timeMs: number): string {
  const clampedMs = Math.min(Math.max(timeMs, TIME_MIN_MS), TIME_MAX_MS);
  return literal(new Date(clampedMs).toISOString());
}
