import type { StreamMessage } from '@overseer/shared';

/** Messages of a group at the most: many tiny ones should not make a transaction endless. */
const GROUP_MESSAGES_MAX = 1024;

/** Messages between the reader and the writer of a partition, bounded by their bytes. */
export class MessageQueue {
  readonly #bytesMax: number;
  #messages: StreamMessage[] = [];
  #bytes = 0;
  #ended = false;
  #failure: unknown;
  #changed: () => void = () => undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
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
    this.#changed();
    return group;
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
