/** Half open, in seconds since 1970. */
export interface TimeRange {
  readonly fromS: number;
  readonly toS: number;
}

export const holds = (range: TimeRange, timeS: number) => range.fromS <= timeS && timeS < range.toS;

/** Seconds since 1970 as a literal that doesn't depend on the session's settings and knows years before 1. */
export function timestamp(timeS: number): string {
  return `'${new Date(timeS * 1000).toISOString()}'`;
}
