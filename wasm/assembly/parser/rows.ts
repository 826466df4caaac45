/** Rows of lines that are valid: where they go, and what their writing changes. */
import { announce, isConfirmed } from './announcements';
import { Block, blockFor, columnAt, growText, keepsOrder, openBlock, setTextEnd, textUsed } from './blocks';
import { COLUMN_TEXT, COLUMN_VALUES, LIMIT_OPEN_BYTES, OUTCOME_BYTES, OUTCOME_FULL_PARTITION, OUTCOME_TOUCHED, TYPE_BOOLEAN, TYPE_STRING } from './layout';
import { limit } from './limits';
import { LineValue, valueAt, valueCount, valueFieldsAt } from './line-values';
import { Partition, partitionAt } from './partitions';
import { Series } from './series-cache';
import { EXPECTED_BYTES, EXPECTED_COLUMN, EXPECTED_TYPE, Shape } from './shapes';
import { copyString } from './strings';

/** Drawn in layout.ts. */
export const outcomeAt: usize = memory.data(OUTCOME_BYTES, 8);

/** The partition must be taken before parsing goes on. @returns false */
export function setFull(number: u32): bool {
  store<u32>(outcomeAt, number, OUTCOME_FULL_PARTITION);
  return false;
}

/**
 * Counts the row whose values already stand behind the block's last.
 * @param textBytes of its strings
 * @returns false when memory for the announcement is missing; then nothing has changed
 */
// @ts-ignore: decorator
@inline
export function commitRow(series: Series, block: Block, partition: Partition, time: i64, textBytes: u32): bool {
  if (!isConfirmed(series) && !announce(series, block, partition)) return false;
  const row = block.rows;
  store<u64>(block.series + ((<usize>row) << 3), series.id);
  store<i64>(block.times + ((<usize>row) << 3), time);
  block.rows = row + 1;
  partition.rows++;
  partition.bytes += block.rowBytes + textBytes;
  store<u32>(outcomeAt, load<u32>(outcomeAt, OUTCOME_TOUCHED) | (1 << series.partition), OUTCOME_TOUCHED);
  return true;
}

/** Whether the partition has enough rows for a batch. */
// @ts-ignore: decorator
@inline
export function isFull(partition: Partition): bool {
  return partition.bytes >= limit(LIMIT_OPEN_BYTES);
}

/**
 * Writes the values of the line at hand as a row.
 * @returns false when the partition must be taken first; then nothing has changed
 */
export function writeRow(series: Series, shape: Shape, time: i64): bool {
  const number = series.partition;
  const partition = partitionAt(number);
  let block = blockFor(shape, number);
  if (changetype<usize>(block) == 0) return setFull(number);
  if (!keepsOrder(series, block, partition, time)) {
    block = openBlock(shape, partition);
    if (changetype<usize>(block) == 0) return setFull(number);
    shape.setOpenBlock(number, partition, changetype<usize>(block));
    keepsOrder(series, block, partition, time);
  }
  let textBytes: u32 = 0;
  for (let i: u32 = 0; i < valueCount; i++) {
    const expected = shape.fields + (<usize>i) * EXPECTED_BYTES;
    const column = columnAt(block, load<u16>(expected, EXPECTED_COLUMN));
    const value = valueAt(i);
    if (!writeValue(value, load<u8>(expected, EXPECTED_TYPE), column, block.rows, partition)) return setFull(number);
    textBytes += value.textLength;
  }
  return commitRow(series, block, partition, time, textBytes) || setFull(number);
}

function writeValue(value: LineValue, type: u32, column: usize, row: u32, partition: Partition): bool {
  if (type == TYPE_STRING) {
    if (!growText(partition, column, row, value.textLength)) return false;
    const used = textUsed(column, row);
    copyString(value.textStart, value.textEnd, load<usize>(column, COLUMN_TEXT) + used);
    setTextEnd(column, row, used + value.textLength);
  } else if (type == TYPE_BOOLEAN) {
    store<u8>(load<usize>(column, COLUMN_VALUES) + row, <u8>value.number);
  } else {
    store<u64>(load<usize>(column, COLUMN_VALUES) + ((<usize>row) << 3), value.number);
  }
  return true;
}
