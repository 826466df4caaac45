import { UnavailableError } from './errors.ts';

/** What a request costs beside its body, about: many tiny ones must not slip through the limit. */
const REQUEST_BYTES = 16 * 1024;
/**
 * A client may hold so many times of what it leaves free. Alone it gets 3/4, of two that want all each gets 3/7, and there is always some
 * left for the next one: shares without knowing who will come (dynamic queue length thresholds, Choudhury and Hahne, 1998).
 */
const SHARE_OF_FREE = 3;
/** The part of the memory that bodies get by what they declare; after that, by what has arrived. */
const DECLARED_PART = 1 / 2;
const RETRY_SECONDS = 1;

/** Bounds the bytes of all bodies in memory together, and shares them among clients. */
export class BodyMemory {
  readonly bytesMax: number;
  readonly #byClient = new Map<string, number>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Clients with a request in memory. */
  get clients(): number {
    return this.#byClient.size;
  }

  /** Room for a request that has not sent its body yet. @throws UnavailableError when there is none. */
  lease(client: string): BodyLease {
    const lease = new BodyLease(this, client);
    lease.grow(REQUEST_BYTES);
    return lease;
  }

  /** Whether there is so much room that it may be kept for bytes that are only declared. */
  hasPlenty(bytes: number): boolean {
    return this.#bytes + bytes <= this.bytesMax * DECLARED_PART;
  }

  /** For BodyLease: takes room, or gives it back with negative bytes. */
  take(client: string, bytes: number): void {
    const held = (this.#byClient.get(client) ?? 0) + bytes;
    if (bytes > 0) this.#check(held, this.bytesMax - this.#bytes - bytes);
    this.#bytes += bytes;
    if (held > 0) this.#byClient.set(client, held);
    else this.#byClient.delete(client);
  }

  #check(held: number, free: number): void {
    if (held <= SHARE_OF_FREE * free) return;
    const limit = `BODIES_BYTES_MAX is ${this.bytesMax} bytes`;
    throw new UnavailableError(
      free < 0 ? 'bodies_bytes_max' : 'bodies_bytes_share',
      free < 0
        ? `requests in memory reached their limit: ${limit}; send this one again`
        : `the requests of this client in memory reached its share: with this one it would hold ${held} bytes and leave ${free} free, ` +
            `${limit}, ${this.clients} clients share them; send fewer at a time, and this one again`,
      RETRY_SECONDS,
    );
  }
}

/** The room of one request; whoever takes it releases it. */
export class BodyLease {
  readonly #memory: BodyMemory;
  readonly #client: string;
  #bytes = 0;

  constructor(memory: BodyMemory, client: string) {
    this.#memory = memory;
    this.#client = client;
  }

  /** Takes room for a body that is only declared, if there is plenty; gives whether it has. @throws UnavailableError */
  tryDeclare(bytes: number): boolean {
    if (!this.#memory.hasPlenty(bytes)) return false;
    this.grow(bytes);
    return true;
  }

  /** @throws UnavailableError when the limit of all bodies is reached, or the client's share */
  grow(bytes: number): void {
    this.#memory.take(this.#client, bytes);
    this.#bytes += bytes;
  }

  release(): void {
    this.#memory.take(this.#client, -this.#bytes);
    this.#bytes = 0;
  }
}
