/** From nanoseconds since 1970 to what PostgreSQL keeps: microseconds since 2000, and the nanoseconds below them. */

const NANOSECONDS_PER_MICROSECOND: i64 = 1000;
/** 2000-01-01T00:00:00Z in microseconds since 1970. */
const POSTGRES_EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;
/** 125 times this is 1 modulo 2^64, so multiplying by it divides multiples of 125 exactly. */
const INVERSE_OF_125: i64 = 0x1cac083126e978d5;
/** Most microseconds that an i64 of nanoseconds can be. */
const MICROSECONDS_MAX: u64 = 9_223_372_036_854_775;

/**
 * Whether a time has no part below the microsecond. Multiples of 125 and only those land within the range of quotients when
 * they are multiplied by the inverse (Granlund, Montgomery: "Division by Invariant Integers using Multiplication", 1994).
 */
export function isWholeMicrosecond(ns: i64): bool {
  return (ns & 7) == 0 && <u64>wholeMicroseconds(ns) + MICROSECONDS_MAX <= 2 * MICROSECONDS_MAX;
}

/** timestamptz of a time, rounded towards the past. */
export function postgresMicroseconds(ns: i64): i64 {
  const microseconds = isWholeMicrosecond(ns) ? wholeMicroseconds(ns) : floorMicroseconds(ns);
  return microseconds - POSTGRES_EPOCH_MICROSECONDS;
}

/** Nanoseconds below the microsecond, 0 to 999, also of times before 1970. */
export function nanosecondsBelow(ns: i64): i32 {
  return <i32>(ns - floorMicroseconds(ns) * NANOSECONDS_PER_MICROSECOND);
}

/** Quotient of a time that is a multiple of 1000. */
function wholeMicroseconds(ns: i64): i64 {
  return (ns >> 3) * INVERSE_OF_125;
}

function floorMicroseconds(ns: i64): i64 {
  const quotient = ns / NANOSECONDS_PER_MICROSECOND;
  return quotient - i64(quotient * NANOSECONDS_PER_MICROSECOND > ns);
}
