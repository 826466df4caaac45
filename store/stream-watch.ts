import {
  type Bus,
  CONTROL_BUCKET,
  DEAD_STREAM,
  type Logger,
  POINTS_STREAM,
  SCHEMA_BUCKET,
  STORED_STREAM,
} from '@overseer/shared';
import { isPassing } from './outages.ts';

/** A bucket is a stream of this name. */
const bucketStream = (bucket: string) => `KV_${bucket}`;

const STREAMS = [
  POINTS_STREAM,
  STORED_STREAM,
  DEAD_STREAM,
  bucketStream(SCHEMA_BUCKET),
  bucketStream(CONTROL_BUCKET),
] as const;
const CHECK_INTERVAL_MS = 2000;

/**
 * Looks whether every stream and bucket is still there. Nobody tells the store of one that an operator deleted, and only those that
 * it writes to or reads from would be missed.
 */
export class StreamWatch {
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #makeAgain: () => Promise<void>;
  readonly #onFatal: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** @param makeAgain makes those that are missing, and what was in them */
  constructor(
    bus: Bus,
    log: Logger,
    makeAgain: () => Promise<void>,
    onFatal: (error: unknown) => void,
  ) {
    this.#bus = bus;
    this.#log = log;
    this.#makeAgain = makeAgain;
    this.#onFatal = onFatal;
  }

  start(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () =>
        void this.#check()
          .then(() => this.start())
          .catch(this.#onFatal),
      CHECK_INTERVAL_MS,
    );
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const missing = await this.#missing();
    if (missing.length === 0 || this.#stopped) return;
    this.#log.warn({ missing }, 'streams are gone; making them again');
    await this.#makeAgain();
  }

  /** None while NATS does not answer: it says when it is back. */
  async #missing(): Promise<string[]> {
    if (!this.#bus.connected) return [];
    try {
      const states = await Promise.all(STREAMS.map((name) => this.#bus.stream(name)));
      return STREAMS.filter((_, index) => states[index] === undefined);
    } catch (error) {
      if (isPassing(error)) return [];
      throw error;
    }
  }
}
