import type { Random } from '../promql/testing/random.ts';

const MICROSECOND_NS = 1000n;
const MILLISECOND_NS = 1_000_000n;
const MINUTE_NS = 60_000n * MILLISECOND_NS;
const DAY_NS = 1440n * MINUTE_NS;
/** 2026-01-01T00:00:00Z */
const T0 = 1_767_225_600_000_000_000n;
const PAST_DAYS_MAX = 60;
/** Places within a minute that points share: few, so that they often meet. */
const SLOTS = 4;
/** Within a microsecond, and across the border to the next. */
const FINE_NS = [0n, 1n, 999n, 1001n] as const;
/** The ends of int64, both sides of 1970, of a second, and of what a millisecond of JavaScript can tell. */
const EXTREMES_NS = [
  -(2n ** 63n),
  -(2n ** 63n) + 1n,
  2n ** 63n - 1n,
  -1n,
  0n,
  -999_999_999n,
  -1_000_000_001n,
  -DAY_NS * 365n * 200n,
  DAY_NS * 365n * 200n,
] as const;

export interface TimeChoice {
  /** Number of the operation: time goes on by a minute with each. */
  readonly operation: number;
  /** Number of the row within the operation. */
  readonly row: number;
  readonly fine: boolean;
  readonly extremes: boolean;
}

/**
 * The time of a point, nanoseconds: mostly newer than all before, often one that was there before, sometimes long past. From few
 * enough times that points meet without remembering which were drawn.
 */
export function drawTime(random: Random, { operation, row, fine, extremes }: TimeChoice): bigint {
  const coarse = drawCoarse(random, operation, row, extremes);
  const time = fine && random.once(2) ? coarse + random.pick(FINE_NS) : coarse;
  const below = ((time % MICROSECOND_NS) + MICROSECOND_NS) % MICROSECOND_NS;
  return BigInt.asIntN(64, fine ? time : clamped(time - below));
}

function drawCoarse(random: Random, operation: number, row: number, extremes: boolean): bigint {
  if (extremes && random.once(30)) return random.pick(EXTREMES_NS);
  if (random.once(20)) return T0 - BigInt(1 + random.integer(PAST_DAYS_MAX)) * DAY_NS;
  if (random.once(3)) {
    const slot = BigInt(random.integer(SLOTS)) * MILLISECOND_NS;
    return T0 + BigInt(random.integer(operation + 1)) * MINUTE_NS + slot;
  }
  return T0 + BigInt(operation) * MINUTE_NS + BigInt(row) * MILLISECOND_NS;
}

/** The first whole microsecond of int64 is later than its first nanosecond. */
function clamped(timeNs: bigint): bigint {
  return timeNs < -(2n ** 63n) ? timeNs + MICROSECOND_NS : timeNs;
}
