/**
 * Shapes: which fields a line has, in the order in which it has them. Lines of one measurement have few shapes, and a series
 * mostly the same again or the one that followed last time, so a line's field names are expected, not looked up. Shapes with
 * the same fields in another order share their blocks.
 *
 * They are only expectations: when there are too many, all are dropped and learned anew.
 */
import { BACKSLASH, COMMA, EQUALS, hashBytes, SPACE } from './bytes';
import { Database, databaseAt, Field, Measurement, ORDINALS_MAX } from './catalogue';
import { HashTable, tableAt } from './hash-table';
import {
  ENCODED_BLOCK_BYTES,
  ENCODED_FIELD_BYTES,
  ENCODED_ROW_BYTES,
  LIMIT_FIELDS,
  LIMIT_LINE_BYTES,
  LIMIT_SHAPES,
  TYPE_BOOLEAN,
  TYPE_STRING,
} from './layout';
import { limit } from './limits';
import { reserve } from './memory';
import { Partition, partitionCount } from './partitions';
import { Spelling } from './series-cache';

/**
 * The heads stand in an array, so that what is remembered of a dropped shape still points to a head (of another shape of
 * perhaps another measurement, which is compared):
 *
 *     0             4            8        12          16          20         24          28     32
 *     ├ measurement ┼ fieldCount ┼ fields ┼ successor ┼ canonical ┼ rowBytes ┼ headBytes ┼ ···· ┼ …
 *     32                           32 + 8 · partitions
 *     ├ block u32 ┼ epoch u32 ┤ …    the open block of each partition, if the epoch is the partition's
 */
@unmanaged
export class Shape {
  /** Null when the head is not in use. */
  measurement: Measurement;
  fieldCount: u32;
  /** Its fields in the order of the line: ExpectedField records. */
  fields: usize;
  /** The shape that the next line of the same series had after this one, last time. */
  successor: Shape;
  /** Addresses (u32) of its fields by ordinal: the columns of its blocks. */
  canonical: usize;
  /** What a row costs encoded, without its strings. */
  rowBytes: u32;
  /** What a block costs encoded before its first row. */
  headBytes: u32;
  unused: u32;

  // @ts-ignore: decorator
  @inline
  blockSlot(partition: u32): usize {
    return changetype<usize>(this) + SHAPE_HEAD_BYTES + ((<usize>partition) << 3);
  }

  /** The open block of the partition, or 0. */
  // @ts-ignore: decorator
  @inline
  openBlock(number: u32, partition: Partition): usize {
    const slot = this.blockSlot(number);
    return load<u32>(slot, 4) == partition.epoch ? load<usize>(slot) : 0;
  }

  setOpenBlock(number: u32, partition: Partition, block: usize): void {
    const slot = this.blockSlot(number);
    store<u32>(slot, <u32>block);
    store<u32>(slot, partition.epoch, 4);
  }
}
const SHAPE_HEAD_BYTES: usize = 32;

/**
 *     0            16     20       24     28       30     31     32
 *     ├ textStart  ┼ mask ┼ length ┼ text ┼ column ┼ type ┼ ···· ┤
 *       16 bytes     u32    u32      u32    u16      u8
 *
 * `text` is the name as written with its equals sign; `textStart` its first 16 bytes, so that most names are compared by one
 * vector comparison, of whose result `mask` has the bits that count. `column` is the field's place in the blocks.
 */
export const EXPECTED_MASK: usize = 16;
export const EXPECTED_LENGTH: usize = 20;
export const EXPECTED_TEXT: usize = 24;
export const EXPECTED_COLUMN: usize = 28;
export const EXPECTED_TYPE: usize = 30;
export const EXPECTED_BYTES: usize = 32;

const shapes: HashTable = tableAt(memory.data(offsetof<HashTable>(), 8));

