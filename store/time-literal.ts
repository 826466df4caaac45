import { literal } from './postgres.ts';

const NS_PER_US = 1000n;
const US_PER_MS = 1000n;

/** Nanoseconds since 1970 as PostgreSQL keeps them: whole microseconds, rounded down, and the nanoseconds beyond. */
export function splitTime(timeNs: bigint): readonly [microseconds: bigint, restNs: bigint] {
  const restNs = remainder(timeNs, NS_PER_US);
  return [(timeNs - restNs) / NS_PER_US, restNs];
}

/** Microseconds since 1970 as an SQL literal, exact to each: with bounds as parameters, a generic plan would visit every partition. */
export function timeLiteral(microseconds: bigint): string {
  const below = remainder(microseconds, US_PER_MS);
  const iso = new Date(Number((microseconds - below) / US_PER_MS)).toISOString();
  return literal(`${iso.slice(0, -1)}${String(below).padStart(3, '0')}Z`);
}

/** Never negative, as that of rounding down. */
const remainder = (value: bigint, divisor: bigint) => ((value % divisor) + divisor) % divisor;
