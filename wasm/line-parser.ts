import { type Field, fieldTypeCode, fieldTypeOfCode } from '@overseer/shared/field-type';
import {
  ERRORS_MAX,
  OUTCOME_ACCEPTED,
  OUTCOME_CONSUMED,
  OUTCOME_ERRORS,
  OUTCOME_FULL_PARTITION,
  OUTCOME_LINE,
  OUTCOME_REJECTED,
  OUTCOME_TOUCHED,
  STATUS_CUT,
  STATUS_DONE,
  STATUS_FULL,
  STATUS_NEW_SERIES,
  STATUS_SKIP,
  STATUS_UNKNOWN_FIELDS,
  UNKNOWN_BYTES,
  UNKNOWN_FIELD,
  UNKNOWN_FIELD_LENGTH,
  UNKNOWN_MEASUREMENT,
  UNKNOWN_MEASUREMENT_LENGTH,
  UNKNOWN_TYPE,
} from './assembly/parser/layout.ts';
import { type BodyProgress, skipLine } from './body-progress.ts';
import { NewSeries } from './new-series.ts';
import { type OpenBlock, readBlocks } from './open-blocks.ts';
import { ParserFaultError } from './parser-fault.ts';
import { ParserKernel } from './parser-kernel.ts';
import {
  checkIds,
  completeLimits,
  DATABASE_NAME_BYTES_MAX,
  ID_BITS,
  ParserLimitError,
  type ParserLimits,
  pieceBytesMax,
} from './parser-limits.ts';
import { type ParserStatistics, readStatistics } from './parser-statistics.ts';

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

export interface LineParserOptions {
  /** 16 bytes: the installation's seed, of which series ids are made. */
  readonly seed: Uint8Array;
  /** A power of two up to PARTITIONS_MAX. */
  readonly partitions: number;
  readonly limits?: Partial<ParserLimits>;
  /** Bits of the series id that are kept; fewer than all of them only to bring about collisions in tests. */
  readonly idBits?: number;
}

/** A field that a line has and nobody defined. */
export interface UnknownField extends Field {
  readonly database: string;
  readonly measurement: string;
}

/**
 * - `done`: the whole body is parsed.
 * - `full`: the partition `fullPartition` must be taken and reset before parsing goes on.
 * - `unknown-fields`: the line at the offset has fields that nobody defined; `unknownFields` lists them.
 * - `new-series`: no more series may come in that the cache does not hold, and the line at the offset has one; see `newSeries`.
 * - `paused`: as many pieces as the caller wanted are parsed.
 */
export type ParseStatus = 'done' | 'full' | 'unknown-fields' | 'new-series' | 'paused';

interface MeasurementEntry {
  readonly address: number;
  readonly database: string;
  readonly measurement: string;
  readonly fields: Field[];
  readonly types: Map<string, Field['type']>;
}

/**
 * Parses line protocol into open blocks: dense columns of one measurement, field set and partition that go on growing from body
 * to body until they are taken. One thread's own; calls don't overlap.
 */
export class LineParser {
  readonly limits: ParserLimits;
  readonly partitions: number;
  readonly newSeries: NewSeries;
  readonly #kernel: ParserKernel;
  readonly #databases: string[] = [];
  readonly #databaseNumbers = new Map<string, number>();
  /** By the numbers that the kernel gives. */
  readonly #measurements: MeasurementEntry[] = [];
  readonly #measurementsByName = new Map<string, MeasurementEntry>();
  /** Database and offset in the piece of the line that ended the last call of `parse`. */
  #stop = { database: 0, offset: 0 };

