import type { Table } from '../catalogue.ts';
import { splitTime, timeLiteral } from '../time-literal.ts';

/** Half open, nanoseconds since 1970; absent bounds are none. */
export interface NsRange {
  readonly startNs?: bigint | undefined;
  readonly endNs?: bigint | undefined;
}

/**
 * SQL conditions for rows of a table at startNs ≤ time < endNs. Bounds are literals, so that partitions are left out when the statement
 * is planned; nanoseconds below the microsecond are compared where the table has them.
 */
export function timeConditions(
  { hasNs }: Pick<Table, 'hasNs'>,
  { startNs, endNs }: NsRange,
): string[] {
  const conditions: string[] = [];
  if (startNs !== undefined) {
    const [microseconds, rest] = splitTime(startNs);
    const from = timeLiteral(hasNs || rest === 0n ? microseconds : microseconds + 1n);
    conditions.push(`time >= ${from}`);
    if (hasNs && rest > 0n) conditions.push(`(time > ${from} OR ns >= ${rest})`);
  }
  if (endNs !== undefined) {
    const [microseconds, rest] = splitTime(endNs);
    conditions.push(`time < ${timeLiteral(rest === 0n ? microseconds : microseconds + 1n)}`);
    if (hasNs && rest > 0n) {
      conditions.push(`(time < ${timeLiteral(microseconds)} OR ns < ${rest})`);
    }
  }
  return conditions;
}
