import {
  type Bus,
  decodeUpdate,
  type Logger,
  UPDATES_SUBJECT,
  type Update,
  type UpdateMessage,
} from '@overseer/shared';

/** More processors than this at one time there are not; of more, the one not heard for the longest time is forgotten. */
const SOURCES_MAX = 16;

export interface UpdatesListener {
  onUpdate(update: Update): void;
  /** Something may have been left out: everything may have changed. */
  onGap(): void;
  /** A message was passed over, because another processor tells by now. */
  onOutdated(): void;
}

/** What the processors tell, checked for losses. One of them tells; what another one sends that was to stop is passed over. */
export class UpdatesFeed {
  /** The highest that was heard. */
  #epoch = 0;
  /** The last number heard of each source. */
  readonly #numbers = new Map<string, number>();
  readonly #listener: UpdatesListener;
  readonly #log: Logger;

  constructor(listener: UpdatesListener, log: Logger) {
    this.#listener = listener;
    this.#log = log;
  }

  /** Listens until the result is called. */
  start(bus: Bus): () => void {
    const unlisten = bus.listen(UPDATES_SUBJECT, ({ payload }) => this.#hear(payload));
    const unfollow = bus.onReconnect(() => this.#startOver());
    return () => {
      unlisten();
      unfollow();
    };
  }

  /** After a reconnect: it may be a server without the lease, where epochs begin anew. */
  #startOver(): void {
    this.#epoch = 0;
    this.#listener.onGap();
  }

  #hear(payload: Uint8Array): void {
    let message: UpdateMessage;
    try {
      message = decodeUpdate(payload);
    } catch (error) {
      this.#log.warn({ err: error }, 'an update can not be read; everything is evaluated again');
      this.#listener.onGap();
      return;
    }
    if (message.epoch < this.#epoch) {
      this.#listener.onOutdated();
      return;
    }
    this.#epoch = message.epoch;
    const isNext = this.#isNext(message);
    if (!isNext || message.kind === 'reset') this.#listener.onGap();
    if (message.kind === 'update') this.#listener.onUpdate(message);
  }

  /** Whether nothing was lost between the source's last message and this one. */
  #isNext({ source, number }: UpdateMessage): boolean {
    const last = this.#numbers.get(source);
    this.#numbers.delete(source);
    this.#numbers.set(source, number);
    if (this.#numbers.size > SOURCES_MAX) {
      const [oldest] = this.#numbers.keys();
      if (oldest !== undefined) this.#numbers.delete(oldest);
    }
    return last !== undefined && number === last + 1;
  }
}
