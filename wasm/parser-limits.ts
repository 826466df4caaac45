import { DATABASE_NAME_BYTES_MAX, NAME_BYTES_MAX, PARTITIONS_MAX } from '@overseer/shared/names';
import {
  LIMIT_BLOCK_ROWS,
  LIMIT_BLOCKS,
  LIMIT_CATALOGUE_BYTES,
  LIMIT_DATABASES,
  LIMIT_FIELDS,
  LIMIT_LINE_BYTES,
  LIMIT_MEASUREMENTS,
  LIMIT_NAME_BYTES,
  LIMIT_OPEN_BYTES,
  LIMIT_PIECE_BYTES,
  LIMIT_SERIES,
  LIMIT_SERIES_BYTES,
  LIMIT_SERIES_KEY_BYTES,
  LIMIT_SHAPES,
  LIMIT_STRING_BYTES,
  LIMIT_TAGS,
  LIMIT_UNKNOWN_FIELDS,
} from './assembly/parser/layout.ts';

export { DATABASE_NAME_BYTES_MAX, PARTITIONS_MAX };

/**
 * Limits of a parser. Those of lines have an error code each; the others bound memory, all of which is reserved at the start but
 * only taken up as far as it is used.
 */
export interface ParserLimits {
  /** Longest line, newlines in its strings included. Also how far a closing quote is looked for. */
  readonly lineBytesMax: number;
  /** Longest canonical key of a series. */
  readonly seriesKeyBytesMax: number;
  /** Longest string value, without its escapes. */
  readonly stringBytesMax: number;
  /** Longest name of a measurement, tag or field, without its escapes. */
  readonly nameBytesMax: number;
  /** Most tags of a line. */
  readonly tagsMax: number;
  /** Most fields of a measurement that lines may bring about, and most fields of a line. */
  readonly fieldsMax: number;
  /** Most measurements of a database that lines may bring about. */
  readonly measurementsMax: number;
  /** Most databases. */
  readonly databasesMax: number;
  /** Names and types of all that is defined. */
  readonly catalogueBytesMax: number;
  /** Most spellings of series in the cache. When they, or their bytes, are exhausted, the cache starts over. */
  readonly seriesMax: number;
  readonly seriesBytesMax: number;
  /** A partition with as many bytes (as a batch, encoded) is full; it ends up with at most one line more. */
  readonly openBytesTarget: number;
  /** Most rows of a block, and most blocks of a partition. */
  readonly blockRowsMax: number;
  readonly blocksMax: number;
  /** Most fields that `unknownFields` lists at once. */
  readonly unknownFieldsMax: number;
  /** Most orders of fields that lines are expected to have; beyond it they are learned anew. */
  readonly shapesMax: number;
  /**
   * Bodies are parsed in pieces of this size, but for lines that are longer. It bought 20 % against pieces of 512 KiB: a piece that
   * was just copied is still near the processor, and so are the columns it goes to.
   */
  readonly pieceBytes: number;
}

export const PARSER_LIMITS: ParserLimits = {
  lineBytesMax: 256 << 10,
  seriesKeyBytesMax: 64 << 10,
  stringBytesMax: 64 << 10,
  nameBytesMax: NAME_BYTES_MAX,
  tagsMax: 1000,
  fieldsMax: 1000,
  measurementsMax: 10_000,
  databasesMax: 1000,
  catalogueBytesMax: 32 << 20,
  seriesMax: 512 << 10,
  seriesBytesMax: 256 << 20,
  openBytesTarget: 512 << 10,
  blockRowsMax: 32 << 10,
  blocksMax: 1024,
  unknownFieldsMax: 10_000,
  shapesMax: 4096,
  pieceBytes: 128 << 10,
};

/** What the settings are called that give the limits of lines and bodies: errors name them. */
export const LIMIT_SETTINGS = {
  lineBytesMax: 'LINE_BYTES_MAX',
  linesMax: 'LINES_MAX',
  seriesKeyBytesMax: 'SERIES_KEY_BYTES_MAX',
  stringBytesMax: 'STRING_BYTES_MAX',
  fieldsMax: 'FIELDS_PER_MEASUREMENT_MAX',
  measurementsMax: 'MEASUREMENTS_PER_DATABASE_MAX',
  seriesMax: 'SERIES_PER_DATABASE_MAX',
  oldestNs: 'TIMES_BEHIND_MAX',
  newestNs: 'TIMES_AHEAD_MAX',
} as const;

