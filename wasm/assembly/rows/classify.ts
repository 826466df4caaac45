/** Which rows of a block are newer than everything of their series. */
import {
  CLASSIFIED_FINER,
  CLASSIFIED_LATE,
  CLASSIFIED_LATE_TIME_MAX,
  CLASSIFIED_LATE_TIME_MIN,
  CLASSIFIED_PLAIN,
  CLASSIFIED_SERIES,
  CLASSIFIED_TIME_MAX,
  CLASSIFIED_TIME_MIN,
  CLASSIFIED_UNKNOWN,
  ENTRY_BYTES,
  ENTRY_COUNTED,
  ENTRY_ID,
  ENTRY_NEWEST,
} from './layout';
import { classifiedAt, listsAt, listLength } from './memory';
import { countOf, entriesLimit, findEntry, firstEntry } from './series-index';
import { isFinerThanMicrosecond } from './time';

/** Entry that the next row is expected to be of, across calls: a block mostly goes on where the last one ended. */
let expected: usize = 0;

/** Number of the count under way. That it comes round after four billion of them takes years, and costs one series of one count. */
let count: u32 = 1;

/** Entries have moved or gone: the next row is expected to be of the first one. */
export function resetExpectation(): void {
  expected = firstEntry();
}

/** From now on every series is counted again. */
export function beginSeriesCount(): void {
  if (++count == 0) count = 1;
}

/**
 * Sorts rows into plain (their time is the newest of their series, and becomes it), late (it is not) and unknown (series not
 * in the index), counts the series that no row was of since the count began, and the rows of each. Lists of plain rows are only written
 * when not all are plain.
 */
export function classifyRows(ids: usize, times: usize, rows: u32): void {
  const plainList = listsAt;
  const lateList = plainList + listLength * 4;
  const unknownList = lateList + listLength * 4;
  let plain: u32 = 0;
  let late: u32 = 0;
  let unknown: u32 = 0;
  let series: u32 = 0;
  let finer = false;
  let timeMin = i64.MAX_VALUE;
  let timeMax = i64.MIN_VALUE;
  let lateTimeMin = i64.MAX_VALUE;
  let lateTimeMax = i64.MIN_VALUE;

  for (let row: u32 = 0; row < rows; row++) {
    const time = load<i64>(times + row * 8);
    timeMin = min(timeMin, time);
    timeMax = max(timeMax, time);
    if (isFinerThanMicrosecond(time)) finer = true;

    const entry = expectedEntry(load<u64>(ids + row * 8));
    if (entry == 0) {
      if (plain == row) fillRising(plainList, plain);
      store<u32>(unknownList + unknown * 4, row);
      unknown++;
      continue;
    }
    const rowsOfSeries = countOf(entry);
    store<u32>(rowsOfSeries, load<u32>(rowsOfSeries) + 1);
    if (load<u32>(entry, ENTRY_COUNTED) != count) {
      store<u32>(entry, count, ENTRY_COUNTED);
      series++;
    }
    if (time > load<i64>(entry, ENTRY_NEWEST)) {
      store<i64>(entry, time, ENTRY_NEWEST);
      if (plain != row) store<u32>(plainList + plain * 4, row);
      plain++;
    } else {
      if (plain == row) fillRising(plainList, plain);
      store<u32>(lateList + late * 4, row);
      late++;
      lateTimeMin = min(lateTimeMin, time);
      lateTimeMax = max(lateTimeMax, time);
    }
  }

  store<u32>(classifiedAt, plain, CLASSIFIED_PLAIN);
  store<u32>(classifiedAt, late, CLASSIFIED_LATE);
  store<u32>(classifiedAt, unknown, CLASSIFIED_UNKNOWN);
  store<u32>(classifiedAt, u32(finer), CLASSIFIED_FINER);
  store<u32>(classifiedAt, series, CLASSIFIED_SERIES);
  store<i64>(classifiedAt, timeMin, CLASSIFIED_TIME_MIN);
  store<i64>(classifiedAt, timeMax, CLASSIFIED_TIME_MAX);
  store<i64>(classifiedAt, lateTimeMin, CLASSIFIED_LATE_TIME_MIN);
  store<i64>(classifiedAt, lateTimeMax, CLASSIFIED_LATE_TIME_MAX);
}

/**
 * Entry of a series, 0 when it is unknown. Senders repeat the order of their series, so the entry behind that of the row before
 * is tried first: with a million series 4 ns a row instead of 40, with 4,000 3.4 instead of 4.9. (Following a link to the entry
 * that came next the last time finds more, but only after the link has been loaded: it was slower when the order was not
 * that of the entries.)
 */
function expectedEntry(id: u64): usize {
  let entry = expected;
  if (entry >= entriesLimit() || load<u64>(entry, ENTRY_ID) != id) {
    entry = findEntry(id);
    if (entry == 0) return 0;
  }
  expected = entry + ENTRY_BYTES;
  return entry;
}

/** Rows 0 to `count`, excluded: so far all were plain. */
function fillRising(list: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(list + i * 4, i);
}
