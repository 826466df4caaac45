export const NS_PER_S = 1_000_000_000n;

/** Half open, in seconds since 1970. */
export interface TimeRange {
  readonly fromS: number;
  readonly toS: number;
}

export const holds = (range: TimeRange, timeS: number) => range.fromS <= timeS && timeS < range.toS;

/**
 * The aligned range of this width around a time, cut where other ranges begin or end.
 * @param ranges none of them holds the time
 */
export function rangeAround(
  ranges: readonly TimeRange[],
  timeS: number,
  widthS: number,
): TimeRange {
  let fromS = Math.floor(timeS / widthS) * widthS;
  let toS = fromS + widthS;
  for (const range of ranges) {
    if (range.toS <= timeS) fromS = Math.max(fromS, range.toS);
    if (range.fromS > timeS) toS = Math.min(toS, range.fromS);
  }
  return { fromS, toS };
}

/** Seconds since 1970 as a literal that doesn't depend on the session's settings and knows years before 1. */
export function timestamp(timeS: number): string {
  return `'${new Date(timeS * 1000).toISOString()}'`;
}

/** Whole seconds, rounded down, of nanoseconds since 1970. */
export function secondsOf(timeNs: bigint): number {
  const seconds = timeNs / NS_PER_S;
  return Number(timeNs < 0n && seconds * NS_PER_S !== timeNs ? seconds - 1n : seconds);
}