let headsAt: usize = 0;
let headBytes: usize = 0;
let headCount: u32 = 0;
/** Fields and names of the shapes. */
let regionStart: usize = 0;
let regionTop: usize = 0;
let regionEnd: usize = 0;
/** For sorting: a bit for every ordinal that a shape has (all 0 between), and the field that has it. */
let ordinalBitsAt: usize = 0;
let fieldsByOrdinalAt: usize = 0;
/** How many shapes of average size the region is made for; at least one of the greatest fits. */
const BYTES_PER_SHAPE: usize = 2048;

/** Shape of no line. */
export let noShape: Shape = changetype<Shape>(0);
export let shapeResets: u32 = 0;

export function reserveShapes(): void {
  headBytes = SHAPE_HEAD_BYTES + ((<usize>partitionCount) << 3);
  headsAt = reserve(<usize>(limit(LIMIT_SHAPES) + 1) * headBytes);
  noShape = changetype<Shape>(headsAt);
  noShape.successor = noShape;
  shapes.reserveSlots(limit(LIMIT_SHAPES));
  const bytes = <usize>limit(LIMIT_SHAPES) * BYTES_PER_SHAPE + longestShape();
  ordinalBitsAt = reserve(ORDINALS_MAX >> 3);
  fieldsByOrdinalAt = reserve(ORDINALS_MAX << 2);
  regionStart = reserve(bytes);
  regionTop = regionStart;
  regionEnd = regionStart + bytes;
}

export function shapeCount(): u32 {
  return headCount;
}

/** Bytes that the shape of a longest line takes. */
function longestShape(): usize {
  return <usize>limit(LIMIT_FIELDS) * (EXPECTED_BYTES + 4) + 2 * limit(LIMIT_LINE_BYTES);
}

/**
 * The shape of these fields, made when there is none yet.
 * @param fields addresses (u32) of the fields in the order of the line, each once
 */
export function shapeOf(measurement: Measurement, fields: usize, count: u32): Shape {
  const hash = hashBytes(fields, count << 2, changetype<usize>(measurement));
  for (let slot = shapes.first(hash); shapes.address(slot) != 0; slot = shapes.next(slot, hash)) {
    const shape = changetype<Shape>(shapes.address(slot));
    if (shape.measurement == measurement && shape.fieldCount == count && hasFields(shape, fields)) return shape;
  }
  if (headCount == limit(LIMIT_SHAPES) || regionEnd - regionTop < longestShape()) dropShapes();
  const shape = changetype<Shape>(headsAt + (<usize>++headCount) * headBytes);
  memory.fill(changetype<usize>(shape), 0, headBytes);
  shape.measurement = measurement;
  shape.fieldCount = count;
  shape.successor = shape;
  orderFields(shape, fields);
  expectFields(shape, fields);
  measure(shape);
  shapes.insert(hash, changetype<usize>(shape));
  return shape;
}

function dropShapes(): void {
  for (let i: u32 = 1; i <= headCount; i++) {
    const shape = changetype<Shape>(headsAt + <usize>i * headBytes);
    shape.measurement = changetype<Measurement>(0);
    shape.successor = noShape;
  }
  shapes.clear();
  headCount = 0;
  regionTop = regionStart;
  shapeResets++;
}

/** Whether the shape has these fields in this order. */
function hasFields(shape: Shape, fields: usize): bool {
  for (let i: usize = 0; i < shape.fieldCount; i++) {
    const column = load<u16>(shape.fields + i * EXPECTED_BYTES, EXPECTED_COLUMN);
    if (load<u32>(shape.canonical + ((<usize>column) << 2)) != load<u32>(fields + (i << 2))) return false;
  }
  return true;
}

