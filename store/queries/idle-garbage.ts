/** About what a query has allocated for each sample that it held. */
const SAMPLE_BYTES = 50;
/** Less is not worth the 20 ms of a collection. */
const COLLECTED_BYTES_MIN = 64 * 2 ** 20;

/**
 * What queries have let go of, given back when none runs. While some do, the collector keeps up with what they allocate; but when
 * they are over nothing is allocated any more, and hundreds of megabytes stayed until the next ones.
 */
export class IdleGarbage {
  #bytes = 0;

  /** @param samples that a query held at once, `bytes` that it has read */
  add(samples: number, bytes: number): void {
    this.#bytes += samples * SAMPLE_BYTES + bytes;
  }

  /** To be called when no query runs. */
  collect(): void {
    if (this.#bytes < COLLECTED_BYTES_MIN) return;
    this.#bytes = 0;
    Bun.gc(true);
  }
}
