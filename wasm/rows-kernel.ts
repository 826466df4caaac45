import { BATCH_BYTES_MAX } from '@overseer/shared/batch';
import { checkSeed } from '@overseer/shared/series-key';
import { COLUMN_BYTES, FIELD_BYTES_MAX } from './assembly/rows/layout.ts';

/**
 * Limits of a row encoder. Memory is only taken up as far as it is used; but the engine lets only a few instances of a process
 * grow in place. The others are copied when they outgrow 65,536 series, and then take up what `seriesMax` asks for (9 to 15 bytes
 * a series): who makes an instance a partition should divide it by the partitions.
 */
export interface RowLimits {
  /** Most series in the index, up to 16 million; 41 to 47 bytes each. */
  readonly seriesMax: number;
  /** Longest message. */
  readonly messageBytesMax: number;
  /** Messages that may be loaded at once, in bytes. */
  readonly messagesBytes: number;
  /** Where rows are written to. Any one row must fit: `messageBytesMax` and 36 KB at least. */
  readonly outputBytes: number;
}

export const ROW_LIMITS: RowLimits = {
  seriesMax: 10_000_000,
  messageBytesMax: BATCH_BYTES_MAX,
  messagesBytes: 8 << 20,
  outputBytes: 4 << 20,
};

/** Columns of a table that PostgreSQL allows. */
export const TABLE_COLUMNS_MAX = 1600;

/** Entry numbers have 24 bits, and 0 is none. */
const SERIES_MAX_MAX = (1 << 24) - 1;
/** Bytes of a row besides its texts. */
const ROW_FIELDS_BYTES_MAX = (TABLE_COLUMNS_MAX + 1) * FIELD_BYTES_MAX;
/** What may stand before the tags in a canonical key: names of a database and a measurement, with room. */
const KEY_PREFIX_BYTES_MAX = 1024;
/** The least that an announced series takes in a message: its id and the end of its key. A row takes more. */
const LISTED_BYTES_MIN = 12;
const MESSAGE_ALIGNMENT = 16;
const SEED_BYTES = 16;

const MODULE_URL = new URL('./build/rows.wasm', import.meta.url);

/** Exports of assembly/rows/index.ts; pointers and counts are numbers, 64-bit values bigints. */
interface RowsExports {
  readonly memory: WebAssembly.Memory;
  readonly columnsAt: WebAssembly.Global;
  readonly classifiedAt: WebAssembly.Global;
  readonly seedsAt: WebAssembly.Global;
  readonly keyAt: WebAssembly.Global;
  readonly listsAt: WebAssembly.Global;
  readonly messagesAt: WebAssembly.Global;
  readonly outputAt: WebAssembly.Global;
  initialize(
    columnsMax: number,
    rowsMax: number,
    keyBytes: number,
    messagesBytes: number,
    outputBytes: number,
    seriesMax: number,
  ): number;
  clearIndex(seriesMax: number): void;
  removeSeriesRange(first: bigint, last: bigint): number;
  removeTables(tables: number, count: number): number;
  seriesCount(): number;
  unknownSeriesCount(ids: number, count: number): number;
  indexBytes(): number;
  findEntry(id: bigint): number;
  addSeries(id: bigint, check: bigint, table: number, newest: bigint): number;
  addSeriesColumns(
    ids: number,
    checks: number,
    newests: number,
    tables: number,
    count: number,
    statuses: number,
  ): number;
  announceSeries(
    prefixLength: number,
    ids: number,
    ends: number,
    keys: number,
    count: number,
    table: number,
    idMask: bigint,
  ): number;
  hashKey(length: number): bigint;
  checkKey(length: number): bigint;
  beginSeriesCount(): void;
  classifyRows(ids: number, times: number, rows: number): void;
  takeBusiest(slotBits: number): number;
  encodeRows(
    columnCount: number,
    listed: number,
    from: number,
    to: number,
    ordinalBase: bigint,
  ): number;
  outputLength(): number;
  clearOutput(): void;
}

/** A message, or a key in one, is longer than any may be: it can only go to the dead letters. */
export class MessageSizeError extends Error {
  override name = 'MessageSizeError';
}

/** A message that lies in wasm memory until the messages are released. */
export class LoadedMessage {
  constructor(
    private readonly bytes: Uint8Array,
    private readonly pointer: number,
    /** Which load-and-release cycle of the kernel it belongs to. */
    readonly cycle: number,
  ) {}

  /** Where `view`, a view on the message as it was given to be loaded, lies in wasm memory. */
  pointerTo(view: Uint8Array): number {
    const offset = view.byteOffset - this.bytes.byteOffset;
    const inside = offset >= 0 && offset + view.length <= this.bytes.length;
    if (view.buffer !== this.bytes.buffer || !inside) {
      throw new Error('a column is no view on the loaded message');
    }
    return this.pointer + offset;
  }
}

/** The instance and its memory, shared by the encoder and its index. */
export class RowsKernel {
  readonly columnsAt: number;
  readonly classifiedAt: number;
  readonly listsAt: number;
  readonly messagesAt: number;
  readonly outputAt: number;
  /** Most rows and announced series of a block: the length of the lists. */
  private readonly listLength: number;
  private readonly seedsAt: number;
  private readonly keyAt: number;
  private readonly keyBytesMax: number;
  private messagesLength = 0;
  private cycle = 0;
  private currentBytes = new Uint8Array(0);
  private currentView = new DataView(new ArrayBuffer(0));

