import type { ParserKernel } from './parser-kernel.ts';

/** As many as anybody may want: more than lines fit a body. */
export const ANY_NUMBER = 0xffff_ffff;

/**
 * The parser's door for limits of series. Its cache knows which series were seen lately, not which exist: when no more may come in
 * by themselves, whoever knows all of them judges those that a body has.
 */
export class NewSeries {
  readonly #kernel: ParserKernel;
  readonly #stop: () => { readonly database: number; readonly offset: number };

  /** @param stop where the last call of `parse` ended */
  constructor(
    kernel: ParserKernel,
    stop: () => { readonly database: number; readonly offset: number },
  ) {
    this.#kernel = kernel;
    this.#stop = stop;
  }

  /** How many more series that the cache does not hold may come in without a verdict; at first, any number. */
  get allowed(): number {
    return this.#kernel.exports.newSeriesAllowed() >>> 0;
  }

  set allowed(count: number) {
    this.#kernel.exports.allowNewSeries(Math.min(count, ANY_NUMBER));
  }

  /**
   * After `new-series`, and before any other call of the parser: ids of the series, from this line on, that the cache does not
   * hold. Bounded: there may be more.
   */
  list(): BigUint64Array {
    const { database, offset } = this.#stop();
    const { exports } = this.#kernel;
    const count = exports.searchNewSeries(database, offset);
    const at = exports.newSeriesAddress();
    return new BigUint64Array(this.#kernel.memory.buffer.slice(at, at + count * 8));
  }

  /**
   * Gives verdicts on series, which hold until the next ones: `admitted` may come in, lines of `refused` are rejected.
   * Together they are no more than `list` gave.
   * @param max the limit that errors of lines name
   */
  judge(admitted: readonly bigint[], refused: readonly bigint[], max: number): void {
    const { exports, memory } = this.#kernel;
    const count = admitted.length + refused.length;
    const place = new BigUint64Array(memory.buffer, exports.newSeriesAddress(), count);
    place.set([...admitted, ...refused]);
    exports.judgeSeries(admitted.length, count, max);
  }
}
