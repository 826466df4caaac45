import type { Block } from '@overseer/shared/batch';
import {
  CLASSIFIED_FINER,
  CLASSIFIED_LATE,
  CLASSIFIED_LATE_TIME_MAX,
  CLASSIFIED_LATE_TIME_MIN,
  CLASSIFIED_PLAIN,
  CLASSIFIED_SERIES,
  CLASSIFIED_TIME_MAX,
  CLASSIFIED_TIME_MIN,
  CLASSIFIED_UNKNOWN,
} from './assembly/rows/layout.ts';
import { SeriesIndex } from './rows-index.ts';
import { type LoadedMessage, ROW_LIMITS, type RowLimits, RowsKernel } from './rows-kernel.ts';
import { type TargetColumn, writeTarget } from './rows-target.ts';

/** What comes before the first row of a binary COPY: signature, no flags, no header extension. */
export const COPY_HEADER: Uint8Array = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** What comes behind the last row. */
export const COPY_TRAILER: Uint8Array = Uint8Array.of(0xff, 0xff);

/** Rows of a block: all of them, or those of a list in rising order. */
export type RowSelection = 'all' | Uint32Array;

/** Times of some rows, nanoseconds since 1970, both included. */
export interface TimeRange {
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

/** Which rows of a block may be copied as they are. The lists are the caller's own. */
export interface Classification {
  /** Newer than every row of their series before them. */
  readonly plain: RowSelection;
  /** Not so: rewritten, duplicate or out of order. They must be merged. */
  readonly late: Uint32Array;
  /** Their series is not in the index. */
  readonly unknown: Uint32Array;
  /** Times of all rows. */
  readonly times: TimeRange;
  /** Times of the late rows. */
  readonly lateTimes: TimeRange | undefined;
  /** Some time is finer than a microsecond. */
  readonly finerThanMicroseconds: boolean;
  /** Series of plain and late rows that no row was of before, since `beginSeriesCount`. */
  readonly series: number;
}

export interface EncodeOptions {
  readonly rows: RowSelection;
  /** Position in the selection to start with: what the call before returned. */
  readonly from?: number;
  /** Ordinal of the block's row 0; row r has this and r. */
  readonly ordinalBase?: bigint;
}

/**
 * From columns of batches to rows of binary COPY: which rows are new, and their bytes. One message is copied in once, and
 * everything is read where it lies.
 *
 * The index outlives everything else; messages and output are for one run of synchronous calls, or for an owner who uses the
 * encoder alone.
 */
export class RowEncoder {
  /** The series that rows are classified by. */
  readonly index: SeriesIndex;

  private constructor(
    private readonly kernel: RowsKernel,
    idBits: number,
  ) {
    this.index = new SeriesIndex(kernel, idBits);
  }

  /**
   * @param options.seed   16 bytes: the installation's seed of series ids
   * @param options.idBits low bits of the hash that make an id; fewer than 64 to bring collisions about
   */
  static async create(options: {
    seed: Uint8Array;
    limits?: Partial<RowLimits>;
    idBits?: number;
  }): Promise<RowEncoder> {
    const kernel = await RowsKernel.create(options.seed, { ...ROW_LIMITS, ...options.limits });
    return new RowEncoder(kernel, options.idBits ?? 64);
  }

  get limits(): RowLimits {
    return this.kernel.limits;
  }

  /** All memory that it has taken, in bytes. */
  get memoryBytes(): number {
    return this.kernel.bytes.length;
  }

  /**
   * Copies a message in, whose blocks can then be classified and encoded.
   * @returns undefined when there is no room beside the messages loaded already
   * @throws MessageSizeError when it is longer than any message may be
   */
  load(message: Uint8Array): LoadedMessage | undefined {
    return this.kernel.load(message);
  }

  /** Makes room for other messages; those loaded must not be used any more. */
  releaseMessages(): void {
    this.kernel.releaseMessages();
  }

  /** Has `classify` count every series anew. Series of one table are of no other, so the sum over a table's blocks is its series. */
  beginSeriesCount(): void {
    this.kernel.exports.beginSeriesCount();
  }

  /**
   * Tells which rows are newer than everything of their series, and raises the newest time of those. A time raised for rows that
   * are then not stored does no harm: later rows are merged that could have been copied.
   *
   * @param block decoded from the very bytes that were loaded as `message`
   */
  classify(message: LoadedMessage, block: Block): Classification {
    const { kernel } = this;
    kernel.assertLoaded(message);
    const { classifyRows } = kernel.exports;
    classifyRows(message.pointerTo(block.series), message.pointerTo(block.times), block.rows);
    const { view, classifiedAt: at } = kernel;
    const plain = view.getUint32(at + CLASSIFIED_PLAIN, true);
    const late = view.getUint32(at + CLASSIFIED_LATE, true);
    const unknown = view.getUint32(at + CLASSIFIED_UNKNOWN, true);
    return {
      plain: plain === block.rows ? 'all' : kernel.copyList(kernel.listPointer(0), plain),
      late: kernel.copyList(kernel.listPointer(1), late),
      unknown: kernel.copyList(kernel.listPointer(2), unknown),
      times: readRange(view, at + CLASSIFIED_TIME_MIN, at + CLASSIFIED_TIME_MAX),
      lateTimes:
        late === 0
          ? undefined
          : readRange(view, at + CLASSIFIED_LATE_TIME_MIN, at + CLASSIFIED_LATE_TIME_MAX),
      finerThanMicroseconds: view.getUint32(at + CLASSIFIED_FINER, true) !== 0,
      series: view.getUint32(at + CLASSIFIED_SERIES, true),
    };
  }

  /**
   * Appends rows of a block to the output until all are there or the output is full.
   *
   * @param block  decoded from the very bytes that were loaded as `message`
   * @param target columns of the table, in order
   * @returns the position in the selection to go on with after the output was cleared; the length of the selection when all
   *          rows are there
   */
  encode(
    message: LoadedMessage,
    block: Block,
    target: readonly TargetColumn[],
    options: EncodeOptions,
  ): number {
    const { kernel } = this;
    kernel.assertLoaded(message);
    writeTarget(kernel, message, block, target);
    const { rows, from = 0, ordinalBase = 0n } = options;
    const listed = rows !== 'all';
    const to = listed ? rows.length : block.rows;
    if (to > block.rows) throw new Error(`${to} rows of a block of ${block.rows}`);
    if (listed) kernel.writeColumn(kernel.listPointer(0), rows);
    return kernel.exports.encodeRows(target.length, Number(listed), from, to, ordinalBase);
  }

  /**
   * Rows appended since the output was cleared: a view on wasm memory, valid until the next call of any method. Copy what outlives
   * that, a write to a socket included.
   */
  get output(): Uint8Array {
    const { bytes, outputAt, exports } = this.kernel;
    return bytes.subarray(outputAt, outputAt + exports.outputLength());
  }

  clearOutput(): void {
    this.kernel.exports.clearOutput();
  }
}

function readRange(view: DataView, minAt: number, maxAt: number): TimeRange {
  return { minNs: view.getBigInt64(minAt, true), maxNs: view.getBigInt64(maxAt, true) };
}