  private constructor(
    readonly exports: RowsExports,
    readonly limits: RowLimits,
    seed: Uint8Array,
  ) {
    this.listLength = Math.floor(limits.messageBytesMax / LISTED_BYTES_MIN);
    this.keyBytesMax = limits.messageBytesMax + KEY_PREFIX_BYTES_MAX;
    const initialized = exports.initialize(
      TABLE_COLUMNS_MAX,
      this.listLength,
      this.keyBytesMax,
      limits.messagesBytes,
      limits.outputBytes,
      limits.seriesMax,
    );
    if (!initialized) {
      throw new Error(
        `the host gives no memory for ${limits.seriesMax} series, ${limits.messagesBytes} bytes of messages and ` +
          `${limits.outputBytes} of output: lower one of these limits`,
      );
    }
    this.columnsAt = exports.columnsAt.value;
    this.classifiedAt = exports.classifiedAt.value;
    this.seedsAt = exports.seedsAt.value;
    this.keyAt = exports.keyAt.value;
    this.listsAt = exports.listsAt.value;
    this.messagesAt = exports.messagesAt.value;
    this.outputAt = exports.outputAt.value;
    this.bytes.set(seed, this.seedsAt);
    this.bytes.set(checkSeed(seed), this.seedsAt + SEED_BYTES);
  }

  /** @param seed 16 bytes: the installation's seed of series ids */
  static async create(seed: Uint8Array, limits: RowLimits): Promise<RowsKernel> {
    checkLimits(limits);
    if (seed.length !== SEED_BYTES) throw new Error(`a seed has 16 bytes, not ${seed.length}`);
    compiled ??= compile();
    const instance = await WebAssembly.instantiate(await compiled, {});
    // What the module exports is not known to the compiler; the tests call every function.
    return new RowsKernel(instance.exports as unknown as RowsExports, limits, seed);
  }

  /** The whole memory. Good until the next call that may grow it: any that adds series. */
  get bytes(): Uint8Array {
    this.refresh();
    return this.currentBytes;
  }

  /** As `bytes`. */
  get view(): DataView {
    this.refresh();
    return this.currentView;
  }

  private refresh(): void {
    const { buffer } = this.exports.memory;
    if (this.currentBytes.buffer === buffer) return;
    this.currentBytes = new Uint8Array(buffer);
    this.currentView = new DataView(buffer);
  }

  /**
   * Copies a message in.
   * @returns undefined when the messages loaded leave no room for it
   * @throws MessageSizeError when it is longer than any message may be
   */
  load(message: Uint8Array): LoadedMessage | undefined {
    const { messageBytesMax, messagesBytes } = this.limits;
    if (message.length > messageBytesMax) {
      throw new MessageSizeError(
        `a message of ${message.length} bytes; at most ${messageBytesMax} are allowed`,
      );
    }
    if (this.messagesLength + message.length > messagesBytes) return undefined;
    const pointer = this.messagesAt + this.messagesLength;
    this.bytes.set(message, pointer);
    const next = this.messagesLength + message.length + MESSAGE_ALIGNMENT - 1;
    this.messagesLength = next - (next % MESSAGE_ALIGNMENT);
    return new LoadedMessage(message, pointer, this.cycle);
  }

  /** Gives the room of all loaded messages free; they must not be used again. */
  releaseMessages(): void {
    this.messagesLength = 0;
    this.cycle++;
  }

  /** Refuses a message whose room was given free. */
  assertLoaded(message: LoadedMessage): void {
    if (message.cycle !== this.cycle) throw new Error('the message was released');
  }

  /** Puts bytes where keys are hashed. */
  writeKey(key: Uint8Array): void {
    if (key.length > this.keyBytesMax) {
      throw new MessageSizeError(
        `a key of ${key.length} bytes; at most ${this.keyBytesMax} are allowed`,
      );
    }
    this.bytes.set(key, this.keyAt);
  }

  /** Puts the bytes of a column, little-endian as they lie, at `pointer`. */
  writeColumn(pointer: number, column: BigUint64Array | BigInt64Array | Uint32Array): void {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    this.bytes.set(bytes, pointer);
  }

  columnPointer(index: number): number {
    return this.columnsAt + index * COLUMN_BYTES;
  }

  /** A copy of `count` u32 at `pointer`. */
  copyList(pointer: number, count: number): Uint32Array {
    return new Uint32Array(this.exports.memory.buffer, pointer, count).slice();
  }

  /** How many numbers one of the lists holds. */
  get listLengthMax(): number {
    return this.listLength;
  }

  /** Pointer of one of the three lists. */
  listPointer(index: 0 | 1 | 2): number {
    return this.listsAt + index * this.listLength * 4;
  }
}

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  const file = Bun.file(MODULE_URL);
  if (!(await file.exists())) {
    throw new Error(`${MODULE_URL.pathname} is missing: run \`bun wasm/build.ts\``);
  }
  return WebAssembly.compile(await file.arrayBuffer());
}

function checkLimits(limits: RowLimits): void {
  const outputMin = limits.messageBytesMax + ROW_FIELDS_BYTES_MAX;
  if (limits.outputBytes < outputMin) {
    throw new Error(`outputBytes is ${limits.outputBytes}: a row may take ${outputMin}`);
  }
  if (limits.messagesBytes < limits.messageBytesMax) {
    throw new Error(`messagesBytes is ${limits.messagesBytes}: not one message of messageBytesMax`);
  }
  if (!(limits.seriesMax >= 1 && limits.seriesMax <= SERIES_MAX_MAX)) {
    throw new Error(`seriesMax is ${limits.seriesMax}, not 1 to ${SERIES_MAX_MAX}`);
  }
}
