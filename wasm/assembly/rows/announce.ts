/** Series whose keys came with a block: checked against their ids and added to the index. */
import { sipHash24 } from '../siphash';
import { SERIES_ADDED, SERIES_FORGED } from './layout';
import { keyAt, listsAt, listLength, seedsAt } from './memory';
import { addSeries } from './series-index';

const SEED_BYTES: usize = 16;

/** Hash of `length` bytes at `keyAt` with the seed of ids. */
export function hashKey(length: u32): u64 {
  return sipHash24(seedsAt, keyAt, length);
}

/** Hash of `length` bytes at `keyAt` with the seed of checks. */
export function checkKey(length: u32): u64 {
  return sipHash24(seedsAt + SEED_BYTES, keyAt, length);
}

/**
 * Adds announced series. The canonical key of each is what lies at `keyAt`, `prefixLength` bytes, then, unless it is empty, a NUL
 * and its part of `keys`. Writes the checks to the first two lists and what became of each (1 byte) to the third.
 *
 * @param idMask bits of the hash that make an id
 * @returns how many were added
 */
export function announceSeries(
  prefixLength: u32,
  ids: usize,
  ends: usize,
  keys: usize,
  count: u32,
  table: u32,
  idMask: u64,
): u32 {
  const checks = listsAt;
  const statuses = listsAt + <usize>listLength * 8;
  const tags = keyAt + prefixLength + 1;
  store<u8>(tags - 1, 0);
  let added: u32 = 0;
  let start: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const end = load<u32>(ends + i * 4);
    memory.copy(tags, keys + start, end - start);
    const length = end == start ? prefixLength : prefixLength + 1 + end - start;
    start = end;
    const id = load<u64>(ids + i * 8);
    const check = checkKey(length);
    const forged = (hashKey(length) & idMask) != id;
    const status = forged ? SERIES_FORGED : addSeries(id, check, table, i64.MIN_VALUE);
    store<u64>(checks + i * 8, check);
    store<u8>(statuses + i, status);
    if (status == SERIES_ADDED) added++;
  }
  return added;
}
