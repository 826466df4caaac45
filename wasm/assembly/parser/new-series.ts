/**
 * How many series that the cache does not hold lines may bring about. When no more may, the parser stops and lists those of the piece;
 * the door finds out which of them are known elsewhere, and gives its verdicts. They hold until the next ones are given.
 */
import { failLimit } from './failure';
import { ERROR_TOO_MANY_SERIES, NEW_SERIES_LISTED_MAX } from './layout';

/** Twice as many slots as verdicts: chains stay short. */
const SLOTS: u32 = NEW_SERIES_LISTED_MAX * 2;
const UNKNOWN: u8 = 0;
const ADMITTED: u8 = 1;
const REFUSED: u8 = 2;

/** Ids of series, u64 each, for the door. */
export const newSeriesAt: usize = memory.data(NEW_SERIES_LISTED_MAX * 8, 8);
export let newSeriesCount: u32 = 0;

const verdictIdsAt: usize = memory.data(NEW_SERIES_LISTED_MAX * 2 * 8, 8);
const verdictsAt: usize = memory.data(NEW_SERIES_LISTED_MAX * 2);

/** How many more series lines may bring about without a verdict. */
export let newSeriesLeft: u32 = u32.MAX_VALUE;
/** Of a database; only said in errors. */
let seriesMax: u32 = 0;

export function allowNewSeries(count: u32): void {
  newSeriesLeft = count;
}

/** Whether a series that the cache does not hold may come in; counts it. */
// @ts-ignore: decorator
@inline
export function admitsNewSeries(id: u64): bool {
  if (newSeriesLeft == 0) return load<u8>(verdictsAt + slotOf(id)) == ADMITTED;
  newSeriesLeft--;
  return true;
}

/** Whether there is a verdict against it; then that is the failure of the line with the key from `start` to `keyStop`. */
export function refusesSeries(id: u64, start: usize, keyStop: usize): bool {
  if (load<u8>(verdictsAt + slotOf(id)) != REFUSED) return false;
  failLimit(ERROR_TOO_MANY_SERIES, start, keyStop, seriesMax, 0);
  return true;
}

export function clearNewSeries(): void {
  newSeriesCount = 0;
}

/** @returns whether there is room for another one */
export function listNewSeries(id: u64): bool {
  store<u64>(newSeriesAt + ((<usize>newSeriesCount) << 3), id);
  return ++newSeriesCount < <u32>NEW_SERIES_LISTED_MAX;
}

/** Verdicts on the series that are listed: the first `admitted` of them may come in, the others are refused. */
export function setVerdicts(admitted: u32, count: u32, max: u32): void {
  seriesMax = max;
  memory.fill(verdictsAt, UNKNOWN, SLOTS);
  for (let i: u32 = 0; i < count; i++) {
    const id = load<u64>(newSeriesAt + ((<usize>i) << 3));
    const slot = slotOf(id);
    store<u64>(verdictIdsAt + (slot << 3), id);
    store<u8>(verdictsAt + slot, i < admitted ? ADMITTED : REFUSED);
  }
}

/** The slot with the verdict on this series, or a free one. */
function slotOf(id: u64): usize {
  let slot = <usize>(id & (SLOTS - 1));
  while (load<u8>(verdictsAt + slot) != UNKNOWN && load<u64>(verdictIdsAt + (slot << 3)) != id) slot = (slot + 1) & (SLOTS - 1);
  return slot;
}
