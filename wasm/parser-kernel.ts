import {
  ERROR_ACTUAL,
  ERROR_BYTES,
  ERROR_CODE,
  ERROR_END,
  ERROR_EXPECTED,
  ERROR_LINE,
  ERROR_START,
  ERROR_SUBJECT_END,
  ERROR_SUBJECT_START,
  OUTCOME_BYTES,
} from './assembly/parser/layout.ts';
import type { BodyOptions } from './body-progress.ts';
import { LINE_ERROR_CODES, LineError, type TimeBounds } from './line-error.ts';
import { FaultGuard, ParserFaultError } from './parser-fault.ts';
import { ParserLimitError, type ParserLimits, writeLimits } from './parser-limits.ts';

const MODULE_URL = new URL('./build/parser.wasm', import.meta.url);

/** Exports of assembly/parser/index.ts; addresses and counts are numbers, 64-bit values bigints. */
interface ParserExports {
  readonly memory: WebAssembly.Memory;
  limitsAddress(): number;
  seedAddress(): number;
  initialize(partitions: number, idMask: bigint): number;
  inputAddress(): number;
  outcomeAddress(): number;
  errorsAddress(): number;
  setBody(unitNs: bigint, nowNs: bigint, timeMin: bigint, timeMax: bigint, linesMax: number): void;
  parse(length: number, isLast: boolean, database: number, line: number, errorsMax: number): number;
  searchUnknownFields(database: number, offset: number): number;
  unknownFieldsAddress(): number;
  allowNewSeries(count: number): void;
  newSeriesAllowed(): number;
  searchNewSeries(database: number, offset: number): number;
  newSeriesAddress(): number;
  judgeSeries(admitted: number, count: number, max: number): void;
  defineDatabase(name: number, length: number): number;
  defineMeasurement(database: number, name: number, length: number): number;
  measurementNumber(measurement: number): number;
  defineField(measurement: number, name: number, length: number, type: number): number;
  pendingBytes(partition: number): number;
  pendingRows(partition: number): number;
  firstBlock(partition: number): number;
  packColumn(type: number, values: number, rows: number): number;
  packedAddress(): number;
  resetPartition(partition: number): void;
  generation(): number;
  confirm(list: number, count: number): void;
  retract(list: number, count: number): void;
  forgetConfirmations(): void;
  refuse(id: bigint, check: bigint): number;
  statistics(): number;
}

/** Without a bound, all that an int64 of nanoseconds and a u32 of lines can count. */
const TIME_NS_MIN = -(2n ** 63n);
const TIME_NS_MAX = 2n ** 63n - 1n;
const LINES_MAX = 2 ** 32 - 1;

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });

let compiled: Promise<WebAssembly.Module> | undefined;

/** @throws Error when the module was not built */
async function compile(): Promise<WebAssembly.Module> {
  const file = Bun.file(MODULE_URL);
  if (!(await file.exists())) {
    throw new Error(`${MODULE_URL.pathname} is missing; build it with: bun wasm/build.ts`);
  }
  return WebAssembly.compile(await file.arrayBuffer());
}

/** The instance and its memory. Memory never grows after the start, so views of it stay valid. */
export class ParserKernel {
  readonly exports: ParserExports;
  readonly view: DataView;
  readonly memory: Uint8Array;
  readonly inputAt: number;
  /** The outcome of the last call of `parse`, u32 by u32. */
  readonly outcome: Uint32Array;
  readonly #errorsAt: number;
  readonly #guard: FaultGuard;

  private constructor(exports: ParserExports, guard: FaultGuard) {
    const { buffer } = exports.memory;
    this.exports = exports;
    this.#guard = guard;
    this.view = new DataView(buffer);
    this.memory = new Uint8Array(buffer);
    this.inputAt = exports.inputAddress();
    this.outcome = new Uint32Array(buffer, exports.outcomeAddress(), OUTCOME_BYTES >> 2);
    this.#errorsAt = exports.errorsAddress();
  }

  /** @throws ParserLimitError when the limits want more memory than there can be */
  static async create(
    limits: ParserLimits,
    seed: Uint8Array,
    partitions: number,
    idMask: bigint,
  ): Promise<ParserKernel> {
    compiled ??= compile();
    const module = await compiled.catch((error: unknown) => {
      compiled = undefined;
      throw error;
    });
    const instance = await WebAssembly.instantiate(module);
    const guard = new FaultGuard();
    const exports = guard.guard(instance.exports as unknown as ParserExports);
    writeLimits(limits, exports.memory.buffer, exports.limitsAddress());
    new Uint8Array(exports.memory.buffer).set(seed, exports.seedAddress());
    if (!exports.initialize(partitions, idMask)) {
      throw new ParserLimitError(
        'the limits of the parser want more memory than there is; lower seriesBytesMax, openBytesTarget or partitions',
      );
    }
    return new ParserKernel(exports, guard);
  }

  /** Whether it trapped: then every export throws. */
  get failed(): boolean {
    return this.#guard.failed;
  }

  /** Says how the lines of the pieces parsed next are to be read. */
  setBody(options: BodyOptions): void {
    const { precision, nowNs } = options;
    const { oldestNs = TIME_NS_MIN, newestNs = TIME_NS_MAX, linesMax = LINES_MAX } = options;
    const defaultNs = precision === 0n ? nowNs : nowNs - (nowNs % precision);
    // A bound that lies beyond all times would come out on the other side.
    const [oldest, newest] = [within64Bits(oldestNs), within64Bits(newestNs)];
    this.exports.setBody(precision, defaultNs, oldest, newest, linesMax);
  }

  u32(address: number): number {
    return this.view.getUint32(address, true);
  }

  bytes(address: number, length: number): Uint8Array {
    return this.memory.subarray(address, address + length);
  }

  text(address: number, length: number): string {
    return text.decode(this.bytes(address, length));
  }

  /** Writes a name where the next piece of input will go. @returns its length */
  writeName(name: string): number {
    const bytes = utf8.encode(name);
    this.memory.set(bytes, this.inputAt);
    return bytes.length;
  }

  /** The first `count` recorded errors of a piece that starts at `pieceStart` in the body. */
  *errors(
    count: number,
    body: Uint8Array,
    pieceStart: number,
    bounds: TimeBounds,
  ): Generator<LineError> {
    for (let index = 0; index < count; index++) {
      const record = this.#errorsAt + index * ERROR_BYTES;
      const code = LINE_ERROR_CODES[this.u32(record + ERROR_CODE) - 1];
      if (!code) throw new ParserFaultError('the parser gave an unknown error code');
      yield new LineError(body, {
        line: this.u32(record + ERROR_LINE),
        code,
        start: pieceStart + this.u32(record + ERROR_START),
        end: pieceStart + this.u32(record + ERROR_END),
        subjectStart: pieceStart + this.u32(record + ERROR_SUBJECT_START),
        subjectEnd: pieceStart + this.u32(record + ERROR_SUBJECT_END),
        expected: this.u32(record + ERROR_EXPECTED),
        actual: this.u32(record + ERROR_ACTUAL),
        bounds,
      });
    }
  }
}

function within64Bits(timeNs: bigint): bigint {
  if (timeNs < TIME_NS_MIN) return TIME_NS_MIN;
  return timeNs > TIME_NS_MAX ? TIME_NS_MAX : timeNs;
}