  private constructor(kernel: ParserKernel, limits: ParserLimits, partitions: number) {
    this.#kernel = kernel;
    this.newSeries = new NewSeries(kernel, () => this.#stop);
    this.limits = limits;
    this.partitions = partitions;
  }

  /**
   * Makes a parser with its own memory.
   * @throws RangeError for options that are not valid, ParserLimitError when there is not memory enough, Error when the module was
   *   not built
   */
  static async create(options: LineParserOptions): Promise<LineParser> {
    const { seed, partitions, idBits = ID_BITS } = options;
    const limits = completeLimits(options.limits ?? {});
    checkIds(seed, partitions, idBits);
    const idMask = (1n << BigInt(idBits)) - 1n;
    const kernel = await ParserKernel.create(limits, seed, partitions, idMask);
    return new LineParser(kernel, limits, partitions);
  }

  /**
   * The number of a database, for BodyOptions.
   * @throws RangeError when the name is none, ParserLimitError when there are too many databases
   */
  database(name: string): number {
    const known = this.#databaseNumbers.get(name);
    if (known !== undefined) return known;
    const bytes = Buffer.byteLength(name);
    if (bytes === 0 || bytes > DATABASE_NAME_BYTES_MAX || name.includes('\0')) {
      throw new RangeError(
        `${JSON.stringify(name)} is no name of a database; valid is 1 to ${DATABASE_NAME_BYTES_MAX} bytes without NUL`,
      );
    }
    const { exports, inputAt } = this.#kernel;
    const number = exports.defineDatabase(inputAt, this.#kernel.writeName(name));
    if (number < 0) {
      throw new ParserLimitError(
        `database ${JSON.stringify(name)} is one more than databasesMax, ${this.limits.databasesMax}, or does not fit catalogueBytesMax`,
      );
    }
    this.#databases[number] = name;
    this.#databaseNumbers.set(name, number);
    return number;
  }

  /**
   * Defines fields of a measurement; what is defined already stays. Limits of fields and measurements don't hold here: what was
   * reserved by someone is so.
   * @throws ParserLimitError when the catalogue is full, Error when a field is defined with another type
   */
  defineFields(database: string, measurement: string, fields: Iterable<Field>): void {
    const entry = this.#defineMeasurement(database, measurement);
    const { exports, inputAt } = this.#kernel;
    for (const { name, type } of fields) {
      const known = entry.types.get(name);
      if (known === type) continue;
      if (known !== undefined) {
        throw new Error(
          `field ${JSON.stringify(name)} of ${JSON.stringify(measurement)} is ${known} and can't become ${type}; make a new parser`,
        );
      }
      const length = this.#kernel.writeName(name);
      if (exports.defineField(entry.address, inputAt, length, fieldTypeCode(type)) === 0) {
        throw this.#catalogueFull(`field ${JSON.stringify(name)}`);
      }
      entry.fields.push({ name, type });
      entry.types.set(name, type);
    }
  }

  #defineMeasurement(database: string, measurement: string): MeasurementEntry {
    const key = `${database}\0${measurement}`;
    const known = this.#measurementsByName.get(key);
    if (known) return known;
    const number = this.database(database);
    const { exports, inputAt } = this.#kernel;
    const length = this.#kernel.writeName(measurement);
    const address = exports.defineMeasurement(number, inputAt, length);
    if (address === 0) throw this.#catalogueFull(`measurement ${JSON.stringify(measurement)}`);
    const entry = { address, database, measurement, fields: [], types: new Map() };
    this.#measurements[exports.measurementNumber(address)] = entry;
    this.#measurementsByName.set(key, entry);
    return entry;
  }

  #catalogueFull(what: string): ParserLimitError {
    return new ParserLimitError(
      `${what} does not fit: names and types are limited to ${this.limits.catalogueBytesMax} bytes (catalogueBytesMax)`,
    );
  }

  /**
   * Parses the body from the offset on, and moves the progress. Call it again, once what the status asks for is done, until it
   * gives `done`. Errors of lines are in the progress; nothing of a rejected line is kept.
   * @param piecesMax pieces after which it pauses, so that others than this body are served
   * @throws ParserFaultError, as any further call then does: a bug, of which only a new parser is free
   */
  parse(body: Uint8Array, progress: BodyProgress, piecesMax = Infinity): ParseStatus {
    if (progress.offset === 0 && BYTE_ORDER_MARK.every((byte, i) => body[i] === byte)) {
      progress.offset = BYTE_ORDER_MARK.length;
    }
    this.#kernel.setBody(progress);
    for (let pieces = 0; progress.offset < body.length; pieces++) {
      if (pieces === piecesMax) return 'paused';
      const start = progress.offset;
      const { pieceBytes } = this.limits;
      let status = this.#parsePiece(body, progress, pieceBytes);
      if (status === STATUS_CUT && progress.offset - start < pieceBytes / 2) {
        // A line is too long for a piece, or a string's end too far away to be seen: copying again and again must not cost more
        // than parsing.
        const longStart = progress.offset;
        status = this.#parsePiece(body, progress, pieceBytesMax(this.limits));
        if (status === STATUS_CUT && progress.offset === longStart) {
          throw new ParserFaultError('the parser did not come to the end of a line');
        }
      }
      switch (status) {
        case STATUS_FULL:
          return 'full';
        case STATUS_UNKNOWN_FIELDS:
          return 'unknown-fields';
        case STATUS_NEW_SERIES:
          return 'new-series';
        case STATUS_SKIP:
          skipLine(body, progress);
          break;
        case STATUS_CUT:
        case STATUS_DONE:
          break;
        default:
          throw new ParserFaultError('the parser gave an unknown status');
      }
    }
    return 'done';
  }

  #parsePiece(body: Uint8Array, progress: BodyProgress, pieceBytes: number): number {
    const { exports, memory, inputAt, outcome } = this.#kernel;
    const start = progress.offset;
    const length = Math.min(body.length - start, pieceBytes);
    memory.set(body.subarray(start, start + length), inputAt);
    const { database, errorsMax } = progress;
    const errorsWanted = Math.min(Math.max(errorsMax - progress.errors.length, 0), ERRORS_MAX);
    const status = exports.parse(
      length,
      start + length === body.length,
      database,
      progress.line,
      errorsWanted,
    );
    const errorCount = at(outcome, OUTCOME_ERRORS);
    if (errorCount > 0) {
      progress.errors.push(...this.#kernel.errors(errorCount, body, start, progress));
    }
    this.#stop = { database, offset: at(outcome, OUTCOME_CONSUMED) };
    progress.offset = start + this.#stop.offset;
    progress.line = at(outcome, OUTCOME_LINE);
    progress.accepted += at(outcome, OUTCOME_ACCEPTED);
    progress.rejected += at(outcome, OUTCOME_REJECTED);
    return status;
  }

