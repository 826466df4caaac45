import { ceilMs, floorMs, joinRanges, type RangeMs, TIME_RANGES_APART_MS } from '@overseer/shared';
import { viewOf } from './block-rows.ts';
import type { Times } from './plan.ts';

/**
 * A wide block is looked at in slices of its time, counted from its newest row: the first is so long, the second as long, and each
 * further one twice as long as the one before. So what is fresh is told exactly from what is old, and what is old is told roughly.
 */
const FIRST_SLICE_MS = 15_000;
/** 31 doublings reach back further than times can. */
const SLICES = 33;
/** Times are read as floating-point numbers, which are less than a microsecond off. */
const ROUNDING_MS = 0.001;
const NS_PER_MS = 1e6;
const WORD = 2 ** 32;

/**
 * A few ranges that the rows of a block lie in. One, for the block of agents that send what is now; for one that has rows of
 * last year besides, the months between are left out. Reads the times only of blocks that span more than a minute.
 * @param blockTimes int64, nanoseconds, one a row
 * @param times      bounds of the rows that count; others are passed over
 */
export function rangesOfBlock(blockTimes: Uint8Array, { minNs, maxNs }: Times): RangeMs[] {
  const fromMs = floorMs(minNs);
  const toMs = ceilMs(maxNs);
  if (toMs - fromMs <= TIME_RANGES_APART_MS) return [[fromMs, toMs]];
  const oldest = new Float64Array(SLICES).fill(Number.POSITIVE_INFINITY);
  const newest = new Float64Array(SLICES).fill(Number.NEGATIVE_INFINITY);
  const view = viewOf(blockTimes);
  for (let at = 0; at < view.byteLength; at += 8) {
    const ms = (view.getInt32(at + 4, true) * WORD + view.getUint32(at, true)) / NS_PER_MS;
    const ageMs = toMs + ROUNDING_MS - ms;
    if (ageMs < 0 || ms + ROUNDING_MS < fromMs) continue;
    const slice = 32 - Math.clz32(ageMs / FIRST_SLICE_MS);
    if (ms < (oldest[slice] ?? 0)) oldest[slice] = ms;
    if (ms > (newest[slice] ?? 0)) newest[slice] = ms;
  }
  const ranges: RangeMs[] = [];
  let isOpen = false;
  for (let slice = 0; slice < SLICES; slice++) {
    const first = Math.max(Math.floor((oldest[slice] ?? 0) - ROUNDING_MS), fromMs);
    const last = Math.min(Math.ceil((newest[slice] ?? 0) + ROUNDING_MS), toMs);
    const hasRows = first <= last;
    // Slices that follow each other are one range, however few rows they have.
    const before = hasRows && isOpen ? ranges.pop() : undefined;
    if (hasRows) ranges.push([first, before?.[1] ?? last]);
    isOpen = hasRows;
  }
  return joinRanges(ranges);
}
