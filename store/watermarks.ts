import {
  type Bucket,
  encodeWatermark,
  type Logger,
  type Watermark,
  watermarkKey,
} from '@overseer/shared';

/** A watermark only spares ingress some bytes, so it need not be quick; every put is a disk sync. */
const PUBLISH_INTERVAL_MS = 500;

/** Tells ingress how far each partition is committed. */
export class Watermarks {
  readonly #control: Bucket;
  readonly #log: Logger;
  readonly #waiting = new Map<number, Watermark>();
  readonly #last = new Map<number, Watermark>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(control: Bucket, log: Logger) {
    this.#control = control;
    this.#log = log;
  }

  advance(partition: number, watermark: Watermark): void {
    this.#waiting.set(partition, watermark);
    this.#last.set(partition, watermark);
    this.#schedule();
  }

  /** What this store has told last of a partition. */
  last(partition: number): Watermark | undefined {
    return this.#last.get(partition);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#stopped || this.#timer) return;
    this.#timer = setTimeout(() => void this.#publish(), PUBLISH_INTERVAL_MS);
  }

  async #publish(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [partition, watermark] of waiting) {
      try {
        await this.#control.put(watermarkKey(partition), encodeWatermark(watermark));
      } catch (error) {
        this.#log.warn({ partition, err: error }, 'watermark not published; trying again');
        if (!this.#waiting.has(partition)) this.#waiting.set(partition, watermark);
      }
    }
    this.#timer = undefined;
    if (this.#waiting.size > 0) this.#schedule();
  }
}
