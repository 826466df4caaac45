import type { Announcements, Block, Column } from '@overseer/shared/batch';
import { type Field, fieldTypeCode } from '@overseer/shared/field-type';
import type { PackedColumn } from '@overseer/shared/packed-column';
import {
  BLOCK_ANNOUNCED_ENDS,
  BLOCK_ANNOUNCED_FRESH,
  BLOCK_ANNOUNCED_IDS,
  BLOCK_ANNOUNCED_KEYS,
  BLOCK_ANNOUNCEMENTS,
  BLOCK_COLUMNS,
  BLOCK_FIELD_COUNT,
  BLOCK_FRESH_COUNT,
  BLOCK_KEYS_USED,
  BLOCK_MEASUREMENT,
  BLOCK_NEXT,
  BLOCK_ORDINALS,
  BLOCK_ROWS,
  BLOCK_SERIES,
  BLOCK_TIMES,
  COLUMN_BYTES,
  COLUMN_TEXT,
  COLUMN_VALUES,
  PACKED_BASE,
  PACKED_DECIMALS,
} from './assembly/parser/layout.ts';
import { ParserFaultError } from './parser-fault.ts';
import type { ParserKernel } from './parser-kernel.ts';

const VALUE_BYTES = 8;

/** Keys that an open block announces. */
export interface OpenAnnouncements extends Announcements {
  /** Entries of the series cache that are announced for the first time, for `confirm` and `announceAgain`. */
  readonly fresh: Uint32Array;
  /** Generation of the series cache that the entries are of. */
  readonly generation: number;
}

/**
 * Rows of one measurement and field set, as a batch wants them. All arrays are views on the parser's memory, valid until its next
 * call.
 */
export interface OpenBlock extends Block {
  readonly announced: OpenAnnouncements | undefined;
}

/** A measurement as the parser numbers it. */
export interface DefinedMeasurement {
  readonly database: string;
  readonly measurement: string;
  /** By ordinal. */
  readonly fields: readonly Field[];
}

/**
 * The blocks from the one at `address` on, in the order in which they were opened.
 * @param pack whether to pack columns of numbers, in their place: the blocks can't be read a second time
 */
export function readBlocks(
  kernel: ParserKernel,
  address: number,
  measurements: readonly DefinedMeasurement[],
  pack: boolean,
): OpenBlock[] {
  const blocks: OpenBlock[] = [];
  for (let at = address; at !== 0; at = kernel.u32(at + BLOCK_NEXT)) {
    // A block whose first line did not come about stays open, without rows.
    if (kernel.u32(at + BLOCK_ROWS) > 0) blocks.push(readBlock(kernel, at, measurements, pack));
  }
  return blocks;
}

function readBlock(
  kernel: ParserKernel,
  at: number,
  measurements: readonly DefinedMeasurement[],
  pack: boolean,
): OpenBlock {
  const number = kernel.u32(at + BLOCK_MEASUREMENT);
  const measurement = measurements[number];
  if (!measurement) throw new ParserFaultError(`the parser has no measurement ${number}`);
  const rows = kernel.u32(at + BLOCK_ROWS);
  const ordinals = kernel.u32(at + BLOCK_ORDINALS);
  const columns = kernel.u32(at + BLOCK_COLUMNS);
  const fieldCount = kernel.u32(at + BLOCK_FIELD_COUNT);
  const fields = Array.from({ length: fieldCount }, (_, index) => {
    const ordinal = kernel.view.getUint16(ordinals + index * 2, true);
    return measurement.fields[ordinal] as Field;
  });
  return {
    database: measurement.database,
    measurement: measurement.measurement,
    rows,
    fields,
    series: kernel.bytes(kernel.u32(at + BLOCK_SERIES), rows * 8),
    times: kernel.bytes(kernel.u32(at + BLOCK_TIMES), rows * 8),
    columns: fields.map((field, index) =>
      readColumn(kernel, columns + index * COLUMN_BYTES, field, rows, pack),
    ),
    announced: readAnnouncements(kernel, at),
  };
}

function readColumn(
  kernel: ParserKernel,
  at: number,
  field: Field,
  rows: number,
  pack: boolean,
): Column {
  const values = kernel.u32(at + COLUMN_VALUES);
  if (field.type === 'boolean') return { values: kernel.bytes(values, rows) };
  if (field.type !== 'string') {
    const packed = pack && packColumn(kernel, values, field, rows);
    return packed || { values: kernel.bytes(values, rows * VALUE_BYTES) };
  }
  // The first of the ends is the zero before the first row.
  const ends = kernel.bytes(values + 4, rows * 4);
  return {
    ends,
    bytes: kernel.bytes(kernel.u32(at + COLUMN_TEXT), kernel.u32(values + rows * 4)),
  };
}

/** Packs a column in its place; undefined when it stays as it is. */
function packColumn(
  kernel: ParserKernel,
  values: number,
  { type }: Field,
  rows: number,
): PackedColumn | undefined {
  const width = kernel.exports.packColumn(fieldTypeCode(type), values, rows);
  if (width === VALUE_BYTES) return undefined;
  const packed = kernel.exports.packedAddress();
  return {
    // The next column is packed before this one is encoded.
    base: kernel.bytes(packed + PACKED_BASE, VALUE_BYTES).slice(),
    decimals: kernel.u32(packed + PACKED_DECIMALS),
    codes: kernel.bytes(values, rows * width),
  };
}

function readAnnouncements(kernel: ParserKernel, at: number): OpenAnnouncements | undefined {
  const count = kernel.u32(at + BLOCK_ANNOUNCEMENTS);
  if (count === 0) return undefined;
  const fresh = kernel.u32(at + BLOCK_ANNOUNCED_FRESH);
  return {
    ids: kernel.bytes(kernel.u32(at + BLOCK_ANNOUNCED_IDS), count * 8),
    ends: kernel.bytes(kernel.u32(at + BLOCK_ANNOUNCED_ENDS), count * 4),
    keys: kernel.bytes(kernel.u32(at + BLOCK_ANNOUNCED_KEYS), kernel.u32(at + BLOCK_KEYS_USED)),
    fresh: new Uint32Array(kernel.memory.buffer, fresh, kernel.u32(at + BLOCK_FRESH_COUNT)),
    generation: kernel.exports.generation(),
  };
}
