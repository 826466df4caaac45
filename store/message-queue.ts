import type { StreamMessage } from '@overseer/shared';

/** Messages of a group at the most: many tiny ones should not make a transaction endless. */
const GROUP_MESSAGES_MAX = 1024;

/**
 * Groups of less than this are small: they are taken no oftener than every `SMALL_GROUP_INTERVAL_MS`, because a transaction has its price
 * whether it has ten rows or thousands: a line a request costs all processes together a tenth less. The first after a pause is taken at once.
 */
const SMALL_GROUP_BYTES = 64 * 1024;
const SMALL_GROUP_INTERVAL_MS = 20;

/** Messages between the reader and the writer of a partition, bounded by their bytes. */
export class MessageQueue {
  readonly #bytesMax: number;
  readonly #smallGroupIntervalMs: number;
  #messages: StreamMessage[] = [];
  #bytes = 0;
  #ended = false;
  #failure: unknown;
  #changed: () => void = () => undefined;
  /** When a group was taken last, by `performance.now()`. */
  #takenAt = Number.NEGATIVE_INFINITY;

  constructor(bytesMax: number, smallGroupIntervalMs = SMALL_GROUP_INTERVAL_MS) {
    this.#bytesMax = bytesMax;
    this.#smallGroupIntervalMs = smallGroupIntervalMs;
  }

  /** Messages that wait. */
  get messages(): number {
    return this.#messages.length;
  }

  /** Bytes of the messages that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes messages from `source` until it ends or the queue is closed; waits while the queue is full. Never rejects. */
  async fill(source: AsyncGenerator<StreamMessage, void, void>): Promise<void> {
    try {
      for await (const message of source) {
        this.#messages.push(message);
        this.#bytes += message.payload.length;
        this.#changed();
        while (this.#bytes >= this.#bytesMax && !this.#ended) await this.#change();
        if (this.#ended) break;
      }
    } catch (error) {
      this.#failure = error;
    }
    this.close();
  }

  /**
   * Waits for messages and gives those that are there, in order: at least one, and no more than the bytes allowed besides the first.
   * Undefined at the end. @throws what the source threw, after its last message was taken
   */
  async take(): Promise<StreamMessage[] | undefined> {
    while (this.#messages.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) return undefined;
      await this.#change();
    }
    await this.#gather();
    let count = 0;
    let bytes = 0;
    for (const { payload } of this.#messages) {
      if (count === GROUP_MESSAGES_MAX) break;
      if (count > 0 && bytes + payload.length > this.#bytesMax) break;
      bytes += payload.length;
      count++;
    }
    const group = this.#messages.splice(0, count);
    this.#bytes -= bytes;
    this.#takenAt = performance.now();
    this.#changed();
    return group;
  }

  /** Waits for more when there is little and a group was taken just now. */
  async #gather(): Promise<void> {
    const untilMs = this.#takenAt + this.#smallGroupIntervalMs;
    while (this.#bytes < SMALL_GROUP_BYTES && !this.#ended) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, leftMs);
      await Promise.race([promise, this.#change()]);
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#ended = true;
    this.#changed();
  }

  /** Resolves at the next change; everybody who waits is woken. */
  #change(): Promise<void> {
    const before = this.#changed;
    return new Promise((resolve) => {
      this.#changed = () => {
        this.#changed = () => undefined;
        before();
        resolve();
      };
    });
  }
}
