/** Which series of each table had the most rows since they were counted last. */
import {
  ENTRY_BYTES,
  ENTRY_TABLE,
  TOP_BYTES,
  TOP_COUNT,
  TOP_ITEM_BYTES,
  TOP_ITEMS,
  TOP_ROWS,
  TOP_SERIES,
  TOP_TABLE,
} from './layout';
import { listsAt } from './memory';
import { countOf, entriesLimit, firstEntry } from './series-index';

const TABLE_MULTIPLIER: u32 = 0x9e3779b1;

/**
 * Finds the series with the most rows of every table that had any, and counts all rows from 0 again. What it finds is in the room of the
 * lists, in 2^slotBits slots of TOP_BYTES (see layout.ts).
 * @returns of how many series the tables found no room: three quarters of the slots are filled at the most
 */
export function takeBusiest(slotBits: u32): u32 {
  memory.fill(listsAt, 0, TOP_BYTES << slotBits);
  const tablesMax: u32 = (3 << slotBits) >> 2;
  let tables: u32 = 0;
  let leftOut: u32 = 0;
  for (let entry = firstEntry(); entry < entriesLimit(); entry += ENTRY_BYTES) {
    const rows = load<u32>(countOf(entry));
    if (rows == 0) continue;
    store<u32>(countOf(entry), 0);
    const top = findTop(load<u32>(entry, ENTRY_TABLE), slotBits);
    if (load<u32>(top, TOP_TABLE) == 0) {
      if (tables == tablesMax) {
        leftOut++;
        continue;
      }
      tables++;
      store<u32>(top, load<u32>(entry, ENTRY_TABLE), TOP_TABLE);
    }
    store<u64>(top, load<u64>(top, TOP_ROWS) + rows, TOP_ROWS);
    insert(top, rows, entry);
  }
  return leftOut;
}

/** The slot of a table, or the empty one that would be its. */
function findTop(table: u32, slotBits: u32): usize {
  const mask: u32 = (1 << slotBits) - 1;
  let slot: u32 = (table * TABLE_MULTIPLIER) >> (32 - slotBits);
  while (true) {
    const top = listsAt + <usize>slot * TOP_BYTES;
    const known = load<u32>(top, TOP_TABLE);
    if (known == table || known == 0) return top;
    slot = (slot + 1) & mask;
  }
}

/** Puts a series among the busiest of its table, if it is one of them. Most have fewer rows than the last of those. */
function insert(top: usize, rows: u32, entry: usize): void {
  const count = load<u32>(top, TOP_COUNT);
  const items = top + TOP_ITEMS;
  let item = items + count * TOP_ITEM_BYTES;
  if (count == TOP_SERIES) {
    item -= TOP_ITEM_BYTES;
    if (load<u32>(item) >= rows) return;
  } else {
    store<u32>(top, count + 1, TOP_COUNT);
  }
  while (item > items && load<u32>(item - TOP_ITEM_BYTES) < rows) {
    store<u64>(item, load<u64>(item - TOP_ITEM_BYTES));
    item -= TOP_ITEM_BYTES;
  }
  store<u32>(item, rows);
  store<u32>(item, <u32>entry, 4);
}
