import {
  ANNOUNCEMENTS_KEY,
  type BucketEntry,
  type Bus,
  CONTROL_BUCKET,
  decodeAnnouncements,
  decodeCollision,
  decodeInstallation,
  decodeRetentions,
  decodeWatermark,
  INSTALLATION_KEY,
  type Installation,
  type Logger,
  MessageError,
  RETENTIONS_KEY,
  type Retentions,
  type Watermark,
} from '@overseer/shared';
import type { Readiness } from './readiness.ts';

export interface ControlListener {
  onInstallation(installation: Installation): void;
  /** The store may not know series that it has confirmed. */
  onAnnounceAgain(): void;
  onRetentions(retentions: Retentions): void;
  onWatermark(partition: number, watermark: Watermark): void;
  /** The series id belongs to the key with this check; any other key with the same id is refused. */
  onCollision(series: bigint, check: bigint): void;
}

/** What the store says in the control bucket. The watch starts over after a reconnect: listeners hear things again. */
export class Control {
  readonly #bus: Bus;
  readonly #readiness: Readiness;
  readonly #listener: ControlListener;
  readonly #log: Logger;
  #announcements = '';

  constructor(bus: Bus, readiness: Readiness, listener: ControlListener, log: Logger) {
    this.#bus = bus;
    this.#readiness = readiness;
    this.#listener = listener;
    this.#log = log;
  }

  start(): void {
    this.#bus.watchBucket(CONTROL_BUCKET, {
      onEntry: (entry) => this.#onEntry(entry),
      onReady: () => this.#readiness.satisfy('control'),
      onRestart: () => this.#readiness.miss('control', 'the control bucket is being read again'),
    });
  }

  #onEntry({ key, value }: BucketEntry): void {
    try {
      if (key === INSTALLATION_KEY) this.#onInstallation(value);
      else if (key === ANNOUNCEMENTS_KEY && value) {
        this.#onAnnouncements(decodeAnnouncements(value));
      } else if (key === RETENTIONS_KEY && value) {
        this.#listener.onRetentions(decodeRetentions(value));
      } else if (value) this.#onStatement(key, value);
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#log.error({ key, err: error }, 'an entry of the control bucket is not readable');
      if (key === INSTALLATION_KEY) this.#readiness.miss('installation', error.message);
    }
  }

  #onInstallation(value: Uint8Array | undefined): void {
    if (value) this.#listener.onInstallation(decodeInstallation(value));
    else this.#readiness.miss('installation', 'the store has withdrawn its installation');
  }

  /** Heard again after a reconnect; a new one may have come meanwhile. */
  #onAnnouncements(id: string): void {
    if (id === this.#announcements) return;
    this.#announcements = id;
    this.#listener.onAnnounceAgain();
  }

  #onStatement(key: string, value: Uint8Array): void {
    const [kind, name = ''] = key.split('.');
    if (kind === 'watermark' && /^\d{1,2}$/.test(name)) {
      this.#listener.onWatermark(Number(name), decodeWatermark(value));
    } else if (kind === 'collision' && /^[0-9a-f]{16}$/.test(name)) {
      this.#listener.onCollision(BigInt(`0x${name}`), decodeCollision(value));
    }
  }
}