  /**
   * After `unknown-fields`, and before any other call: the unknown fields of this line and of further ones, each once, with the
   * type that it is first seen with. Bounded: there may be more.
   */
  unknownFields(): UnknownField[] {
    const { database, offset } = this.#stop;
    const count = this.#kernel.exports.searchUnknownFields(database, offset);
    const first = this.#kernel.exports.unknownFieldsAddress();
    return Array.from({ length: count }, (_, i) => this.#unknownField(first + i * UNKNOWN_BYTES));
  }

  #unknownField(address: number): UnknownField {
    const kernel = this.#kernel;
    const type = fieldTypeOfCode(kernel.u32(address + UNKNOWN_TYPE));
    if (!type) throw new ParserFaultError('the parser gave an unknown field type');
    return {
      database: this.#databases[this.#stop.database] as string,
      measurement: kernel.text(
        kernel.u32(address + UNKNOWN_MEASUREMENT),
        kernel.u32(address + UNKNOWN_MEASUREMENT_LENGTH),
      ),
      name: kernel.text(
        kernel.u32(address + UNKNOWN_FIELD),
        kernel.u32(address + UNKNOWN_FIELD_LENGTH),
      ),
      type,
    };
  }

  /** A bitmask of the partitions that got rows since it was last asked for. */
  touched(): number {
    const index = OUTCOME_TOUCHED >> 2;
    const touched = this.#kernel.outcome[index] as number;
    this.#kernel.outcome[index] = 0;
    return touched;
  }

  /** After `full`: the partition to take and reset. */
  fullPartition(): number {
    return at(this.#kernel.outcome, OUTCOME_FULL_PARTITION);
  }

  /** Rows of the partition, and what they come to as a batch: never less than the truth. */
  pending(partition: number): { rows: number; bytes: number } {
    this.#checkPartition(partition);
    const { exports } = this.#kernel;
    return { rows: exports.pendingRows(partition), bytes: exports.pendingBytes(partition) };
  }

  /**
   * The blocks of the partition: views on the parser's memory, valid until its next call.
   * @param pack whether columns of numbers become as short as they can; then the partition must be reset before anything else
   */
  take(partition: number, { pack = false } = {}): OpenBlock[] {
    this.#checkPartition(partition);
    const first = this.#kernel.exports.firstBlock(partition);
    return readBlocks(this.#kernel, first, this.#measurements, pack);
  }

  /** Drops the blocks of the partition, after they were copied. */
  reset(partition: number): void {
    this.#checkPartition(partition);
    this.#kernel.exports.resetPartition(partition);
  }

  #checkPartition(partition: number): void {
    if (!(partition >= 0 && partition < this.partitions)) {
      throw new RangeError(`partition is ${partition}; valid is 0 to ${this.partitions - 1}`);
    }
  }

  /** The store knows these series (from a block's `fresh`): no block needs to carry their keys any more. */
  confirm(entries: Uint32Array, generation: number): void {
    this.#eachPiece(entries, generation, this.#kernel.exports.confirm);
  }

  /** The announcement of these series may be lost: the next block with one announces it as fresh. */
  announceAgain(entries: Uint32Array, generation: number): void {
    this.#eachPiece(entries, generation, this.#kernel.exports.retract);
  }

  /**
   * Hands entries of the present generation to the kernel, as many at a time as the place for input holds. Those of a parser that
   * failed mean nothing: batches that were under way meanwhile end as if nothing had been.
   */
  #eachPiece(
    entries: Uint32Array,
    generation: number,
    hand: (address: number, count: number) => void,
  ): void {
    const { exports, memory, inputAt } = this.#kernel;
    if (this.#kernel.failed || generation !== exports.generation()) return;
    const place = new Uint32Array(memory.buffer, inputAt, pieceBytesMax(this.limits) >> 2);
    for (let start = 0; start < entries.length; start += place.length) {
      const piece = entries.subarray(start, start + place.length);
      place.set(piece);
      hand(inputAt, piece.length);
    }
  }

  /** The store may know no series: all are announced again, as fresh. */
  forgetConfirmations(): void {
    this.#kernel.exports.forgetConfirmations();
  }

  /**
   * The series id belongs to the key with this check (docs/contracts.md): lines of other keys with the id are rejected from now on.
   * @throws ParserLimitError when there are a thousand such ids already
   */
  refuse(series: bigint, check: bigint): void {
    if (!this.#kernel.exports.refuse(series, check)) {
      throw new ParserLimitError('more collisions of series ids than a parser keeps');
    }
  }

  stats(): ParserStatistics {
    return readStatistics(this.#kernel, this.limits, this.partitions);
  }
}

function at(outcome: Uint32Array, offset: number): number {
  return outcome[offset >> 2] as number;
}
