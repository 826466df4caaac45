import type { Table } from '../catalogue.ts';
import { literal } from '../postgres.ts';

const NS_PER_US = 1000n;

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
    const [microseconds, rest] = split(startNs);
    const from = timeLiteral(hasNs || rest === 0n ? microseconds : microseconds + 1n);
    conditions.push(`time >= ${from}`);
    if (hasNs && rest > 0n) conditions.push(`(time > ${from} OR ns >= ${rest})`);
  }
  if (endNs !== undefined) {
    const [microseconds, rest] = split(endNs);
    conditions.push(`time < ${timeLiteral(rest === 0n ? microseconds : microseconds + 1n)}`);
    if (hasNs && rest > 0n) {
      conditions.push(`(time < ${timeLiteral(microseconds)} OR ns < ${rest})`);
    }
  }
  return conditions;
}

/** Whole microseconds, rounded down, and the nanoseconds beyond. */
function split(timeNs: bigint): readonly [microseconds: bigint, rest: bigint] {
  const rest = ((timeNs % NS_PER_US) + NS_PER_US) % NS_PER_US;
  return [(timeNs - rest) / NS_PER_US, rest];
}

function timeLiteral(microseconds: bigint): string {
  const below = ((microseconds % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((microseconds - below) / 1000n)).toISOString();
  return literal(`${iso.slice(0, -1)}${String(below).padStart(3, '0')}Z`);
}