/** Fills `canonical`: the fields by ordinal. They are sorted by marking a bit each: a line may have a thousand, in any order. */
function orderFields(shape: Shape, fields: usize): void {
  const count = <usize>shape.fieldCount;
  for (let i: usize = 0; i < count; i++) {
    const field = load<u32>(fields + (i << 2));
    const ordinal = <usize>changetype<Field>(field).ordinal;
    const word = ordinalBitsAt + ((ordinal >> 6) << 3);
    store<u64>(word, load<u64>(word) | ((<u64>1) << (ordinal & 63)));
    store<u32>(fieldsByOrdinalAt + (ordinal << 2), field);
  }
  shape.canonical = allocate(count << 2);
  let to = shape.canonical;
  const words = <usize>(shape.measurement.fieldCount + 63) >> 6;
  for (let i: usize = 0; i < words; i++) {
    let bits = load<u64>(ordinalBitsAt + (i << 3));
    store<u64>(ordinalBitsAt + (i << 3), 0);
    for (; bits != 0; bits &= bits - 1) {
      const ordinal = (i << 6) + <usize>ctz(bits);
      store<u32>(to, load<u32>(fieldsByOrdinalAt + (ordinal << 2)));
      to += 4;
    }
  }
}

/** Fills `fields`: what to expect, in the order of the line. */
function expectFields(shape: Shape, fields: usize): void {
  const count = <usize>shape.fieldCount;
  for (let column: usize = 0; column < count; column++) {
    changetype<Field>(load<usize>(shape.canonical + (column << 2))).slot = <u32>column;
  }
  shape.fields = allocate(count * EXPECTED_BYTES);
  for (let i: usize = 0; i < count; i++) {
    const field = changetype<Field>(load<usize>(fields + (i << 2)));
    const expected = shape.fields + i * EXPECTED_BYTES;
    const text = regionTop;
    const length = writeEscaped(text, field);
    regionTop += (length + 15) & ~15;
    v128.store(expected, v128.load(text));
    store<u32>(expected, (1 << min(length, 16)) - 1, EXPECTED_MASK);
    store<u32>(expected, length, EXPECTED_LENGTH);
    store<u32>(expected, <u32>text, EXPECTED_TEXT);
    store<u16>(expected, <u16>field.slot, EXPECTED_COLUMN);
    store<u8>(expected, field.type, EXPECTED_TYPE);
  }
}

/** Writes the name as a line must write it, for there is one way only, and the equals sign. @returns the length */
function writeEscaped(target: usize, field: Field): u32 {
  let to = target;
  for (let at = field.name; at < field.name + field.nameLength; at++) {
    const byte = load<u8>(at);
    if (byte == COMMA || byte == SPACE || byte == EQUALS) store<u8>(to++, <u8>BACKSLASH);
    store<u8>(to++, byte);
  }
  store<u8>(to++, <u8>EQUALS);
  return <u32>(to - target);
}

/** Reckons what blocks and rows of the shape cost encoded. */
function measure(shape: Shape): void {
  const database: Database = databaseAt(shape.measurement.database);
  let head = ENCODED_BLOCK_BYTES + database.nameLength + shape.measurement.nameLength;
  let row = ENCODED_ROW_BYTES;
  for (let i: usize = 0; i < shape.fieldCount; i++) {
    const field = changetype<Field>(load<usize>(shape.canonical + (i << 2)));
    head += ENCODED_FIELD_BYTES + field.nameLength;
    row += valueBytes(field.type);
  }
  shape.headBytes = head;
  shape.rowBytes = row;
}

/** Bytes of a value in its column: of a string, of its end. */
export function valueBytes(type: u32): u32 {
  if (type == TYPE_BOOLEAN) return 1;
  return type == TYPE_STRING ? 4 : 8;
}

/** Room that the caller made sure of. */
function allocate(bytes: usize): usize {
  const start = regionTop;
  regionTop += (bytes + 15) & ~15;
  return start;
}

/** The series' last line had this shape: the next one like it is to be expected so. */
export function learnShape(spelling: Spelling, measurement: Measurement, shape: Shape): void {
  const before = changetype<Shape>(spelling.shape);
  if (before.measurement == measurement) before.successor = shape;
  spelling.shape = changetype<usize>(shape);
  measurement.shape = changetype<usize>(shape);
}
