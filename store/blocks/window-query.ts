import type { SelectedSeries } from '../labels/label-index.ts';
import { literal } from '../postgres.ts';
import type { WindowAggregate } from '../promql/series-source.ts';
import { lastStepMs, type StepGrid } from '../promql/step-grid.ts';
import { asFloat, rowConditions, TIME_MAX_MS, TIME_MIN_MS, timeLiteral } from './scan.ts';

/**
 * An aggregate of a field's values `x` in SQL.
 *
 * Of floats, `sum` adds one value after the other, without compensation. After n of them it is wrong by no more than n · 2^-53 · sum(|x|),
 * however they are spread over workers: where that may be more than it may be wrong by, it is in doubt. So it is beyond 9,000 values of
 * one sign, and sooner where values take each other away.
 */
interface SqlAggregate {
  /** Null of no values. */
  value(x: string): string;
  /** Whether the value may be another one than PromQL's; undefined: never. Not null. */
  doubt?(x: string): string;
}

/** By which part of itself a sum may be wrong. */
const SUM_ERROR_MAX = 1e-12;
const ROUNDING = 2 ** -53;

const isSumDoubtful = (x: string) =>
  `coalesce(count(${x}) * ${ROUNDING}::float8 * sum(abs(${x})) > ${SUM_ERROR_MAX}::float8 * abs(sum(${x})), false)`;

/** A sum of nothing but -0 is 0, as in PromQL, where it begins with 0. */
const sumOf = (x: string) => `(sum(${x}) + 0::float8)`;

const AGGREGATES: Readonly<Record<WindowAggregate, SqlAggregate>> = {
  count: { value: (x) => `nullif(count(${x}), 0)::float8` },
  min: { value: (x) => `min(${x})` },
  // PostgreSQL takes NaN for the greatest number, PromQL for none.
  max: { value: (x) => `max(${x})`, doubt: (x) => `coalesce(max(${x}) = 'NaN', false)` },
  sum: { value: sumOf, doubt: isSumDoubtful },
  avg: { value: (x) => `${sumOf(x)} / nullif(count(${x}), 0)`, doubt: isSumDoubtful },
};

/**
 * The windows of the series of a measurement that have rows: `time` of the window's end, `series, rows, is_doubtful`, and a float8 a metric,
 * null where it has no value.
 *
 * A window is in doubt when a row of it is not on a whole millisecond, for then two rows can be in one, of which just the last counts;
 * or when its aggregate is.
 */
export function windowQuery(
  selected: SelectedSeries,
  aggregate: WindowAggregate,
  windows: StepGrid,
): string {
  const { table } = selected.measured;
  const { value, doubt } = AGGREGATES[aggregate];
  const { stepMs } = windows;
  const afterMs = windows.startMs - stepMs;
  // Windows are open at their beginning; bins are at their end.
  const bin = `date_bin(${milliseconds(stepMs)}, time, ${timeLiteral(afterMs + 1)})`;
  const numbers = selected.metrics.map(({ field }) => asFloat(field));
  const doubts = [
    `bool_or(time <> date_bin(${milliseconds(1)}, time, '1970-01-01T00:00:00Z')${table.hasNs ? ' OR ns <> 0' : ''})`,
    ...(doubt ? numbers.map(doubt) : []),
  ];
  const columns = [
    `${bin} + ${milliseconds(stepMs - 1)}`,
    'series',
    'count(*)',
    doubts.join(' OR '),
    ...numbers.map(value),
  ];
  const conditions = rowConditions(selected, afterMs, lastStepMs(windows));
  return `SELECT ${columns.join(', ')} FROM ${table.name} WHERE ${conditions} GROUP BY ${bin}, series`;
}

/** Whether PostgreSQL can tell the windows from each other: it counts in microseconds, from a time that it can write. */
export function areWindowsExact(windows: StepGrid): boolean {
  const { startMs, stepMs } = windows;
  return (
    Number.isInteger(startMs) &&
    Number.isInteger(stepMs) &&
    startMs - stepMs >= TIME_MIN_MS &&
    lastStepMs(windows) < TIME_MAX_MS
  );
}

const milliseconds = (count: number) => `interval ${literal(`${count} milliseconds`)}`;
