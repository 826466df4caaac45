/** The store's kernel: series index, classification of rows, columns to binary COPY rows. rows.ts is its door. */
import { resetExpectation } from './classify';
import { clearOutput } from './encode';
import { layOutMemory } from './memory';
import {
  countsBytesFor,
  entriesBytesFor,
  removeSeries,
  removeSeriesOfTables,
  resetIndex,
  slotsBytesFor,
} from './series-index';

export { announceSeries, checkKey, hashKey } from './announce';
export { takeBusiest } from './busiest';
export { beginSeriesCount, classifyRows } from './classify';
export { clearOutput, encodeRows, outputLength } from './encode';
export { classifiedAt, columnsAt, keyAt, listsAt, messagesAt, outputAt, seedsAt } from './memory';
export { addSeries, addSeriesColumns, findEntry, indexBytes, seriesCount, unknownSeriesCount } from './series-index';

/** Lays out memory for these limits. @returns false when the host gives no such memory */
export function initialize(
  columnsMax: u32,
  listLength: u32,
  keyBytes: usize,
  messagesBytes: usize,
  outputBytes: usize,
  seriesMax: u32,
): bool {
  const laidOut = layOutMemory(
    columnsMax,
    listLength,
    keyBytes,
    messagesBytes,
    outputBytes,
    slotsBytesFor(seriesMax),
    countsBytesFor(seriesMax),
    entriesBytesFor(seriesMax),
  );
  if (!laidOut) return false;
  clearOutput();
  clearIndex(seriesMax);
  return true;
}

/** Forgets all series. */
export function clearIndex(seriesMax: u32): void {
  resetIndex(seriesMax);
  resetExpectation();
}

/** Forgets the series with ids from `first` to `last`, both included. @returns how many */
export function removeSeriesRange(first: u64, last: u64): u32 {
  const removed = removeSeries(first, last);
  resetExpectation();
  return removed;
}

/** Forgets the series of the tables in a rising list of `count` numbers at `tables`. @returns how many */
export function removeTables(tables: usize, count: u32): u32 {
  const removed = removeSeriesOfTables(tables, count);
  resetExpectation();
  return removed;
}
