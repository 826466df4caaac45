import { randomBytes } from 'node:crypto';
import {
  type Bucket,
  type BucketEntry,
  type Bus,
  CONTROL_BUCKET,
  decodeSessionSecret,
  encodeSessionSecret,
  type Logger,
  MessageError,
  RevisionError,
  SESSION_SECRET_BYTES,
  SESSION_SECRET_KEY,
} from '@overseer/shared';

const RETRY_MS = 1000;

/** As much of the bus as it takes. */
type SecretBus = Pick<Bus, 'watchBucket'> & {
  bucket(name: string): Promise<Pick<Bucket, 'create'>>;
};

/** What sessions are signed with: one secret for all frontends, in a bucket, so that a session of one is a session of all. */
export class SessionSecret {
  readonly #log: Logger;
  #bus: SecretBus | undefined;
  #current: Uint8Array | undefined;
  /** Whether the bucket has had one since the watch began. */
  #isFound = false;
  #isRead = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #unwatch: (() => void) | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Undefined until it was read. */
  get current(): Uint8Array | undefined {
    return this.#current;
  }

  /** Follows the bucket, and makes a secret when it has none. */
  start(bus: SecretBus): void {
    this.#bus = bus;
    this.#unwatch = bus.watchBucket(CONTROL_BUCKET, {
      onEntry: (entry) => this.#onEntry(entry),
      onReady: () => {
        this.#isRead = true;
        this.#forgetIfLost();
        this.#makeIfMissing();
      },
      onRestart: () => {
        this.#isRead = false;
        this.#isFound = false;
      },
    });
  }

  stop(): void {
    this.#unwatch?.();
    clearTimeout(this.#retry);
    this.#bus = undefined;
  }

  #onEntry({ key, value }: BucketEntry): void {
    if (key !== SESSION_SECRET_KEY) return;
    this.#isFound = value !== undefined;
    try {
      this.#current = value && decodeSessionSecret(value);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#log.error({ key, err: error }, 'the secret of sessions is not readable; delete it');
    }
    if (this.#isRead) this.#makeIfMissing();
  }

  /** A secret that the bucket no longer has would be known to this frontend alone; and whoever deletes it wants no session to go on. */
  #forgetIfLost(): void {
    if (this.#isFound || !this.#current) return;
    this.#current = undefined;
    this.#log.warn('the secret of sessions is gone; people have to sign in again');
  }

  #makeIfMissing(): void {
    clearTimeout(this.#retry);
    if (this.#current || !this.#bus) return;
    this.#make(this.#bus).catch((error) => {
      // Another frontend was first, and its secret is on the way.
      if (error instanceof RevisionError) return;
      this.#log.warn({ err: error }, 'the secret of sessions could not be made; trying again');
      this.#retry = setTimeout(() => this.#makeIfMissing(), RETRY_MS);
    });
  }

  async #make(bus: SecretBus): Promise<void> {
    const bucket = await bus.bucket(CONTROL_BUCKET);
    const secret = randomBytes(SESSION_SECRET_BYTES);
    await bucket.create(SESSION_SECRET_KEY, encodeSessionSecret(secret));
  }
}
