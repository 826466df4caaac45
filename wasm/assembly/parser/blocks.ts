/**
 * Open blocks: dense columns of one measurement and field set in one partition, which grow until the partition is taken. A row
 * is written beyond the last one and counts only once `rows` is raised, so a line that turns out to be bad leaves no trace.
 */
import { bytesEqual, hashBytes } from './bytes';
import { Field, Measurement } from './catalogue';
import { BLOCK_BYTES, COLUMN_BYTES, COLUMN_TEXT, COLUMN_TEXT_MAX, COLUMN_TYPE, COLUMN_VALUES, LIMIT_BLOCK_ROWS, LIMIT_BLOCKS, TYPE_STRING } from './layout';
import { limit } from './limits';
import { allocateIn, nextSequence, Partition, partitionAt } from './partitions';
import { Series } from './series-cache';
import { Shape, valueBytes } from './shapes';

/** Drawn in layout.ts, because the door reads it. */
@unmanaged
export class Block {
  sequence: u64;
  measurement: u32;
  rows: u32;
  capacity: u32;
  series: usize;
  times: usize;
  ordinals: usize;
  columns: usize;
  fieldCount: u32;
  announcements: u32;
  announcementsMax: u32;
  announcedIds: usize;
  announcedEnds: usize;
  announcedFresh: usize;
  announcedKeys: usize;
  keysUsed: u32;
  keysMax: u32;
  freshCount: u32;
  rowBytes: u32;
  next: usize;
}

/** Columns start small: a partition may hold many blocks of a few rows. */
const ROWS_FIRST: u32 = 16;
const TEXT_FIRST_BYTES: u32 = 256;
/** Strings are copied 16 bytes at a time. */
const TEXT_SLACK_BYTES: u32 = 16;

// @ts-ignore: decorator
@inline
export function columnAt(block: Block, index: u32): usize {
  return block.columns + ((<usize>index) << 4);
}

/**
 * The open block of this shape with room for one more row.
 * @returns null when the partition must be taken first
 */
export function blockFor(shape: Shape, number: u32): Block {
  const partition = partitionAt(number);
  let block = changetype<Block>(shape.openBlock(number, partition));
  if (changetype<usize>(block) == 0) {
    block = findBlock(shape, partition);
    if (changetype<usize>(block) == 0) block = openBlock(shape, partition);
    if (changetype<usize>(block) == 0) return block;
    shape.setOpenBlock(number, partition, changetype<usize>(block));
  }
  const hasRoom = block.rows < block.capacity || growRows(block, partition);
  return hasRoom ? block : changetype<Block>(0);
}

function shapeHash(shape: Shape): u64 {
  return hashBytes(shape.canonical, shape.fieldCount << 2, changetype<usize>(shape.measurement));
}

/** A block of the same fields that another shape opened, or null. */
function findBlock(shape: Shape, partition: Partition): Block {
  const table = partition.blocksByShape;
  const hash = shapeHash(shape);
  let slot = table.first(hash);
  while (table.address(slot) != 0 && !hasFieldsOf(changetype<Block>(table.address(slot)), shape)) slot = table.next(slot, hash);
  return changetype<Block>(table.address(slot));
}

function hasFieldsOf(block: Block, shape: Shape): bool {
  if (block.measurement != shape.measurement.number || block.fieldCount != shape.fieldCount) return false;
  for (let i: usize = 0; i < block.fieldCount; i++) {
    const field = changetype<Field>(load<usize>(shape.canonical + (i << 2)));
    if (load<u16>(block.ordinals + (i << 1)) != field.ordinal) return false;
  }
  return true;
}

/**
 * Opens a block behind the others of the partition; from now on rows of this shape go there.
 * @returns null when the partition must be taken first
 */
export function openBlock(shape: Shape, partition: Partition): Block {
  const none = changetype<Block>(0);
  if (partition.blockCount == limit(LIMIT_BLOCKS)) return none;
  const count = <usize>shape.fieldCount;
  const start = allocateIn(partition, <usize>BLOCK_BYTES + count * COLUMN_BYTES + (count << 1));
  if (start == 0) return none;
  const block = changetype<Block>(start);
  memory.fill(start, 0, BLOCK_BYTES);
  block.columns = start + BLOCK_BYTES;
  block.ordinals = block.columns + count * COLUMN_BYTES;
  block.sequence = nextSequence();
  block.measurement = shape.measurement.number;
  block.fieldCount = shape.fieldCount;
  block.rowBytes = shape.rowBytes;
  for (let i: u32 = 0; i < block.fieldCount; i++) {
    const field = changetype<Field>(load<usize>(shape.canonical + ((<usize>i) << 2)));
    const column = columnAt(block, i);
    memory.fill(column, 0, COLUMN_BYTES);
    store<u32>(column, field.type, COLUMN_TYPE);
    store<u16>(block.ordinals + ((<usize>i) << 1), field.ordinal);
  }
  if (!growRows(block, partition)) return none;
  appendBlock(block, shape, partition);
  return block;
}

