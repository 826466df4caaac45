import { decode, Encoder } from '@msgpack/msgpack';
import { type Field, fieldTypeCode, fieldTypeOfCode } from './field-type.ts';
import { CODE_WIDTHS, DECIMALS_MAX, type PackedColumn } from './packed-column.ts';

/** Newest version of the batch format that this code writes and reads; docs/batch-format.md describes it byte by byte. */
export const BATCH_VERSION = 2;
/** Oldest version that it reads. A batch without packed columns is written as this. */
export const BATCH_VERSION_MIN = 1;
/** A message stays below this, so that it fits the default max_payload of a NATS server (1 MiB). */
export const BATCH_BYTES_MAX = 1_000_000;

/** Values of a float, integer or unsigned field (8 bytes a row) or of a boolean field (1 byte a row). */
export interface FixedColumn {
  readonly values: Uint8Array;
}

/** Values of a string field: row r is `bytes[ends[r-1] .. ends[r])`, `ends` being uint32. */
export interface StringColumn {
  readonly ends: Uint8Array;
  readonly bytes: Uint8Array;
}

export type Column = FixedColumn | PackedColumn | StringColumn;

/** Keys of series that the store may not know yet; key i is `keys[ends[i-1] .. ends[i])`. */
export interface Announcements {
  readonly ids: Uint8Array;
  readonly ends: Uint8Array;
  readonly keys: Uint8Array;
}

/** Dense rows of one measurement and field set, little-endian columns without alignment. */
export interface Block {
  readonly database: string;
  readonly measurement: string;
  readonly rows: number;
  readonly fields: readonly Field[];
  /** uint64 series ids. */
  readonly series: Uint8Array;
  /** int64 nanoseconds since 1970. */
  readonly times: Uint8Array;
  readonly columns: readonly Column[];
  readonly announced: Announcements | undefined;
}

export interface Batch {
  readonly installation: string;
  readonly blocks: readonly Block[];
}

/** The bytes are no batch: damaged, or written by something else. */
export class BatchFormatError extends Error {
  override name = 'BatchFormatError';
}

/** A batch of a version that this code does not read. */
export class BatchVersionError extends Error {
  override name = 'BatchVersionError';
  constructor(readonly version: unknown) {
    super(
      `batch version ${String(version)} is not ${BATCH_VERSION_MIN} to ${BATCH_VERSION}, those this program reads: ` +
        'upgrade it, then replay the dead letter',
    );
  }
}

/** Bytes of the names, counts and type codes of a block, for sizing the output buffer: generous, never short. */
function headBytes(block: Block): number {
  let bytes = 64 + 3 * (block.database.length + block.measurement.length);
  for (const field of block.fields) bytes += 24 + 3 * field.name.length;
  return bytes;
}

function bodyBytes(block: Block): number {
  let bytes = block.series.length + block.times.length;
  for (const column of block.columns) {
    bytes += columnBytes(column);
  }
  const { announced } = block;
  if (announced) bytes += announced.ids.length + announced.ends.length + announced.keys.length + 16;
  return bytes;
}

function columnBytes(column: Column): number {
  if ('values' in column) return column.values.length;
  if ('codes' in column) return column.codes.length + column.base.length + 8;
  return column.ends.length + column.bytes.length + 8;
}

function messageBytes(batch: Batch): number {
  return batch.blocks.reduce((bytes, block) => bytes + headBytes(block) + bodyBytes(block), 64);
}

/** Encodes batches one after another into the same memory: page faults of fresh memory cost more than the encoding. */
export class BatchEncoder {
  readonly #encoder = new Encoder({ initialBufferSize: BATCH_BYTES_MAX });

  /**
   * Encodes a batch as one message, which is valid until the next call. It shares no memory with the blocks: their buffers may be
   * reused at once.
   */
  encode(batch: Batch): Uint8Array {
    return this.#encoder.encodeSharedRef(plain(batch));
  }
}

/** Encodes a batch as one message with memory of its own. */
export function encodeBatch(batch: Batch): Uint8Array {
  // Sized before: encodeSharedRef then gives its buffer away without a second copy.
  const encoder = new Encoder({ initialBufferSize: messageBytes(batch) });
  return encoder.encodeSharedRef(plain(batch));
}

function plain({ installation, blocks }: Batch): unknown {
  return [
    blocks.some(hasPacked) ? BATCH_VERSION : BATCH_VERSION_MIN,
    installation,
    blocks.map((block) => [
      block.database,
      block.measurement,
      block.rows,
      block.fields.map((field) => [field.name, fieldTypeCode(field.type)]),
      block.series,
      block.times,
      block.columns.map(plainColumn),
      block.announced ? [block.announced.ids, block.announced.ends, block.announced.keys] : null,
    ]),
  ];
}

function hasPacked({ columns }: Block): boolean {
  return columns.some((column) => 'codes' in column);
}

function plainColumn(column: Column): unknown {
  if ('values' in column) return column.values;
  if ('codes' in column) return [column.decimals, column.base, column.codes];
  return [column.ends, column.bytes];
}

/**
 * Decodes a message; every column is a view on `message`. Lengths, types and the order of string ends are checked, so
 * that a reader may index without checks.
 * @throws BatchVersionError for another version, BatchFormatError for anything that is no batch.
 */
