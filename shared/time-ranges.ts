/** Times from the first to the second, both included: whole milliseconds since 1970. */
export type RangeMs = readonly [fromMs: number, toMs: number];

/** As many are told at once: each may cost whoever shows them a question. */
export const TIME_RANGES_MAX = 8;
/** Ranges that are no further apart are one: asking for what is between them costs less than asking twice. */
export const TIME_RANGES_APART_MS = 60_000;

const NS_PER_MS = 1_000_000n;

/** Milliseconds at or before a time in nanoseconds. */
export function floorMs(timeNs: bigint): number {
  const ms = timeNs / NS_PER_MS;
  return Number(ms * NS_PER_MS > timeNs ? ms - 1n : ms);
}

/** Milliseconds at or after a time in nanoseconds. */
export function ceilMs(timeNs: bigint): number {
  return -floorMs(-timeNs);
}

/**
 * Covers ranges by few: those that overlap, touch, or lie within TIME_RANGES_APART_MS of each other become one; then, while there are
 * more than TIME_RANGES_MAX, the two that are closest. Gives them in order, oldest first.
 */
export function joinRanges(ranges: readonly RangeMs[]): RangeMs[] {
  const joined: RangeMs[] = [];
  for (const [fromMs, toMs] of ranges.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && fromMs - last[1] <= TIME_RANGES_APART_MS) {
      joined[joined.length - 1] = [last[0], Math.max(last[1], toMs)];
    } else joined.push([fromMs, toMs]);
  }
  while (joined.length > TIME_RANGES_MAX) joinClosest(joined);
  return joined;
}

/** Makes one of the two ranges with the least between them. */
function joinClosest(ranges: RangeMs[]): void {
  let closest = 1;
  let gapMs = Number.POSITIVE_INFINITY;
  for (let i = 1; i < ranges.length; i++) {
    const between = startOf(ranges, i) - endOf(ranges, i - 1);
    if (between < gapMs) {
      gapMs = between;
      closest = i;
    }
  }
  ranges.splice(closest - 1, 2, [startOf(ranges, closest - 1), endOf(ranges, closest)]);
}

const startOf = (ranges: readonly RangeMs[], i: number) => ranges[i]?.[0] ?? 0;
const endOf = (ranges: readonly RangeMs[], i: number) => ranges[i]?.[1] ?? 0;
