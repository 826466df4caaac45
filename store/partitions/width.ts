import { rangeAround, type TimeRange } from './time-range.ts';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** Each divides the next, so that aligned ranges nest. */
const WIDTHS_S = [
  5 * MINUTE_S,
  15 * MINUTE_S,
  HOUR_S,
  6 * HOUR_S,
  DAY_S,
  28 * DAY_S,
  13 * 28 * DAY_S,
] as const;
export const WIDTH_MIN_S = WIDTHS_S[0];

/** Without an index but BRIN, so much is read in a tenth of a second: a million rows of ten numbers. */
const HOT_BYTES = 128 * 2 ** 20;
/** History is indexed soon after it was written; what grows with its size is only the time that building the index takes. */
const COLD_BYTES = 1024 * 2 ** 20;
/** A wider partition must be filled less than half, a narrower one needs one that is overfilled by half: so widths don't alternate. */
const WIDER_SHARE = 0.5;
const SAME_SHARE = 1.5;

/** Behind now by more than this a time is history, ahead by more than that it is far. */
const LIVE_BEHIND_S = HOUR_S;
const LIVE_AHEAD_S = DAY_S;
/** As long as nobody knows how much comes: narrow where it comes right now. */
const UNKNOWN_WIDTH_S = HOUR_S;
const NOW_S = 10 * MINUTE_S;
/** The width of history by its distance: stray times must not make thousands of partitions. */
const HISTORY_WIDTHS = [
  { distanceS: 7 * DAY_S, widthS: DAY_S },
  { distanceS: 366 * DAY_S, widthS: 28 * DAY_S },
  { distanceS: Number.POSITIVE_INFINITY, widthS: 13 * 28 * DAY_S },
] as const;

/**
 * Planning a query costs a connection 9 ms with 1,000 partitions and 60 with 5,000, again whenever one is added. So widths have a lower
 * bound by how many a measurement has; all of history to come then fits into some tens.
 */
const CROWDED = [
  { partitions: 1000, widthS: HOUR_S },
  { partitions: 2000, widthS: DAY_S },
  { partitions: 3000, widthS: 28 * DAY_S },
  { partitions: 4000, widthS: 13 * 28 * DAY_S },
] as const;
/** The same for how many one group of rows makes. */
const HASTY = [
  { partitions: 16, widthS: 28 * DAY_S },
  { partitions: 64, widthS: 13 * 28 * DAY_S },
] as const;

/** How much data lies in the time before, and in which width. */
export interface Density {
  readonly bytesPerS: number;
  readonly widthS: number;
}

export interface Surroundings {
  readonly nowS: number;
  /** Upper bound of partitions near now. */
  readonly widthMaxS: number;
  /** What exists already; none holds the time. */
  readonly ranges: readonly TimeRange[];
  /** How many of them the rows in hand have made. */
  readonly made: number;
  /** Of the partition before, if that is known. */
  readonly before: Density | undefined;
  /** Of the rows in hand, bytes per second of their own time; 0 when not known. */
  readonly handBytesPerS: number;
}

/** The range of the partition to be made for a time that has none. */
export function chooseRange(timeS: number, around: Surroundings): TimeRange {
  const { nowS } = around;
  const liveFromS = Math.floor((nowS - LIVE_BEHIND_S) / HOUR_S) * HOUR_S;
  const liveToS = Math.ceil((nowS + LIVE_AHEAD_S) / HOUR_S) * HOUR_S;
  // Wide ones of history must not reach into the present.
  const live = { fromS: liveFromS, toS: liveToS };
  if (liveFromS <= timeS && timeS < liveToS) {
    return rangeAround(around.ranges, timeS, liveWidth(timeS, around));
  }
  return rangeAround([...around.ranges, live], timeS, historyWidth(timeS, around));
}

function liveWidth(timeS: number, around: Surroundings): number {
  const { before, nowS, ranges, widthMaxS } = around;
  const unknown = Math.abs(timeS - nowS) < NOW_S ? WIDTH_MIN_S : UNKNOWN_WIDTH_S;
  const wanted = before ? widthFor(before.bytesPerS, HOT_BYTES, before.widthS) : unknown;
  return Math.min(Math.max(wanted, boundBy(CROWDED, ranges.length)), widthMaxS);
}

function historyWidth(timeS: number, around: Surroundings): number {
  const { before, handBytesPerS, made, nowS, ranges } = around;
  const distanceS = Math.abs(timeS - nowS);
  const widest = HISTORY_WIDTHS.find((step) => distanceS < step.distanceS)?.widthS ?? 0;
  const bytesPerS = Math.max(before?.bytesPerS ?? 0, handBytesPerS);
  const wanted = widthFor(bytesPerS, COLD_BYTES, before?.widthS ?? Number.POSITIVE_INFINITY);
  const narrowest = Math.max(boundBy(CROWDED, ranges.length), boundBy(HASTY, made));
  return Math.max(Math.min(wanted, widest), narrowest, UNKNOWN_WIDTH_S);
}

/** The widest that is not overfilled at this rate. */
function widthFor(bytesPerS: number, bytes: number, presentWidthS: number): number {
  const fits = (widthS: number) =>
    bytesPerS * widthS <= bytes * (widthS > presentWidthS ? WIDER_SHARE : SAME_SHARE);
  return WIDTHS_S.findLast(fits) ?? WIDTH_MIN_S;
}

function boundBy(
  bounds: readonly { readonly partitions: number; readonly widthS: number }[],
  partitions: number,
): number {
  return bounds.findLast((bound) => partitions >= bound.partitions)?.widthS ?? 0;
}
