import type { TimeRange } from './time-range.ts';

const DAY_S = 86_400;
/** Widths that divide each other, so that aligned ranges nest; the last ones are four weeks and 52 weeks. */
const WIDTHS_S = [3600, DAY_S, 28 * DAY_S, 13 * 28 * DAY_S] as const;
/** Nearer to now than this, partitions have the configured width; further away ever wider ones, so that stray times make few. */
const NEAR_S = 7 * DAY_S;
const FAR_S = 366 * DAY_S;

/** The widest aligned range for this time that fits its distance from now and touches no existing one. */
export function chooseRange(
  ranges: readonly TimeRange[],
  timeS: number,
  nearWidthS: number,
): TimeRange {
  const distanceS = Math.abs(timeS - Date.now() / 1000);
  const preferred =
    distanceS < NEAR_S ? [nearWidthS] : WIDTHS_S.slice(0, distanceS < FAR_S ? 3 : 4).toReversed();
  for (const width of [...preferred, ...WIDTHS_S.toReversed()]) {
    const fromS = Math.floor(timeS / width) * width;
    const range = { fromS, toS: fromS + width };
    if (!ranges.some((other) => other.fromS < range.toS && range.fromS < other.toS)) return range;
  }
  return gapAround(ranges, timeS);
}

/** The hour around this time, cut where other partitions begin or end. */
function gapAround(ranges: readonly TimeRange[], timeS: number): TimeRange {
  let fromS = Math.floor(timeS / 3600) * 3600;
  let toS = fromS + 3600;
  for (const range of ranges) {
    if (range.toS <= timeS) fromS = Math.max(fromS, range.toS);
    if (range.fromS > timeS) toS = Math.min(toS, range.fromS);
  }
  return { fromS, toS };
}
