/** The store's kernel: series index, classification of rows, columns to binary COPY rows. rows.ts is its door. */
import { forgetPrediction } from './classify';
import { clearOutput } from './encode';
import { layOutMemory } from './memory';
import { removeSeries, resetIndex, slotsBytesFor } from './series-index';

export { announceSeries, checkKey, hashKey } from './announce';
export { classifyRows } from './classify';
export { clearOutput, encodeRows, outputLength } from './encode';
export { classifiedAt, columnsAt, keyAt, listsAt, messagesAt, outputAt, seedsAt } from './memory';
export { addSeries, addSeriesColumns, findEntry, seriesCount } from './series-index';

/** Lays out memory for these limits. @returns false when the host gives no such memory */
export function initialize(
  columnsMax: u32,
  rowsMax: u32,
  keyBytes: usize,
  messagesBytes: usize,
  outputBytes: usize,
  seriesMax: u32,
): bool {
  const slotsBytes = slotsBytesFor(seriesMax);
  if (!layOutMemory(columnsMax, rowsMax, keyBytes, messagesBytes, outputBytes, slotsBytes))
    return false;
  clearOutput();
  return clearIndex(seriesMax);
}

/** Forgets all series. @returns false when the host gives no memory */
export function clearIndex(seriesMax: u32): bool {
  const done = resetIndex(seriesMax);
  forgetPrediction();
  return done;
}

/** Forgets the series with ids from `first` to `last`, both included. @returns how many */
export function removeSeriesRange(first: u64, last: u64): u32 {
  const removed = removeSeries(first, last);
  forgetPrediction();
  return removed;
}