export function decodeBatch(message: Uint8Array): Batch {
  let value: unknown;
  try {
    value = decode(message);
  } catch (cause) {
    throw new BatchFormatError('not MessagePack', { cause });
  }
  if (!Array.isArray(value) || value.length < 1) fail('the message is no array');
  const [version, installation, blocks] = value;
  if (version !== BATCH_VERSION && version !== BATCH_VERSION_MIN) {
    throw new BatchVersionError(version);
  }
  if (typeof installation !== 'string') fail('installation is no string');
  if (!Array.isArray(blocks) || blocks.length === 0) fail('no blocks');
  return { installation, blocks: blocks.map(decodeBlock) };
}

function decodeBlock(value: unknown, index: number): Block {
  const at = `block ${index}`;
  if (!Array.isArray(value) || value.length < 8) fail(`${at} is no array of 8`);
  const [database, measurement, rows, fields, series, times, columns, announced] = value;
  if (typeof database !== 'string' || database === '') fail(`${at}: no database`);
  if (typeof measurement !== 'string' || measurement === '') fail(`${at}: no measurement`);
  if (!Number.isInteger(rows) || rows < 1) fail(`${at}: rows is ${String(rows)}`);
  if (!Array.isArray(fields) || fields.length === 0) fail(`${at}: no fields`);
  if (!Array.isArray(columns) || columns.length !== fields.length) {
    fail(`${at}: ${fields.length} fields, but not as many columns`);
  }
  const decodedFields = fields.map((field) => decodeField(field, at));
  return {
    database,
    measurement,
    rows,
    fields: decodedFields,
    series: bin(series, rows * 8, `${at}: series`),
    times: bin(times, rows * 8, `${at}: times`),
    columns: decodedFields.map((field, i) =>
      decodeColumn(columns[i], field, rows, `${at}: column ${field.name}`),
    ),
    announced: announced === null ? undefined : decodeAnnouncements(announced, at),
  };
}

/** A field as a pair of name and type code, as the batch, the schema bucket and the stored events have it. */
export function decodeField(value: unknown, at: string): Field {
  const [name, code] = Array.isArray(value) ? value : [];
  const type = fieldTypeOfCode(code);
  if (typeof name !== 'string' || name === '') fail(`${at}: a field without a name`);
  if (type === undefined) fail(`${at}: field ${name} has the unknown type ${String(code)}`);
  return { name, type };
}

function decodeColumn(value: unknown, field: Field, rows: number, at: string): Column {
  switch (field.type) {
    case 'string': {
      const [ends, bytes] = Array.isArray(value) ? value : [];
      const text = bin(bytes, undefined, at);
      return { ends: checkedEnds(ends, rows, text.length, at), bytes: text };
    }
    case 'boolean':
      return { values: bin(value, rows, at) };
    default:
      return Array.isArray(value)
        ? decodePacked(value, field, rows, at)
        : { values: bin(value, rows * 8, at) };
  }
}

function decodePacked(
  [decimals, base, codes]: readonly unknown[],
  { type }: Field,
  rows: number,
  at: string,
): PackedColumn {
  const decimalsMax = type === 'float' ? DECIMALS_MAX : 0;
  if (!isCount(decimals) || decimals > decimalsMax) fail(`${at} has ${String(decimals)} decimals`);
  const column = { decimals, base: bin(base, 8, `${at} base`), codes: bin(codes, undefined, at) };
  const width = column.codes.length / rows;
  if (!CODE_WIDTHS.includes(width)) fail(`${at} has codes of ${width} bytes`);
  return column;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function decodeAnnouncements(value: unknown, at: string): Announcements {
  const [ids, ends, keys] = Array.isArray(value) ? value : [];
  const idBytes = bin(ids, undefined, `${at}: announced ids`);
  if (idBytes.length % 8 !== 0) fail(`${at}: announced ids are no whole numbers`);
  const keyBytes = bin(keys, undefined, `${at}: announced keys`);
  return {
    ids: idBytes,
    ends: checkedEnds(ends, idBytes.length / 8, keyBytes.length, `${at}: announced`),
    keys: keyBytes,
  };
}

function bin(value: unknown, length: number | undefined, at: string): Uint8Array {
  if (!(value instanceof Uint8Array)) fail(`${at} is no bin`);
  if (length !== undefined && value.length !== length) {
    fail(`${at} has ${value.length} bytes, not ${length}`);
  }
  return value;
}

/** Ends must rise and the last must be the length, so that every slice lies inside. */
function checkedEnds(value: unknown, count: number, bytes: number, at: string): Uint8Array {
  const ends = bin(value, count * 4, `${at} ends`);
  const view = new DataView(ends.buffer, ends.byteOffset, ends.length);
  let previous = 0;
  for (let i = 0; i < count; i++) {
    const end = view.getUint32(i * 4, true);
    if (end < previous) fail(`${at}: end ${i} falls from ${previous} to ${end}`);
    previous = end;
  }
  if (previous !== bytes) fail(`${at}: the ends reach ${previous} of ${bytes} bytes`);
  return ends;
}

function fail(what: string): never {
  throw new BatchFormatError(what);
}
