import type { Announcements, Block, Column } from '@overseer/shared/batch';
import type { Field } from '@overseer/shared/field-type';
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
} from './assembly/parser/layout.ts';
import { ParserFaultError } from './parser-fault.ts';
import type { ParserKernel } from './parser-kernel.ts';

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

/** The blocks from the one at `address` on, in the order in which they were opened. */
export function readBlocks(
  kernel: ParserKernel,
  address: number,
  measurements: readonly DefinedMeasurement[],
): OpenBlock[] {
  const blocks: OpenBlock[] = [];
  for (let at = address; at !== 0; at = kernel.u32(at + BLOCK_NEXT)) {
    // A block whose first line did not come about stays open, without rows.
    if (kernel.u32(at + BLOCK_ROWS) > 0) blocks.push(readBlock(kernel, at, measurements));
  }
  return blocks;
}

function readBlock(
  kernel: ParserKernel,
  at: number,
  measurements: readonly DefinedMeasurement[],
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
      readColumn(kernel, columns + index * COLUMN_BYTES, field, rows),
    ),
    announced: readAnnouncements(kernel, at),
  };
}

function readColumn(kernel: ParserKernel, at: number, field: Field, rows: number): Column {
  const values = kernel.u32(at + COLUMN_VALUES);
  if (field.type === 'boolean') return { values: kernel.bytes(values, rows) };
  if (field.type !== 'string') return { values: kernel.bytes(values, rows * 8) };
  // The first of the ends is the zero before the first row.
  const ends = kernel.bytes(values + 4, rows * 4);
  return {
    ends,
    bytes: kernel.bytes(kernel.u32(at + COLUMN_TEXT), kernel.u32(values + rows * 4)),
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
