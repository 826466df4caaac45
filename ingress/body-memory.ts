import { UnavailableError } from './errors.ts';

/** What a request costs beside its body, about: many tiny ones must not slip through the limit. */
const REQUEST_BYTES = 16 * 1024;
const RETRY_SECONDS = 1;

/** Bounds the bytes of all bodies in memory together. */
export class BodyMemory {
  readonly bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Room for a request that has not sent its body yet. @throws UnavailableError when there is none. */
  lease(): BodyLease {
    const lease = new BodyLease(this);
    lease.grow(REQUEST_BYTES);
    return lease;
  }

  /** For BodyLease: takes room, or gives it back with negative bytes. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.bytesMax) {
      throw new UnavailableError(
        `requests in memory reached the limit of ${this.bytesMax} bytes; send this one again`,
        RETRY_SECONDS,
      );
    }
    this.#bytes += bytes;
  }
}

/** The room of one request; whoever takes it releases it. */
export class BodyLease {
  readonly #memory: BodyMemory;
  #bytes = 0;

  constructor(memory: BodyMemory) {
    this.#memory = memory;
  }

  /** Takes more room, or gives some back. @throws UnavailableError when the limit of all bodies is reached */
  grow(bytes: number): void {
    this.#memory.take(bytes);
    this.#bytes += bytes;
  }

  release(): void {
    this.#memory.take(-this.#bytes);
    this.#bytes = 0;
  }
}
