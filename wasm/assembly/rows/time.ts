/** From nanoseconds since 1970 to what PostgreSQL keeps: microseconds since 2000, and the nanoseconds below them. */

const NANOSECONDS_PER_MICROSECOND: i64 = 1000;
/** 2000-01-01T00:00:00Z in microseconds since 1970. */
const POSTGRES_EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/** timestamptz of a time, rounded towards the past. */
export function postgresMicroseconds(ns: i64): i64 {
  return floorMicroseconds(ns) - POSTGRES_EPOCH_MICROSECONDS;
}

/** Nanoseconds below the microsecond, 0 to 999, also of times before 1970. */
export function nanosecondsBelow(ns: i64): i32 {
  return <i32>(ns - floorMicroseconds(ns) * NANOSECONDS_PER_MICROSECOND);
}

export function isFinerThanMicrosecond(ns: i64): bool {
  return ns % NANOSECONDS_PER_MICROSECOND != 0;
}

function floorMicroseconds(ns: i64): i64 {
  const quotient = ns / NANOSECONDS_PER_MICROSECOND;
  return quotient - i64(quotient * NANOSECONDS_PER_MICROSECOND > ns);
}