function appendBlock(block: Block, shape: Shape, partition: Partition): void {
  const address = changetype<usize>(block);
  if (partition.lastBlock == 0) partition.firstBlock = address;
  else changetype<Block>(partition.lastBlock).next = address;
  partition.lastBlock = address;
  partition.blockCount++;
  partition.bytes += shape.headBytes;

  const table = partition.blocksByShape;
  const hash = shapeHash(shape);
  let slot = table.first(hash);
  while (table.address(slot) != 0 && !hasFieldsOf(changetype<Block>(table.address(slot)), shape)) slot = table.next(slot, hash);
  if (table.address(slot) == 0) table.put(slot, hash, address);
  else table.replace(slot, address);
}

/** Doubles the room for rows. @returns false when there is no memory or there are as many as allowed */
function growRows(block: Block, partition: Partition): bool {
  const capacity = min(max(block.capacity * 2, ROWS_FIRST), limit(LIMIT_BLOCK_ROWS));
  if (capacity == block.capacity) return false;
  const series = moveColumn(partition, block.series, block.rows << 3, capacity << 3);
  const times = moveColumn(partition, block.times, block.rows << 3, capacity << 3);
  if (series == 0 || times == 0) return false;
  for (let i: u32 = 0; i < block.fieldCount; i++) {
    const column = columnAt(block, i);
    const type = load<u32>(column, COLUMN_TYPE);
    const isString = type == TYPE_STRING;
    const width = valueBytes(type);
    // One more for the zero before the ends of strings.
    const used = isString ? (block.rows + 1) * width : block.rows * width;
    const values = moveColumn(partition, load<usize>(column, COLUMN_VALUES), used, (capacity + 1) * width);
    if (values == 0) return false;
    if (isString && block.capacity == 0) store<u32>(values, 0);
    store<u32>(column, <u32>values, COLUMN_VALUES);
  }
  block.series = series;
  block.times = times;
  block.capacity = capacity;
  return true;
}

/** @returns the new place of a column with its first `used` bytes, or 0 */
function moveColumn(partition: Partition, column: usize, used: u32, bytes: u32): usize {
  const place = allocateIn(partition, bytes);
  if (place != 0 && column != 0) memory.copy(place, column, used);
  return place;
}

/** Where the text of the next row starts in a column of strings, counted from `COLUMN_TEXT`. */
// @ts-ignore: decorator
@inline
export function textUsed(column: usize, row: u32): u32 {
  return load<u32>(load<usize>(column, COLUMN_VALUES) + ((<usize>row) << 2));
}

// @ts-ignore: decorator
@inline
export function setTextEnd(column: usize, row: u32, end: u32): void {
  store<u32>(load<usize>(column, COLUMN_VALUES) + ((<usize>row) << 2), end, 4);
}

/** Makes room for a string of `length` bytes more. @returns false when there is no memory */
export function growText(partition: Partition, column: usize, row: u32, length: u32): bool {
  const used = textUsed(column, row);
  const needed = used + length + TEXT_SLACK_BYTES;
  let bytes = load<u32>(column, COLUMN_TEXT_MAX);
  if (bytes >= needed) return true;
  bytes = max(max(bytes * 2, TEXT_FIRST_BYTES), needed);
  const place = moveColumn(partition, load<usize>(column, COLUMN_TEXT), used, bytes);
  if (place == 0) return false;
  store<u32>(column, <u32>place, COLUMN_TEXT);
  store<u32>(column, bytes, COLUMN_TEXT_MAX);
  return true;
}

/**
 * Blocks of a batch are applied in the order in which they were opened. So a row must not go into a block when a later one has
 * a row of the same series, time and field: it would lose against an older value.
 * @returns whether the row may go into the block
 */
// @ts-ignore: decorator
@inline
export function keepsOrder(series: Series, block: Block, partition: Partition, time: i64): bool {
  if (series.newestBlock == block.sequence) {
    if (time > series.newestTime) series.newestTime = time;
    return true;
  }
  return keepsOrderAmongBlocks(series, block, partition, time);
}

function keepsOrderAmongBlocks(series: Series, block: Block, partition: Partition, time: i64): bool {
  if (series.newestBlock < partition.firstSequence) {
    series.newestBlock = block.sequence;
    series.newestTime = time;
    return true;
  }
  if (block.sequence > series.newestBlock) {
    series.newestBlock = block.sequence;
  } else if (time <= series.newestTime && isLaterRow(series, block, time)) {
    return false;
  }
  if (time > series.newestTime) series.newestTime = time;
  return true;
}

/** Whether a later block has a row of the series and time with a field of this block. */
function isLaterRow(series: Series, block: Block, time: i64): bool {
  for (let at = block.next; at != 0; at = changetype<Block>(at).next) {
    const later = changetype<Block>(at);
    if (later.measurement == block.measurement && shareField(block, later) && hasRow(later, series.id, time)) return true;
  }
  return false;
}

/** Both lists of ordinals rise. */
function shareField(a: Block, b: Block): bool {
  let i: u32 = 0;
  let j: u32 = 0;
  while (i < a.fieldCount && j < b.fieldCount) {
    const ordinalA = load<u16>(a.ordinals + ((<usize>i) << 1));
    const ordinalB = load<u16>(b.ordinals + ((<usize>j) << 1));
    if (ordinalA == ordinalB) return true;
    if (ordinalA < ordinalB) i++;
    else j++;
  }
  return false;
}

function hasRow(block: Block, id: u64, time: i64): bool {
  for (let row: usize = 0; row < block.rows; row++) {
    if (load<u64>(block.series + (row << 3)) == id && load<i64>(block.times + (row << 3)) == time) return true;
  }
  return false;
}