const OFFSETS: Readonly<Record<Exclude<keyof ParserLimits, 'pieceBytes'>, number>> = {
  lineBytesMax: LIMIT_LINE_BYTES,
  seriesKeyBytesMax: LIMIT_SERIES_KEY_BYTES,
  stringBytesMax: LIMIT_STRING_BYTES,
  nameBytesMax: LIMIT_NAME_BYTES,
  tagsMax: LIMIT_TAGS,
  fieldsMax: LIMIT_FIELDS,
  measurementsMax: LIMIT_MEASUREMENTS,
  databasesMax: LIMIT_DATABASES,
  catalogueBytesMax: LIMIT_CATALOGUE_BYTES,
  seriesMax: LIMIT_SERIES,
  seriesBytesMax: LIMIT_SERIES_BYTES,
  openBytesTarget: LIMIT_OPEN_BYTES,
  blockRowsMax: LIMIT_BLOCK_ROWS,
  blocksMax: LIMIT_BLOCKS,
  unknownFieldsMax: LIMIT_UNKNOWN_FIELDS,
  shapesMax: LIMIT_SHAPES,
};

const LIMIT_MAX = 1 << 30;
const SEED_BYTES = 16;
export const ID_BITS = 64;

/** Something the parser can't hold more of; `message` says which limit, its value and what exceeds it. */
export class ParserLimitError extends Error {
  override name = 'ParserLimitError';
}

/**
 * The limits with their defaults.
 * @throws RangeError for values that don't fit together
 */
export function completeLimits(given: Partial<ParserLimits>): ParserLimits {
  const limits = { ...PARSER_LIMITS, ...given };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1 || value > LIMIT_MAX) {
      throw new RangeError(`${name} is ${value}; valid is a whole number from 1 to ${LIMIT_MAX}`);
    }
  }
  const { lineBytesMax, seriesBytesMax } = limits;
  if (seriesBytesMax < 2 * lineBytesMax) {
    throw new RangeError(
      `seriesBytesMax is ${seriesBytesMax}; valid is at least twice lineBytesMax, ${lineBytesMax}`,
    );
  }
  return limits;
}

/**
 * Checks what series ids are made of and dealt out by.
 * @throws RangeError
 */
export function checkIds(seed: Uint8Array, partitions: number, idBits: number): void {
  if (seed.length !== SEED_BYTES) {
    throw new RangeError(`the seed has ${seed.length} bytes; valid is ${SEED_BYTES}`);
  }
  if (!Number.isInteger(Math.log2(partitions)) || partitions > PARTITIONS_MAX) {
    throw new RangeError(
      `partitions is ${partitions}; valid is a power of two from 1 to ${PARTITIONS_MAX}`,
    );
  }
  if (!Number.isInteger(idBits) || idBits < 1 || idBits > ID_BITS) {
    throw new RangeError(`idBits is ${idBits}; valid is 1 to ${ID_BITS}`);
  }
}

/**
 * Longest piece. Where a line ends shows within `lineBytesMax + 1` bytes: so all lines that start in the first half of the piece are
 * done with, however far they are looked at.
 */
export function pieceBytesMax({ pieceBytes, lineBytesMax }: ParserLimits): number {
  return Math.max(pieceBytes, 2 * (lineBytesMax + 1));
}

/** Writes the limits where the module reads them. */
export function writeLimits(limits: ParserLimits, memory: ArrayBuffer, address: number): void {
  const view = new DataView(memory, address);
  for (const [name, offset] of Object.entries(OFFSETS)) {
    view.setUint32(offset, limits[name as keyof typeof OFFSETS], true);
  }
  view.setUint32(LIMIT_PIECE_BYTES, pieceBytesMax(limits), true);
}
