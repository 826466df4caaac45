import type { Block, Column } from '@overseer/shared/batch';
import type { FieldType } from '@overseer/shared/field-type';
import { type PackedColumn, powerOfTen } from '@overseer/shared/packed-column';
import {
  COLUMN_BASE,
  COLUMN_DIVISOR,
  COLUMN_KIND,
  COLUMN_TEXT,
  COLUMN_VALUES,
  COLUMN_WIDTH,
  KIND_BOOLEAN,
  KIND_EIGHT_BYTES,
  KIND_NANOSECONDS,
  KIND_NULL,
  KIND_NUMERIC,
  KIND_ORDINAL_INT4,
  KIND_ORDINAL_INT8,
  KIND_PACKED_DECIMAL,
  KIND_PACKED_INTEGER,
  KIND_PACKED_NUMERIC,
  KIND_TEXT,
  KIND_TIME,
} from './assembly/rows/layout.ts';
import { type LoadedMessage, type RowsKernel, TABLE_COLUMNS_MAX } from './rows-kernel.ts';

/**
 * A column of the table that rows are copied to:
 *
 * - `time`: timestamptz, the time rounded down to microseconds
 * - `series`: int8, the 64 bits of the series id
 * - `nanoseconds`: int2, 0 to 999, what the time has below its microsecond
 * - `ordinal`: int4 or int8, the place of the row in the order of arrival
 * - `field`: float8, int8, numeric, bool or text by its type; `source` is its position in the block's fields, undefined when
 *   the block doesn't have it: then NULL
 */
export type TargetColumn =
  | { readonly kind: 'time' }
  | { readonly kind: 'series' }
  | { readonly kind: 'nanoseconds' }
  | { readonly kind: 'ordinal'; readonly type: 'int4' | 'int8' }
  | { readonly kind: 'field'; readonly type: FieldType; readonly source: number | undefined };

const FIELD_KINDS: Readonly<Record<FieldType, number>> = {
  float: KIND_EIGHT_BYTES,
  integer: KIND_EIGHT_BYTES,
  unsigned: KIND_NUMERIC,
  boolean: KIND_BOOLEAN,
  string: KIND_TEXT,
};

const PACKED_KINDS: Readonly<Partial<Record<FieldType, number>>> = {
  float: KIND_PACKED_DECIMAL,
  integer: KIND_PACKED_INTEGER,
  unsigned: KIND_PACKED_NUMERIC,
};

/** Describes to the kernel which column of the block goes into which column of the table. */
export function writeTarget(
  kernel: RowsKernel,
  message: LoadedMessage,
  block: Block,
  target: readonly TargetColumn[],
): void {
  if (target.length > TABLE_COLUMNS_MAX) {
    throw new Error(`${target.length} columns: a table has at most ${TABLE_COLUMNS_MAX}`);
  }
  const { view } = kernel;
  target.forEach((column, index) => {
    const at = kernel.columnPointer(index);
    const { kind, values, text = 0, packed } = describe(column, message, block);
    view.setUint32(at + COLUMN_KIND, kind, true);
    view.setUint32(at + COLUMN_VALUES, values, true);
    view.setUint32(at + COLUMN_TEXT, text, true);
    if (packed) writePacking(view, at, packed, block.rows);
  });
}

function writePacking(
  view: DataView,
  at: number,
  { base, decimals, codes }: PackedColumn,
  rows: number,
): void {
  const lowest = new DataView(base.buffer, base.byteOffset, base.length).getBigInt64(0, true);
  view.setUint32(at + COLUMN_WIDTH, codes.length / rows, true);
  view.setBigInt64(at + COLUMN_BASE, lowest, true);
  view.setFloat64(at + COLUMN_DIVISOR, powerOfTen(decimals), true);
}

interface ColumnSource {
  readonly kind: number;
  readonly values: number;
  readonly text?: number;
  readonly packed?: PackedColumn;
}

function describe(column: TargetColumn, message: LoadedMessage, block: Block): ColumnSource {
  switch (column.kind) {
    case 'time':
      return { kind: KIND_TIME, values: message.pointerTo(block.times) };
    case 'nanoseconds':
      return { kind: KIND_NANOSECONDS, values: message.pointerTo(block.times) };
    case 'series':
      return { kind: KIND_EIGHT_BYTES, values: message.pointerTo(block.series) };
    case 'ordinal': {
      const kind = column.type === 'int4' ? KIND_ORDINAL_INT4 : KIND_ORDINAL_INT8;
      return { kind, values: 0 };
    }
    case 'field':
      if (column.source === undefined) return { kind: KIND_NULL, values: 0 };
      return describeField(column.type, column.source, message, block);
  }
}

function describeField(
  type: FieldType,
  source: number,
  message: LoadedMessage,
  block: Block,
): ColumnSource {
  const field = block.fields[source];
  const column = block.columns[source];
  if (!field || !column) throw new Error(`the block has no field ${source}`);
  if (field.type !== type) {
    throw new Error(`field ${field.name} is ${field.type} in the block and ${type} in the table`);
  }
  return describeColumn(type, column, message);
}

function describeColumn(type: FieldType, column: Column, message: LoadedMessage): ColumnSource {
  if ('codes' in column) {
    const kind = PACKED_KINDS[type];
    if (kind === undefined) throw new Error(`a packed column of type ${type}`);
    return { kind, values: message.pointerTo(column.codes), packed: column };
  }
  const kind = FIELD_KINDS[type];
  return 'values' in column
    ? { kind, values: message.pointerTo(column.values) }
    : { kind, values: message.pointerTo(column.ends), text: message.pointerTo(column.bytes) };
}
